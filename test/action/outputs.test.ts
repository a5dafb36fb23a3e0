import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { devNull, EOL } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Naming } from '../../src/action/names.ts';
import { writeResult } from '../../src/action/outputs.ts';
import type { Allocation } from '../../src/request.ts';
import {
  onLinux,
  onUnix,
  onUnixWithoutPrivileges,
  readFileCommands,
  temporaryDirectory,
} from '../support.ts';

const naming = (given: Partial<Naming> = {}): Naming => ({
  names: [],
  exportEnv: true,
  envPrefix: '',
  ...given,
});

const allocation = (given: Partial<Allocation> = {}): Allocation => ({
  ports: [7],
  notices: [],
  warnings: [],
  ...given,
});

/** What a failed write appends to, and must leave as it was. */
const before = 'x<<y\nbefore\ny\n';

let printed: string;
let output: string;
let env: string;

beforeEach(() => {
  const directory = temporaryDirectory();
  output = join(directory, 'output');
  env = join(directory, 'env');
  for (const file of [output, env]) writeFileSync(file, before);
  vi.stubEnv('GITHUB_OUTPUT', output);
  vi.stubEnv('GITHUB_ENV', env);
  // The toolkit sets them in this process as well.
  for (const name of ['PORT', 'PORTS', 'WEB_PORT', 'DB_PORT', 'RUNNER_DEBUG']) {
    vi.stubEnv(name, undefined);
  }
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += chunk;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('outputs and variables go to the files of the runner; ports, notices and warnings to the log', async () => {
  await writeResult(
    allocation({ ports: [7, 8], notices: ['80 is in use; took 7 instead'], warnings: ['Mind.'] }),
    naming({ names: ['web', 'db'] }),
  );
  expect(readFileCommands(output)).toEqual({
    x: 'before',
    port: '7',
    ports: '[7,8]',
    web: '7',
    db: '8',
  });
  expect(readFileCommands(env)).toEqual({ x: 'before', WEB_PORT: '7', DB_PORT: '8' });
  expect(printed.trimEnd().split(/\r?\n/)).toEqual([
    'web: 7 (WEB_PORT)',
    'db: 8 (DB_PORT)',
    '80 is in use; took 7 instead',
    '::warning::Mind.',
  ]);
});

test('export-env: false sets no variable', async () => {
  await writeResult(allocation(), naming({ exportEnv: false }));
  expect(readFileCommands(output)).toEqual({ x: 'before', port: '7', ports: '[7]' });
  expect(readFileCommands(env)).toEqual({ x: 'before' });
  expect(printed.trimEnd()).toBe('7');
});

test.each([
  ['not set', undefined],
  ['empty', ''],
])('where GITHUB_ENV is %s, the step says what to do and sets nothing', async (_, value) => {
  vi.stubEnv('GITHUB_ENV', value);
  await expect(writeResult(allocation(), naming())).rejects.toThrow(
    new Error('GITHUB_ENV is not set: set the input "export-env" to false to have outputs only'),
  );
  expect(readFileSync(output, 'utf8')).toBe(before);
  expect(printed).toBe('');
  await writeResult(allocation(), naming({ exportEnv: false }));
  expect(readFileCommands(output)).toMatchObject({ port: '7' });
});

describe.each(['GITHUB_OUTPUT', 'GITHUB_ENV'])('if %s', (file) => {
  const other = () => (file === 'GITHUB_OUTPUT' ? env : output);
  const path = () => (file === 'GITHUB_OUTPUT' ? output : env);

  /** Expects that the step says it in words, and sets nothing in the other file. */
  async function expectRefusal(code: RegExp): Promise<void> {
    const error: Error = await writeResult(allocation(), naming()).then(
      () => expect.fail('It is written.'),
      (reason) => reason,
    );
    const start = `The runner's file ${file} cannot be written: ${path()} (`;
    expect(error.message.slice(0, start.length)).toBe(start);
    expect(error.message.slice(start.length)).toMatch(code);
    expect(error.cause).toBeInstanceOf(Error);
    expect(readFileSync(other(), 'utf8')).toBe(before);
    expect(printed).toBe('');
  }

  test('does not exist, nothing is set', async () => {
    rmSync(path());
    await expectRefusal(/^ENOENT\)$/);
  });

  test('is a directory, nothing is set', async () => {
    rmSync(path());
    mkdirSync(path());
    // Windows has other codes for it.
    await expectRefusal(process.platform === 'win32' ? /^E[A-Z]+\)$/ : /^EISDIR\)$/);
  });

  onLinux.test('is on a full disk, nothing is set', async () => {
    vi.stubEnv(file, '/dev/full');
    await expect(writeResult(allocation(), naming())).rejects.toThrow(
      new Error(`The runner's file ${file} cannot be written: /dev/full (ENOSPC)`),
    );
    expect(readFileSync(other(), 'utf8')).toBe(before);
  });

  onUnixWithoutPrivileges.test('is not ours to write, nothing is set', async () => {
    chmodSync(path(), 0o444);
    await expectRefusal(/^EACCES\)$/);
    expect(readFileSync(path(), 'utf8')).toBe(before);
  });
});

