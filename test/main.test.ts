import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '../src/action/no-event-file.ts';
import { context } from '@actions/github';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownDirectory, sharedDirectory } from '../src/leases/users.ts';
import { run as runMain } from '../src/main.ts';
import {
  captureStdout,
  machineLeases,
  ownRange,
  readFileCommands,
  span,
  spyOn,
  stubEnv,
  stubInputs,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from './support.ts';

const errorListeners = process.stdout.listenerCount('error');
let printed: ReturnType<typeof captureStdout>;
let output: string;
let env: string;

beforeEach(() => {
  const directory = temporaryDirectory();
  output = join(directory, 'output');
  env = join(directory, 'env');
  for (const file of [output, env]) writeFileSync(file, '');
  const names = Object.keys(process.env).filter((name) => /^(GITHUB|RUNNER)_/.test(name));
  // The toolkit sets those of the ports in this process as well.
  for (const name of [...names, 'PORT', 'PORTS', 'CI_WEB_PORT', 'CI_MY_DB_PORT']) {
    stubEnv(name, undefined);
  }
  stubEnv('GITHUB_OUTPUT', output);
  stubEnv('GITHUB_ENV', env);
  printed = captureStdout();
});

afterEach(() => {
  // The job of these steps lives as long as the parent of this process, which may run tests for hours.
  const directory = ownDirectory(sharedDirectory(process.platform, process.env));
  for (const name of readdirSync(directory)) {
    if (name.startsWith(`${process.pid}-`)) rmSync(join(directory, name));
  }
  process.exitCode = undefined;
  // Each step adds one.
  for (const listener of process.stdout.listeners('error').slice(errorListeners)) {
    process.stdout.off('error', listener as () => void);
  }
});

/** Runs the step in this process. */
async function run(inputs: Record<string, string>): Promise<void> {
  stubInputs(inputs);
  await runMain();
}

/** Expects that the step has failed with one message, and has set nothing. */
function expectFailure(message: string | RegExp): void {
  expect(printed.lines()).toEqual([expect.stringMatching(message)]);
  expect(readFileCommands(output)).toEqual({});
  expect(readFileCommands(env)).toEqual({});
  expect(process.exitCode).toBe(1);
}

/** The ports of this machine that are leased to an owner. */
function leasesOf(owner: string): number[] {
  const leases = machineLeases();
  leases.look();
  return [...span(1, 65_535)].filter((port) => leases.ownerOf(port)?.name === owner);
}

/** Sets a repository that no other step has, and returns the owner in the leases of the step. */
function leaseOwner(): string {
  const repository = `acme/${randomUUID()}`;
  const runner = 'the "big" one';
  stubEnv('GITHUB_REPOSITORY', repository);
  stubEnv('RUNNER_NAME', runner);
  // The toolkit has read the other variables when it was loaded.
  const { runId, job } = context;
  return `${repository}, run ${runId}, job ${job}, runner ${runner}`;
}

test('a step sets its outputs and variables', async () => {
  await run({ names: 'web, my-db/udp', 'env-prefix': 'CI_' });
  const { web, 'my-db': db, ...others } = readFileCommands(output);
  expect(others).toEqual({ port: web, ports: `[${web},${db}]` });
  expect(readFileCommands(env)).toEqual({ CI_WEB_PORT: web, CI_MY_DB_PORT: db });
  expect(process.exitCode).toBeUndefined();
});

test('a step with a wrong input fails with one message, and sets nothing', async () => {
  await run({ count: 'abc' });
  expectFailure(/^::error::Input "count": "abc" is not a whole number from 1 to 1000$/);
});

test('a step that cannot get its ports fails with one message, and sets nothing', async () => {
  await run({ range: '20000', count: '2' });
  expectFailure(/^::error::Needed 2 ports, but there is only 1 in 20000$/);
});

test('outside of a runner, the owner of a lease is "a step outside of a runner"', async () => {
  await run({});
  const { port } = readFileCommands(output);
  expect(leasesOf('a step outside of a runner')).toContain(Number(port));
});

test('a lease names the repository, run, job and runner of its step', async () => {
  const owner = leaseOwner();
  await run({});
  const { port } = readFileCommands(output);
  expect(leasesOf(owner)).toEqual([Number(port)]);
});

test('a step logs why it does not give a preferred port, warns, and has a debug log', async () => {
  stubEnv('RUNNER_DEBUG', '1');
  const { first } = await ownRange(1);
  await run({
    prefer: `${first}`,
    range: '1719-1720 2049 3659 4045 4190 6566 6665-6669 6679 6697',
  });
  const { port } = readFileCommands(output);
  expect(printed.lines()).toEqual([
    expect.stringMatching(/^::debug::The ephemeral range is /),
    expect.stringMatching(/^::debug::Leases are in /),
    `${port} (PORT)`,
    `${first} is given to another step of this job; took ${port} instead`,
    expect.stringMatching(/^::warning::Browsers refuse to connect to port /),
  ]);
});

test('a step whose parent ends before it has set ports fails, and sets nothing', async () => {
  const running = run({});
  spyOn(process, 'ppid', 'get').mockReturnValue(1);
  await running;
  expectFailure(/^::error::The process that started this step \(pid \d+\) has ended/);
});

test('a step that ends before it has set ports fails', async () => {
  const before = process.listeners('exit');
  const running = run({});
  const [reportEnd, ...others] = process.listeners('exit').filter((one) => !before.includes(one));
  reportEnd?.(0);
  expectFailure(/^::error::The step ended before it had found ports$/);
  expect(others).toEqual([]);
  await running;
  expect(process.listeners('exit')).toEqual(before);
});

withPrlimit.test('a step without file descriptors fails with advice', async () => {
  await withoutDescriptors(() => run({}));
  expectFailure(/^::error::This process has no file descriptors left: raise the limit /);
});

test('a step whose log is closed does not fail', async () => {
  await run({});
  process.stdout.emit('error', new Error('EPIPE'));
  expect(process.exitCode).toBeUndefined();
});

test('a step that cannot write its variables sets no output, and keeps no lease', async () => {
  const directory = temporaryDirectory();
  const owner = leaseOwner();
  stubEnv('GITHUB_ENV', directory);
  await run({});
  stubEnv('GITHUB_ENV', env);
  expectFailure(/^::error::The runner's file GITHUB_ENV cannot be written: .+ \(E[A-Z]+\)$/);
  expect(leasesOf(owner)).toEqual([]);
});
