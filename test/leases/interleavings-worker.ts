/**
 * A thread that runs steps, one after the other, each only as far as the test lets it. A step stops before every
 * operation that another step could notice, or whose result another step could change.
 */
import { Socket } from 'node:dgram';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Server } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Leases } from '../../src/leases/leases.ts';
import { PortSet } from '../../src/ports/port-set.ts';
import type { Request } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';

/** How a step runs. */
export interface Step {
  readonly request: Request;
  /** The directory that all users share. */
  readonly root: string;
  readonly uid: number;
  /** How often it tries again. */
  readonly retries: number;
  /** How many bytes at the end of each write reach readers later than the others. */
  readonly lateBytes: number;
  /** How many operations it does before it is killed. */
  readonly killedAfter: number | undefined;
  /** The seed of its random numbers. */
  readonly seed: number;
  /** The ports that the OS chooses from. */
  readonly ephemeral: readonly number[];
  /** RUNNER_TEMP, in which the step makes a mark since its parent has no start time; undefined if it has one. */
  readonly temp: string | undefined;
}

/** The result of a step. */
export type Outcome =
  | { readonly ports: readonly number[]; readonly warnings: readonly string[] }
  | { readonly error: string }
  | { readonly killed: true };

/**
 * Three numbers that the test shares with the thread: whose turn it is, the thread's (0) or the test's (1); how many
 * operations the step may do, or -1 if it has ended; 1 if it stops before the next operation that changes a file.
 */
const shared: Int32Array = workerData;
let step: Step;
let operations = 0;
/** The open files that other steps use. */
const sharedFiles = new Set<number>();
let random = 1;

/** Waits until the test lets this step do its next operation. A killed step does nothing more. */
function stop(changesFile = false): void {
  operations++;
  if (isKilled()) {
    // The code never goes on after EMFILE.
    throw Object.assign(new Error('The step was killed.'), { code: 'EMFILE' });
  }
  if (Atomics.load(shared, 1) === 0 || (changesFile && Atomics.load(shared, 2) === 1)) {
    endTurn();
    Atomics.wait(shared, 0, 1);
  }
  Atomics.sub(shared, 1, 1);
}

function isKilled(): boolean {
  return step.killedAfter !== undefined && operations > step.killedAfter;
}

function endTurn(): void {
  Atomics.store(shared, 0, 1);
  Atomics.notify(shared, 0);
}

/** Makes steps stop before these operations on the files that they share. */
function stopBefore(changesFile: boolean, ...names: (keyof typeof fs)[]): void {
  for (const name of names) {
    const original = fs[name] as (...args: unknown[]) => unknown;
    Reflect.set(fs, name, (target: string | number, ...rest: unknown[]) => {
      if (isShared(target)) stop(changesFile);
      return original(target, ...rest);
    });
  }
}

/** Whether other steps use a file, by its path or descriptor: not /proc, for example. */
function isShared(target: string | number): boolean {
  if (typeof target === 'number') return sharedFiles.has(target);
  return target.startsWith(step.root) || target.startsWith(`${step.temp}/`);
}

async function run(): Promise<Outcome> {
  try {
    const leases = new Leases('a step', step.root);
    const backoff = Array(step.retries).fill(0);
    const pace = { now: () => 0, sleep: async () => {}, backoff, timeout: 1 };
    const { ports, warnings } = await allocate(step.request, leases, undefined, pace);
    return isKilled() ? { killed: true } : { ports, warnings };
  } catch (error) {
    return isKilled() ? { killed: true } : { error: String(error) };
  }
}

const { lstatSync, openSync, readFileSync, writeSync } = fs;
Object.assign(fs, {
  openSync(path: string, flags: number, mode?: number) {
    const fd = openSync(path, flags, mode);
    if (isShared(path)) sharedFiles.add(fd);
    else sharedFiles.delete(fd);
    return fd;
  },
  writeSync(fd: number, bytes: Buffer) {
    const half = Math.max(0, bytes.length - step.lateBytes);
    stop(true);
    const count = writeSync(fd, bytes, 0, half);
    stop(true);
    return count + writeSync(fd, bytes, half);
  },
  lstatSync(path: string, options?: fs.StatSyncOptions) {
    const status = lstatSync(path, options);
    const [, uid] = /find-unused-port-(\d+)$/.exec(path) ?? [];
    return uid === undefined ? status : Object.assign(status as object, { uid: Number(uid) });
  },
  // No connections: the table takes milliseconds to read. No uid map: the uids are those of no user namespace.
  readFileSync: (path: string, options: never) =>
    path === '/proc/self/uid_map'
      ? '0 0 4294967295'
      : /^\/proc\/(self\/)?net\//.test(path)
        ? ''
        : readFileSync(path, options),
});
stopBefore(false, 'openSync', 'readSync', 'readdirSync', 'lstatSync');
stopBefore(true, 'rmSync', 'mkdirSync');
syncBuiltinESMExports();

const choose = (port: number) =>
  port || step.ephemeral[Math.floor(Math.random() * step.ephemeral.length)];
for (const [target, name] of [
  [Server.prototype, 'listen'],
  [Socket.prototype, 'bind'],
] as const) {
  const original = Reflect.get(target, name);
  Reflect.set(target, name, function (this: unknown, endpoint: { port: number }) {
    stop();
    return Reflect.apply(original, this, [{ ...endpoint, port: choose(endpoint.port) }]);
  });
}

// The generator of Park and Miller has a seed, so a schedule that failed fails again.
Math.random = () => {
  random = (random * 48_271) % 0x7fffffff;
  return random / 0x7fffffff;
};
process.getuid = () => step.uid;
const { ppid } = process;
Object.defineProperty(process, 'ppid', { get: () => (step.temp === undefined ? ppid : 1) });

/** Restores the sets of ports, which a message turns into plain objects. */
function revive({ range, exclude, ...rest }: Request): Request {
  return {
    ...rest,
    range: typeof range === 'object' ? PortSet.ofRanges(range.ranges) : range,
    exclude: PortSet.ofRanges(exclude.ranges),
  };
}

parentPort?.on('message', async (given: Step) => {
  step = { ...given, request: revive(given.request) };
  operations = 0;
  random = step.seed;
  process.env.RUNNER_TEMP = step.temp ?? '';
  Atomics.store(shared, 1, 0);
  parentPort?.postMessage(await run());
  Atomics.store(shared, 1, -1);
  endTurn();
});
parentPort?.postMessage('ready');
