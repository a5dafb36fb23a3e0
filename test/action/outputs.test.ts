import { spawnSync } from 'node:child_process';
import fs, {
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
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Naming, parseNames } from '../../src/action/names.ts';
import { listLines, listOutputs, listVariables, writeResult } from '../../src/action/outputs.ts';
import type { Allocation } from '../../src/request.ts';
import {
  captureStdout,
  onLinux,
  onUnix,
  onUnixWithoutPrivileges,
  readFileCommands,
  spyOn,
  stubEnv,
  temporaryDirectory,
  withPrlimit,
} from '../support.ts';

/** The naming of a step, with names as a user writes them. */
const naming = (names = '', given: Partial<Naming> = {}): Naming => ({
  names: parseNames(names, ['stream'], ''),
  exportEnv: true,
  envPrefix: '',
  ...given,
});

const allocation = (...ports: number[]): Allocation => ({ ports, notices: [], warnings: [] });

describe('outputs, variables and lines of the log', () => {
  /** Outputs and variables as `name=value`, and the lines. */
  const list = (ports: number[], how: Naming) => {
    const text = (pairs: ReturnType<typeof listOutputs>) =>
      pairs.map(([name, value]) => `${name}=${value}`);
    return [text(listOutputs(ports, how)), text(listVariables(ports, how)), listLines(ports, how)];
  };

  test('one port is in PORT and PORTS', () => {
    expect(list([20001], naming())).toEqual([
      ['port=20001', 'ports=[20001]'],
      ['PORT=20001', 'PORTS=20001'],
      ['20001 (PORT)'],
    ]);
  });

  test('each of several ports has a variable with a number, and all have the prefix', () => {
    expect(list([3, 1, 2], naming('', { envPrefix: 'MY_' }))).toEqual([
      ['port=3', 'ports=[3,1,2]'],
      ['MY_PORT=3', 'MY_PORTS=3 1 2', 'MY_PORT_1=3', 'MY_PORT_2=1', 'MY_PORT_3=2'],
      ['3 (MY_PORT_1), 1 (MY_PORT_2), 2 (MY_PORT_3)'],
    ]);
  });

  test('named ports have their own outputs, and variables instead of PORT and PORTS', () => {
    expect(list([3, 1], naming('web PGPORT', { envPrefix: 'CI_' }))).toEqual([
      ['port=3', 'ports=[3,1]', 'web=3', 'PGPORT=1'],
      ['CI_WEB_PORT=3', 'CI_PGPORT=1'],
      ['web: 3 (CI_WEB_PORT)', 'PGPORT: 1 (CI_PGPORT)'],
    ]);
    expect(list([3], naming('web')).slice(1)).toEqual([['WEB_PORT=3'], ['web: 3 (WEB_PORT)']]);
  });

  test('a port named PORT has the output `port`', () => {
    expect(list([3, 1], naming('PORT PGPORT'))).toEqual([
      ['port=3', 'ports=[3,1]', 'PGPORT=1'],
      ['PORT=3', 'PGPORT=1'],
      ['PORT: 3 (PORT)', 'PGPORT: 1 (PGPORT)'],
    ]);
  });

  test('ports without names are logged five on a line', () => {
    const lines = listLines([...Array(7).keys()], naming('', { exportEnv: false }));
    expect(lines).toEqual(['0, 1, 2, 3, 4', '5, 6']);
  });

  test('a port for UDP is logged with its protocols', () => {
    expect(listLines([29902, 3, 1], naming('dns/udp both/both web/tcp'))).toEqual([
      'dns: 29902 UDP (DNS_PORT)',
      'both: 3 TCP and UDP (BOTH_PORT)',
      'web: 1 (WEB_PORT)',
    ]);
  });

  test('ports that are not exported are logged without variables', () => {
    expect(list([3, 1], naming('', { exportEnv: false })).slice(1)).toEqual([[], ['3, 1']]);
    expect(listLines([3], naming('web/udp', { exportEnv: false }))).toEqual(['web: 3 UDP']);
  });
});

/** The text of the runner's files before a step. A step that fails must leave it as it is. */
const before = 'x<<y\nbefore\ny\n';

let printed: ReturnType<typeof captureStdout>;
let output: string;
let env: string;

beforeEach(() => {
  const directory = temporaryDirectory();
  output = join(directory, 'output');
  env = join(directory, 'env');
  for (const file of [output, env]) writeFileSync(file, before);
  stubEnv('GITHUB_OUTPUT', output);
  stubEnv('GITHUB_ENV', env);
  // The toolkit sets them in this process as well.
  for (const name of ['PORT', 'PORTS', 'WEB_PORT', 'DB_PORT', 'RUNNER_DEBUG']) {
    stubEnv(name, undefined);
  }
  printed = captureStdout();
});

test("outputs and variables go to the runner's files; ports, notices and warnings go to the log", async () => {
  const notices = ['80 is in use; took 7 instead'];
  await writeResult({ ports: [7, 8], notices, warnings: ['Mind.'] }, naming('web db'));
  expect(readFileCommands(output)).toEqual({
    x: 'before',
    port: '7',
    ports: '[7,8]',
    web: '7',
    db: '8',
  });
  expect(readFileCommands(env)).toEqual({ x: 'before', WEB_PORT: '7', DB_PORT: '8' });
  expect(printed.lines()).toEqual([
    'web: 7 (WEB_PORT)',
    'db: 8 (DB_PORT)',
    ...notices,
    '::warning::Mind.',
  ]);
});

