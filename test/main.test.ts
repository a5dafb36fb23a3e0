import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { context } from '@actions/github';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run as runMain } from '../src/main.ts';
import { machineLeases, ownRange, readFileCommands, temporaryDirectory } from './support.ts';

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

test('a step sets its outputs and variables', async () => {
  await run({ NAMES: 'web, my-db/udp', 'ENV-PREFIX': 'CI_' });
  const { web, 'my-db': db, ...others } = readFileCommands(output);
  expect(others).toEqual({ port: web, ports: `[${web},${db}]` });
  expect(readFileCommands(env)).toEqual({ CI_WEB_PORT: web, CI_MY_DB_PORT: db });
  expect(process.exitCode).toBeUndefined();
});

test('a lease names the run that has it', async () => {
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/app');
  // The toolkit reads the others when it is loaded.
  const { runId, job } = context;
  await run({});
  const { port } = readFileCommands(output);
  const leases = machineLeases();
  leases.look();
  expect(leases.ownerOf(Number(port))).toBe(`acme/app, run ${runId}, job ${job}`);
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
  const { first, giveBack } = await ownRange(1);
  giveBack();
  const RANGE = `${first}`;
  const directory = temporaryDirectory();
  vi.stubEnv('GITHUB_ENV', directory);
  await run({ RANGE });
  expect(printed).toContain(
    `::error::The runner's file GITHUB_ENV cannot be written: ${directory} (`,
  );
  expect(readFileCommands(output)).toEqual({});
  vi.stubEnv('GITHUB_ENV', env);
  await run({ RANGE });
  expect(readFileCommands(output)).toMatchObject({ port: RANGE });
});
