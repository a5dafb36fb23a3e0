import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import {
  accessSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, onTestFinished, type SuiteOptions, type TestFunction, test, vi } from 'vitest';
import { Leases } from '../src/leases/leases.ts';
import { PortSet } from '../src/ports/port-set.ts';
import { autoRanges, avoidedPorts } from '../src/ports/well-known-ports.ts';
import type { Request, Transport } from '../src/request.ts';
import { allocate } from '../src/search/allocate.ts';
import { defaultPace, type Pace } from '../src/search/pace.ts';
import type { EphemeralRange } from '../src/system/ephemeral-range.ts';

/** A directory for many small files: in memory, if this user can write enough there. */
export const inMemory = canHold('/dev/shm', 16 * 1024 * 1024) ? '/dev/shm' : tmpdir();

/** Whether this user can write so many bytes to a directory. */
function canHold(directory: string, bytes: number): boolean {
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize > bytes;
  } catch {
    return false;
  }
}

/** Makes a directory that is deleted when the test has finished. */
export function temporaryDirectory(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'find-unused-port-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export const bothTransports: readonly Transport[] = ['stream', 'dgram'];

/** The transports that a port can be for, with a name. */
export const eachTransports: [string, readonly Transport[]][] = [
  ['TCP', ['stream']],
  ['UDP', ['dgram']],
  ['TCP and UDP', bothTransports],
];

/** The ports from `first` to `last`. */
export const span = (first: number, last = first): PortSet => PortSet.ofRanges([{ first, last }]);

export const ascending = (ports: Iterable<number>) => [...ports].sort((a, b) => a - b);

/** The request of a step without inputs, except for what is given. */
export function request(given: Partial<Request> = {}): Request {
  return {
    count: 1,
    transports: ['stream'],
    family: 'ipv4',
    host: undefined,
    range: 'auto',
    exclude: PortSet.of([]),
    prefer: [],
    contiguous: false,
    ...given,
  };
}

/** The pace of a search that does not wait for ports to become free. */
export const oneRound: Pace = { ...defaultPace, backoff: [] };

/** Leases that only this test has, for ports that `ownRange` keeps for it on the real machine. */
export function freshLeases(root = temporaryDirectory(inMemory)): Leases {
  return new Leases('acme/app, run 1, job test', root);
}

/** The ports that a step gets. By default it fails at once if there are too few. */
export async function ports(
  given: Partial<Request>,
  leases = given.range === undefined ? machineLeases() : freshLeases(),
  pace = oneRound,
): Promise<readonly number[]> {
  return (await allocate(request(given), leases, undefined, pace)).ports;
}

/** The real leases of this machine, so that no other step's port is probed. Released when the test has finished. */
export function machineLeases(): Leases {
  const leases = new Leases('a test');
  onTestFinished(() => leases.release());
  return leases;
}

/** A few consecutive ports. */
export interface OwnRange {
  readonly first: number;
  readonly last: number;
  readonly ports: PortSet;
  /** Lets other steps have the ports from now on. */
  giveBack(): void;
}

/**
 * Reserves consecutive ports on this machine, by default until the test has finished. So a test can use a small range
 * without hard-coded ports.
 */
export async function ownRange(
  length: number,
  leases = machineLeases(),
  range: Request['range'] = 'auto',
): Promise<OwnRange> {
  const given = { count: length, transports: bothTransports, contiguous: true, range };
  const [first = 0] = await ports(given, leases, defaultPace);
  const last = first + length - 1;
  return { first, last, ports: span(first, last), giveBack: () => leases.release() };
}

/**
 * Free consecutive ports, which nobody keeps for this test. They are those that `auto` gives last, so hardly any other
 * step gets them meanwhile. Concurrent tests can use it.
 */
export async function freeRange(length: number): Promise<OwnRange> {
  const last = autoRanges.at(-1)?.difference(avoidedPorts);
  const range = await ownRange(length, new Leases('a test'), last);
  range.giveBack();
  return range;
}

/** Listens on a TCP port until the test has finished; 0 lets the OS choose. Returns the port. */
export async function listen(
  host: string | undefined,
  port = 0,
  ipv6Only = false,
): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }), ipv6Only }, resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** Binds a UDP port until the test has finished. */
export async function bindUdp(host: string, port: number, reuseAddr = false): Promise<void> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', reuseAddr });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, resolve);
  });
  onTestFinished(() => {
    socket.close();
  });
}

