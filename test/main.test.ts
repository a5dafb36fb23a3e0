import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '../src/action/no-event-file.ts';
import { context } from '@actions/github';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run as runMain } from '../src/main.ts';
import { numbers } from '../src/ports/port-set.ts';
import { machineLeases, readFileCommands, temporaryDirectory } from './support.ts';

let printed: string;
let output: string;
let env: string;

beforeEach(() => {
  const directory = temporaryDirectory();
  output = join(directory, 'output');
  env = join(directory, 'env');
  for (const file of [output, env]) writeFileSync(file, '');
  for (const name of Object.keys(process.env)) {
    if (/^(INPUT|GITHUB|RUNNER)_|^PORT/.test(name)) vi.stubEnv(name, undefined);
  }
  vi.stubEnv('GITHUB_OUTPUT', output);
  vi.stubEnv('GITHUB_ENV', env);
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += chunk;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

/** Runs the step in this process. */
async function run(inputs: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(inputs)) vi.stubEnv(`INPUT_${name}`, value);
  await runMain();
}

/** The ports of this machine that are leased to an owner. */
function leasesOf(owner: string): number[] {
  const leases = machineLeases();
  leases.look();
  return [...numbers([{ first: 1, last: 65_535 }])].filter(
    (port) => leases.ownerOf(port) === owner,
  );
}

/** Has the step be of a repository that nobody else has, and returns the owner that its leases name. */
function leaseOwner(): string {
  const repository = `acme/${randomUUID()}`;
  vi.stubEnv('GITHUB_REPOSITORY', repository);
  // The toolkit reads the others when it is loaded.
  const { runId, job } = context;
  return `${repository}, run ${runId}, job ${job}`;
}

test('a step sets its outputs and variables', async () => {
  await run({ NAMES: 'web, my-db/udp', 'ENV-PREFIX': 'CI_' });
  const { web, 'my-db': db, ...others } = readFileCommands(output);
  expect(others).toEqual({ port: web, ports: `[${web},${db}]` });
  expect(readFileCommands(env)).toEqual({ CI_WEB_PORT: web, CI_MY_DB_PORT: db });
  expect(process.exitCode).toBeUndefined();
});

test('a step whose inputs are wrong fails with one message, and sets nothing', async () => {
  await run({ COUNT: 'abc' });
  expect(printed.trim()).toBe('::error::Input "count": "abc" is not a whole number from 1 to 1000');
  expect(readFileCommands(output)).toEqual({});
  expect(process.exitCode).toBe(1);
});

test('a lease away from a runner says so', async () => {
  await run({});
  const { port } = readFileCommands(output);
  expect(leasesOf('a step outside of a runner')).toContain(Number(port));
});

test('a lease names the run that has it', async () => {
  const owner = leaseOwner();
  await run({});
  const { port } = readFileCommands(output);
  expect(leasesOf(owner)).toEqual([Number(port)]);
});

test('a log that nobody reads does not fail the step', async () => {
  await run({});
  process.stdout.emit('error', new Error('EPIPE'));
  expect(process.exitCode).toBeUndefined();
});

test('a step that cannot have its ports fails with one message, and sets nothing', async () => {
  await run({ RANGE: '20000', COUNT: '2' });
  expect(printed.trim().split('\n')).toEqual([
    '::error::Needed 2 ports, but there is only 1 in 20000.',
  ]);
  expect(readFileCommands(output)).toEqual({});
  expect(readFileCommands(env)).toEqual({});
  expect(process.exitCode).toBe(1);
});

test('a step whose variables cannot be written sets no output, and keeps no lease', async () => {
  const directory = temporaryDirectory();
  vi.stubEnv('GITHUB_ENV', directory);
  const owner = leaseOwner();
  await run({});
  expect(printed).toContain(
    `::error::The runner's file GITHUB_ENV cannot be written: ${directory} (`,
  );
  expect(readFileCommands(output)).toEqual({});
  expect(leasesOf(owner)).toEqual([]);
});
