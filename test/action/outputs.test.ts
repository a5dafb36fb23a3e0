import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Naming } from '../../src/action/inputs.ts';
import { outputsOf, reportFailure, variablesOf, writeResult } from '../../src/action/outputs.ts';
import { readFileCommands, temporaryDirectory } from '../support.ts';

const naming = (given: Partial<Naming> = {}): Naming => ({
  names: [],
  exportEnv: true,
  envPrefix: '',
  ...given,
});

let printed: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += chunk;
    return true;
  });
  for (const name of ['PORT', 'PORTS', 'PORT_1', 'PORT_2', 'RUNNER_DEBUG', 'GITHUB_ENV']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

function files() {
  const directory = temporaryDirectory();
  const paths = { output: join(directory, 'output'), env: join(directory, 'env') };
  for (const path of Object.values(paths)) writeFileSync(path, 'x<<y\nbefore\ny\n');
  vi.stubEnv('GITHUB_OUTPUT', paths.output);
  vi.stubEnv('GITHUB_ENV', paths.env);
  return paths;
}

describe('the names of', () => {
  test('one port', () => {
    expect(outputsOf([20001], naming())).toEqual([
      ['port', '20001'],
      ['ports', '[20001]'],
    ]);
    expect(variablesOf([20001], naming())).toEqual([
      ['PORT', '20001'],
      ['PORTS', '20001'],
    ]);
  });

  test('several ports', () => {
    expect(outputsOf([3, 1, 2], naming())).toEqual([
      ['port', '3'],
      ['ports', '[3,1,2]'],
    ]);
    expect(variablesOf([3, 1, 2], naming({ envPrefix: 'MY_' }))).toEqual([
      ['MY_PORT', '3'],
      ['MY_PORTS', '3 1 2'],
      ['MY_PORT_1', '3'],
      ['MY_PORT_2', '1'],
      ['MY_PORT_3', '2'],
    ]);
  });

  test('named ports', () => {
    const named = naming({ names: ['web', 'my-db'] });
    expect(outputsOf([3, 1], named).slice(2)).toEqual([
      ['web', '3'],
      ['my-db', '1'],
    ]);
    expect(variablesOf([3, 1], named)).toEqual([
      ['PORT', '3'],
      ['PORTS', '3 1'],
      ['WEB_PORT', '3'],
      ['MY_DB_PORT', '1'],
    ]);
  });
});

describe('on a runner', () => {
  test('outputs and variables go to its files, a line a port and the warnings to the log', () => {
    const { output, env } = files();
    writeResult({ ports: [7, 8], warnings: ['Mind this.'] }, naming({ names: ['web', 'db'] }));
    expect(readFileCommands(output)).toEqual({
      x: 'before',
      port: '7',
      ports: '[7,8]',
      web: '7',
      db: '8',
    });
    expect(readFileCommands(env)).toMatchObject({
      PORT: '7',
      PORTS: '7 8',
      WEB_PORT: '7',
      DB_PORT: '8',
    });
    expect(printed.trim().split(/\r?\n/)).toEqual([
      'Port 7 is unused: web.',
      'Port 8 is unused: db.',
      '::warning::Mind this.',
    ]);
  });

  test('export-env: false sets no variable', () => {
    const { env } = files();
    writeResult({ ports: [7], warnings: [] }, naming({ exportEnv: false }));
    expect(readFileCommands(env)).toEqual({ x: 'before' });
    expect(printed.trim()).toBe('Port 7 is unused.');
  });

  test('nothing is set if one of its files is missing or cannot be written', () => {
    const { output, env } = files();
    rmSync(env);
    expect(() => writeResult({ ports: [7], warnings: [] }, naming())).toThrow(env);
    mkdirSync(env);
    expect(() => writeResult({ ports: [7], warnings: [] }, naming())).toThrow();
    expect(readFileSync(output, 'utf8')).toBe('x<<y\nbefore\ny\n');
    expect(printed).toBe('');
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'nothing is set if a file is not ours to write',
    () => {
      const { output, env } = files();
      chmodSync(env, 0o444);
      expect(() => writeResult({ ports: [7], warnings: [] }, naming())).toThrow('EACCES');
      expect(readFileSync(output, 'utf8')).toBe('x<<y\nbefore\ny\n');
    },
  );
});

test('away from a runner the outputs are printed, and nothing else', () => {
  vi.stubEnv('GITHUB_OUTPUT', undefined);
  writeResult({ ports: [7, 8], warnings: [] }, naming({ names: ['web', 'db'] }));
  expect(printed).toBe('port=7\nports=[7,8]\nweb=7\ndb=8\n');
});

describe('a failure', () => {
  test.each([
    [new Error('It broke.'), '::error::It broke.'],
    ['no error at all', '::error::no error at all'],
    [undefined, '::error::undefined'],
  ])('%s fails the step with one message', (error, expected) => {
    reportFailure(error);
    expect(printed.trim()).toBe(expected);
    expect(process.exitCode).toBe(1);
  });

  test('tells its stack and causes where the log is in debug mode', () => {
    vi.stubEnv('RUNNER_DEBUG', '1');
    reportFailure(new Error('It broke.', { cause: new Error('A cause.', { cause: 'the root' }) }));
    const lines = printed.trim().split(/\r?\n/);
    expect(lines[0]).toBe('::error::It broke.');
    expect(lines[1]).toMatch(/^::debug::Error: It broke\.%0A +at /);
    expect(lines[2]).toMatch(/^::debug::Error: A cause\.%0A +at /);
    expect(lines[3]).toBe('::debug::the root');
  });
});