/** A system error with this code. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Whether this machine has IPv6. */
export const hasIpv6 = await new Promise<boolean>((resolve, reject) => {
  const server = createServer();
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(false);
    else reject(error);
  });
  server.listen(0, '::1', () => server.close(() => resolve(true)));
});

/** Makes the code believe that it runs on another system, until the test has finished. */
export function pretendToBe(platform: NodeJS.Platform): void {
  const { platform: actual, getuid } = process;
  const set = (properties: object) => Object.assign(process, properties);
  Object.defineProperty(process, 'platform', { writable: true });
  set({ platform, getuid: platform === 'win32' ? undefined : getuid });
  onTestFinished(() => {
    set({ platform: actual, getuid });
  });
}

/** Spies on a function until the test has finished. Imports by name from a module of Node's see the spy, too. */
export const spyOn: typeof vi.spyOn = (...given: unknown[]) => {
  const spy = Reflect.apply(vi.spyOn, vi, given);
  syncBuiltinESMExports();
  onTestFinished(() => {
    spy.mockRestore();
    syncBuiltinESMExports();
  });
  return spy;
};

/** Sets an environment variable until the test has finished; undefined removes it. */
export function stubEnv(name: string, value: string | undefined): void {
  vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** Tests that need these things. If one is missing the tests are skipped, and their titles say why. */
export function needs(things: Record<string, boolean>) {
  const missing = Object.keys(things).filter((thing) => !things[thing]);
  const isSkipped = missing.length > 0;
  const reason = isSkipped ? ` (needs ${missing.join(' and ')})` : '';
  return {
    test: (title: string, run: TestFunction) => test.skipIf(isSkipped)(title + reason, run),
    describe: (title: string, ...rest: [() => void] | [SuiteOptions, () => void]) => {
      const [options, tests] = rest.length === 1 ? [{}, rest[0]] : rest;
      describe.skipIf(isSkipped)(title + reason, options, tests);
    },
  };
}

/** Whether a program is installed and prints its version. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

export const isLinux = process.platform === 'linux';
export const isUnix = process.platform !== 'win32';
export const isRoot = process.getuid?.() === 0;

const uidMap = `/proc/${process.pid}/uid_map`;
/** Whether files can belong to any user, as they cannot in a user namespace. */
export const hasAllUsers =
  isUnix && (!existsSync(uidMap) || / 4294967295\n$/.test(readFileSync(uidMap, 'latin1')));

export const onLinux = needs({ Linux: isLinux });
export const onUnix = needs({ Unix: isUnix });
export const onUnixWithoutPrivileges = needs({
  Unix: isUnix,
  'a user without privileges': !isRoot,
});
export const withIpv6 = needs({ IPv6: hasIpv6 });
/** For tests that use `withoutDescriptors`. */
export const withPrlimit = needs({ prlimit: isInstalled('prlimit') });

const limits = '/proc/self/limits';
const [, maxOpenFiles = ''] = existsSync(limits)
  ? (/^Max open files +\d+ +(\d+)/m.exec(readFileSync(limits, 'utf8')) ?? [])
  : [];
/** Tests that need so many open files at once. */
export const withOpenFiles = (count: number) =>
  needs({ [`${count} open files`]: maxOpenFiles === '' || Number(maxOpenFiles) >= count });

/** Leaves this process without a file descriptor until `use` is done. */
export async function withoutDescriptors<T>(use: () => T | Promise<T>): Promise<T> {
  const limit = (soft: number) => {
    spawnSync('prlimit', [`--pid=${process.pid}`, `--nofile=${soft}:`]);
  };
  const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(limits, 'utf8')) ?? [];
  const open = () => openSync('/dev/null', 'r');
  // Twenty open files stay below the limit. When they are closed, prlimit can be started again.
  const spare = Array.from({ length: 20 }, open);
  limit(Math.max(...spare) + 1);
  try {
    for (;;) spare.push(open());
  } catch {}
  try {
    return await use();
  } finally {
    for (const fd of spare) closeSync(fd);
    limit(Number(soft));
  }
}