describe('away from a runner', () => {
  /** Has stdout call back, as it does, and keep what is written. */
  function writeTo(stdout: (text: string) => Error | undefined): void {
    vi.mocked(process.stdout.write).mockImplementation((chunk, callback) => {
      const done = callback as unknown as ((error?: Error) => void) | undefined;
      const error = stdout(String(chunk));
      done?.(error);
      return true;
    });
  }

  beforeEach(() => {
    vi.stubEnv('GITHUB_OUTPUT', undefined);
  });

  test('stdout has the outputs, and a warning where there is one', async () => {
    writeTo((text) => {
      printed += text;
      return undefined;
    });
    const { ports } = allocation({ ports: [7, 8] });
    const names = naming({ names: ['web', 'db'] });
    await writeResult({ ports, notices: ['A notice.'], warnings: ['Mind.'] }, names);
    expect(printed).toBe(`port=7\nports=[7,8]\nweb=7\ndb=8\n::warning::Mind.${EOL}`);
    expect(readFileSync(env, 'utf8')).toBe(before);
  });

  /** Has stdout have this descriptor until the test has finished. */
  function stdoutIs(fd: number): void {
    const { fd: actual } = process.stdout;
    Object.assign(process.stdout, { fd });
    onTestFinished(() => {
      Object.assign(process.stdout, { fd: actual });
    });
  }

  /** Opens a file until the test has finished. */
  function open(file: string): number {
    const fd = openSync(file, 'w');
    onTestFinished(() => closeSync(fd));
    return fd;
  }

  onUnix.test('a step whose stdout is the null device fails', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    stdoutIs(open(devNull));
    await expect(writeResult(allocation(), naming())).rejects.toThrow(
      'standard output cannot be written (it is closed, or the null device)',
    );
    expect(printed).toBe('');
  });

  onUnix.test(
    'outputs are printed to a file, to another device, and where the system tells nothing of stdout',
    async () => {
      writeTo((text) => {
        printed += text;
        return undefined;
      });
      const noDescriptor = 1_000_000;
      const file = open(join(temporaryDirectory(), 'file'));
      for (const fd of [open('/dev/zero'), file, noDescriptor]) {
        stdoutIs(fd);
        await writeResult(allocation(), naming());
      }
      expect(printed).toBe('port=7\nports=[7]\n'.repeat(3));
    },
  );

  test('a failure to print is told with its cause, also to stderr', async () => {
    const cause = new Error('This stdout is full');
    const message = 'standard output cannot be written (This stdout is full)';
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    writeTo(() => cause);
    await expect(writeResult(allocation(), naming())).rejects.toThrow(
      expect.objectContaining({ message, cause }),
    );
    expect(told.mock.calls).toEqual([[`Error: ${message}`]]);
  });
});