test('a step with export-env: false sets no variable', async () => {
  await writeResult(allocation(7), naming('', { exportEnv: false }));
  expect(readFileCommands(output)).toEqual({ x: 'before', port: '7', ports: '[7]' });
  expect(readFileSync(env, 'utf8')).toBe(before);
  expect(printed.lines()).toEqual(['7']);
});

test.each([
  ['not set', undefined],
  ['empty', ''],
])('if GITHUB_ENV is %s, the step fails with advice and sets nothing', async (_, value) => {
  stubEnv('GITHUB_ENV', value);
  await expect(writeResult(allocation(7), naming())).rejects.toThrow(
    new Error('GITHUB_ENV is not set: set the input "export-env" to false to have outputs only'),
  );
  expect(readFileSync(output, 'utf8')).toBe(before);
  expect(printed.text()).toBe('');
  await writeResult(allocation(7), naming('', { exportEnv: false }));
  expect(readFileCommands(output)).toMatchObject({ port: '7' });
});

describe.each(['GITHUB_OUTPUT', 'GITHUB_ENV'])('%s', (file) => {
  const other = () => (file === 'GITHUB_OUTPUT' ? env : output);
  const path = () => (file === 'GITHUB_OUTPUT' ? output : env);

  /** Expects that the step fails with this code, and writes nothing to the other file. */
  async function expectRefusal(code: string): Promise<void> {
    const start = `The runner's file ${file} cannot be written: ${process.env[file]} (`;
    await expect(writeResult(allocation(7), naming())).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`\\(${code}\\)$`)),
      cause: expect.any(Error),
    });
    await expect(writeResult(allocation(7), naming())).rejects.toThrow(start);
    expect(readFileSync(other(), 'utf8')).toBe(before);
    expect(printed.text()).toBe('');
  }

  test('nothing is set if the file does not exist', async () => {
    rmSync(path());
    await expectRefusal('ENOENT');
  });

  test('nothing is set if the file vanishes while it is written', async () => {
    const { statSync } = fs;
    spyOn(fs, 'statSync').mockImplementation((name, ...rest) => {
      const status = statSync(name, ...rest);
      if (name === path()) rmSync(name, { force: true });
      return status;
    });
    const gone = path();
    await expect(writeResult(allocation(7), naming())).rejects.toThrow(
      `The runner's file ${file} cannot be written: ${gone} (Missing file at path: ${gone})`,
    );
    expect(readFileSync(other(), 'utf8')).toBe(before);
  });

  test('nothing is set if the file is a directory', async () => {
    rmSync(path());
    mkdirSync(path());
    // Windows has other codes for it.
    await expectRefusal(process.platform === 'win32' ? 'E[A-Z]+' : 'EISDIR');
  });

  onLinux.test('nothing is set if the disk is full', async () => {
    stubEnv(file, '/dev/full');
    await expectRefusal('ENOSPC');
  });

  withPrlimit.test('nothing is set if the file is full after the first port', async () => {
    // With the first port it has 108 bytes more, and with the second at least 216.
    const long = before.padEnd(1000, 'z');
    writeFileSync(path(), long);
    const limitFiles = (bytes: string) => {
      spawnSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`]);
    };
    const [, limit = ''] =
      /^Max file size +(\w+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    limitFiles('1180');
    try {
      await expectRefusal('EFBIG');
    } finally {
      limitFiles(limit);
    }
    expect(readFileSync(path(), 'utf8')).toBe(long);
  });

  onUnixWithoutPrivileges.test('nothing is set if the file is read-only', async () => {
    chmodSync(path(), 0o444);
    await expectRefusal('EACCES');
    expect(readFileSync(path(), 'utf8')).toBe(before);
  });
});

describe('away from a runner', () => {
  beforeEach(() => {
    stubEnv('GITHUB_OUTPUT', undefined);
  });

  test('away from a runner, outputs and warnings are printed', async () => {
    const result = { ports: [7, 8], notices: ['A notice.'], warnings: ['Mind.'] };
    await writeResult(result, naming('web db'));
    expect(printed.text()).toBe(`port=7\nports=[7,8]\nweb=7\ndb=8\n::warning::Mind.${EOL}`);
    expect(readFileSync(env, 'utf8')).toBe(before);
  });

  /** Gives stdout this descriptor until the test has finished. */
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

  onUnix.test('away from a runner, a step fails if stdout is the null device', async () => {
    spyOn(console, 'error').mockImplementation(() => {});
    stdoutIs(open(devNull));
    await expect(writeResult(allocation(7), naming())).rejects.toThrow(
      'standard output cannot be written (it is closed, or the null device)',
    );
    expect(printed.text()).toBe('');
  });

  onUnix.test('outputs are printed to a file, another device, or an unknown stdout', async () => {
    const noDescriptor = 1_000_000;
    const file = open(join(temporaryDirectory(), 'file'));
    for (const fd of [open('/dev/zero'), file, noDescriptor]) {
      stdoutIs(fd);
      await writeResult(allocation(7), naming());
    }
    expect(printed.text()).toBe('port=7\nports=[7]\n'.repeat(3));
  });

  test('if outputs cannot be printed, the error is printed to stderr, and has its cause', async () => {
    const cause = new Error('This stdout is full');
    const message = 'standard output cannot be written (This stdout is full)';
    const toStderr = spyOn(console, 'error').mockImplementation(() => {});
    captureStdout(cause);
    await expect(writeResult(allocation(7), naming())).rejects.toThrow(
      expect.objectContaining({ message, cause }),
    );
    expect(toStderr.mock.calls).toEqual([[`Error: ${message}`]]);
  });
});