/** The environment variables in which a runner passes inputs to a step. */
export function inputVariables(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
}

/** Sets the inputs of a step in this process, and no others, until the test has finished. */
export function stubInputs(inputs: Record<string, string>): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('INPUT_')) stubEnv(name, undefined);
  }
  for (const [name, value] of Object.entries(inputVariables(inputs))) stubEnv(name, value);
}

/** Captures what is written to stdout until the test has finished. With an error, each write fails with it. */
export function captureStdout(error?: Error) {
  let text = '';
  spyOn(process.stdout, 'write').mockImplementation((chunk, encoding, done) => {
    if (error === undefined) text += chunk;
    for (const callback of [encoding, done]) if (typeof callback === 'function') callback(error);
    return true;
  });
  return { text: () => text, lines: () => text.trimEnd().split(/\r?\n/) };
}

/** The result of a step. */
export interface StepResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Record<string, string>;
  readonly variables: Record<string, string>;
}

/** How to run a step, if not exactly as a runner does. */
export interface StepOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** The command to put before node's. */
  readonly through?: readonly string[];
  readonly node?: string;
}

/** The environment variables that any process needs. */
export const scrubbedEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  SystemRoot: process.env.SystemRoot,
  ProgramData: process.env.ProgramData,
};

/** The NODE_OPTIONS with which Node runs a script first. It has no `require`. */
export function runFirst(script: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

/** The NODE_OPTIONS of a step that waits a hundredth of the time for other steps to give ports back. */
export const hasty = runFirst(
  'const wait = setTimeout; globalThis.setTimeout = (done, delay) => wait(done, delay / 100);',
);

/** Tests that expect no warning about an ephemeral port need many other ports. */
export function otherPorts(ephemeral: EphemeralRange): Record<string, boolean> {
  const left = span(10_081, 65_535).difference(ephemeral.ports);
  return { 'many ports outside the ephemeral range': left.size > 5000 };
}

/** Copies the bundle into a folder of its own, as on a runner, without node_modules. Returns the path of the script. */
export function bundle(directory = temporaryDirectory()): string {
  cpSync(join(import.meta.dirname, '..', 'dist'), directory, { recursive: true });
  return join(directory, 'index.js');
}

/** Runs the bundle as a step, in a process with a clean environment. Concurrent tests can use it. */
export async function runStep(
  inputs: Record<string, string>,
  options: StepOptions = {},
): Promise<StepResult> {
  const directory = mkdtempSync(join(tmpdir(), 'find-unused-port-test-'));
  try {
    return await runStepIn(directory, inputs, options);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runStepIn(
  directory: string,
  inputs: Record<string, string>,
  { environment = {}, through = [], node = process.execPath }: StepOptions,
): Promise<StepResult> {
  const files = { GITHUB_OUTPUT: join(directory, 'output'), GITHUB_ENV: join(directory, 'env') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const [command = '', ...args] = [...through, node, bundle(join(directory, 'action'))];
  const child = spawn(command, args, {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...scrubbedEnvironment,
      ...files,
      ...inputVariables(inputs),
      ...environment,
    },
  });
  const [status, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
    text(child.stdout),
    text(child.stderr),
  ]);
  return {
    status,
    stdout,
    stderr,
    outputs: readFileCommands(files.GITHUB_OUTPUT),
    variables: readFileCommands(files.GITHUB_ENV),
  };
}

/** Reads one of the runner's files as the runner does: `NAME<<DELIMITER`, the value, the delimiter. */
export function readFileCommands(file: string): Record<string, string> {
  const commands = readFileSync(file, 'utf8').matchAll(/^(.+?)<<(.+)\r?\n([\s\S]*?)\r?\n\2\r?\n/gm);
  return Object.fromEntries([...commands].map(([, name, , value]) => [name, value]));
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}
