import fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  currentJob,
  isAbsolute,
  isSameJob,
  type Job,
  parseJob,
  stateOf,
} from '../../src/leases/job.ts';
import type { ProcessState } from '../../src/leases/witness.ts';
import {
  onLinux,
  pretendToBe,
  spyOn,
  stubEnv,
  systemError,
  temporaryDirectory,
} from '../support.ts';
import { replace } from './support.ts';

const hours = 60 * 60;
const days = 24 * hours;

/** A job with all facts that Linux knows. */
const here: Job = {
  pid: 4711,
  started: '243755',
  bootId: 'this boot',
  temp: '/temp',
  mark: undefined,
  acquiredAt: process.hrtime()[0],
  pidNamespace: 'pid:[1]',
  timeNamespace: 'time:[1]',
  mountNamespace: 'mnt:[1]',
  root: '64768:2',
};

interface Scene {
  readonly process: ProcessState;
  readonly isGone: boolean;
  readonly isOwn: boolean;
  /** Seconds since the record was written. */
  readonly age: number;
  /** Facts of the asking step that differ from the writer's. */
  readonly here: Partial<Job>;
}

/** The state of a job that has the facts of `here` except for those given. */
function state(given: Partial<Job>, scene: Partial<Scene> = {}): string {
  const { process = 'same', isGone = false, isOwn = true, age = 0, here: asker = {} } = scene;
  // Both clocks agree, unless a test gives `acquiredAt`.
  const asked = { ...here, acquiredAt: Math.floor(globalThis.process.hrtime()[0] - age), ...given };
  const evidence = { processState: () => process, isGone: () => isGone };
  return stateOf(asked, { ...here, ...asker }, evidence, { isOwn, age });
}

describe('ended jobs', () => {
  test('a job has ended if its process has, in the same pid namespace', () => {
    expect(state({}, { process: 'ended' })).toBe('ended');
    expect(state({}, { process: 'ended', isOwn: false })).toBe('ended');
    expect(state({ pidNamespace: 'pid:[2]' }, { process: 'ended' })).toBe('living');
    expect(state({ pidNamespace: undefined }, { process: 'ended' })).toBe('living');
    const unknown = { pidNamespace: undefined };
    expect(state(unknown, { process: 'ended', here: unknown })).toBe('living');
    expect(state({ pid: undefined }, { process: 'ended' })).toBe('living');
  });

  test('a job has ended if the machine was restarted, in the same pid namespace', () => {
    const another = { bootId: 'another boot' };
    expect(state(another, { process: 'there' })).toBe('ended');
    expect(state({ ...another, pid: undefined })).toBe('ended');
    // A mount can hide the boot id.
    expect(state(another, { process: 'same' })).toBe('living');
    // The first pid namespace has the same name after every start. A container can have a boot id of its own.
    expect(state({ ...another, pidNamespace: 'pid:[2]' }, { process: 'there' })).toBe('living');
    expect(state({ bootId: undefined }, { process: 'there' })).toBe('living');
    expect(state(another, { process: 'there', here: { bootId: undefined } })).toBe('living');
  });

  test.each(['temp', 'mark'] as const)('a job has ended if its %s is gone', (name) => {
    const left = { temp: undefined, [name]: '/left' };
    for (const process of ['same', 'there'] as const) {
      expect(state(left, { process, isGone: true })).toBe('ended');
      for (const elsewhere of [{ mountNamespace: 'mnt:[2]' }, { root: '1:1' }]) {
        expect(state({ ...left, ...elsewhere }, { process, isGone: true })).toBe('living');
        expect(state(left, { process, isGone: true, here: elsewhere })).toBe('living');
      }
      for (const unknown of [{ mountNamespace: undefined }, { root: undefined }]) {
        expect(state({ ...left, ...unknown }, { process, isGone: true, here: unknown })).toBe(
          'living',
        );
      }
      expect(state(left, { process, isGone: true, isOwn: false })).toBe('living');
      expect(state({ temp: undefined }, { process, isGone: true })).toBe('living');
    }
    const noProcess = { ...left, pid: undefined };
    expect(state(noProcess, { isGone: true })).toBe('ended');
  });
});

test('if the process has ended, no file system is asked: it might never answer', () => {
  const isGone = vi.fn();
  const evidence = { processState: () => 'ended' as const, isGone };
  expect(stateOf(here, here, evidence, { isOwn: true, age: 0 })).toBe('ended');
  expect(isGone).not.toHaveBeenCalled();
});

test('start times are compared only in the same time namespace', () => {
  const processState = vi.fn(() => 'there' as const);
  const ask = (given: Partial<Job>) => {
    stateOf(
      { ...here, ...given },
      here,
      { processState, isGone: () => false },
      { isOwn: true, age: 0 },
    );
    return processState.mock.lastCall;
  };
  expect(ask({})).toEqual([4711, '243755']);
  expect(ask({ timeNamespace: 'time:[2]' })).toEqual([4711, undefined]);
  expect(ask({ timeNamespace: undefined })).toEqual([4711, undefined]);
  expect(ask({ started: undefined })).toEqual([4711, undefined]);
});

test('a lease has no maximum age if the process has the recorded start time', () => {
  expect(state({}, { age: 30 * days })).toBe('living');
  expect(state({}, { age: 30 * days, isOwn: false })).toBe('living');
});

describe('the maximum age of a lease', () => {
  const marked = { pid: undefined, temp: undefined, mark: '/mark' };
  const elsewhere = { pidNamespace: 'pid:[2]' };
  test.each<[string, number, Partial<Job>, Partial<Scene>]>([
    ['5 days if the start of the process cannot be compared', 5 * days, {}, { process: 'there' }],
    ["5 days for another user's process, too", 5 * days, {}, { process: 'there', isOwn: false }],
    ['5 days if the mark exists', 5 * days, marked, {}],
    [
      '5 days if the mark exists, in another pid namespace',
      5 * days,
      { ...marked, ...elsewhere },
      {},
    ],
    ['6 hours in another pid namespace', 6 * hours, elsewhere, {}],
    ['6 hours if the pid namespace is unknown', 6 * hours, { pidNamespace: undefined }, {}],
    ['6 hours without a pid and a mark', 6 * hours, { pid: undefined }, {}],
    ["6 hours if the mark is another user's", 6 * hours, marked, { isOwn: false }],
    [
      '6 hours if the mark is in another mount namespace',
      6 * hours,
      { ...marked, mountNamespace: 'mnt:[2]' },
      {},
    ],
    ['6 hours if the mark is under another root', 6 * hours, { ...marked, root: '1:1' }, {}],
  ])('a lease counts for %s', (_, limit, given, scene) => {
    expect(state(given, { ...scene, age: limit - 60 })).toBe('living');
    expect(state(given, { ...scene, age: limit + 60 })).toBe('forgotten');
    // If the monotonic clocks cannot be compared, the time of the file decides.
    for (const timeNamespace of ['time:[2]', undefined]) {
      const apart = { ...given, timeNamespace, acquiredAt: -7 * days };
      expect(state(apart, { ...scene, age: limit })).toBe('living');
      expect(state(apart, { ...scene, age: limit + 1 })).toBe('forgotten');
      // The clock may have been set back.
      expect(state(apart, { ...scene, age: -60 })).toBe('living');
    }
    // A time in the future is from another boot.
    expect(state({ ...given, acquiredAt: process.hrtime()[0] + 60 }, scene)).toBe('forgotten');
  });
});

test('steps belong to the same job if one process has started them in one RUNNER_TEMP', () => {
  expect(isSameJob(here, { ...here, acquiredAt: 0, mark: '/mark' })).toBe(true);
  for (const name of ['pid', 'started', 'bootId', 'pidNamespace', 'temp'] as const) {
    expect(isSameJob(here, { ...here, [name]: undefined })).toBe(false);
  }
  const unknown = { ...here, pid: undefined };
  expect(isSameJob(unknown, unknown)).toBe(false);
});

describe('the job of this step', () => {
  beforeEach(() => stubEnv('RUNNER_TEMP', undefined));

  /** Replaces the parent's pid. */
  const adoptBy = (pid: number) => spyOn(process, 'ppid', 'get').mockReturnValue(pid);

  test('the job of a step is the process that started it', () => {
    const before = process.hrtime()[0];
    const { pid, acquiredAt } = currentJob();
    expect(pid).toBe(process.ppid);
    expect(acquiredAt).toBeGreaterThanOrEqual(before);
    expect(acquiredAt).toBeLessThanOrEqual(process.hrtime()[0]);
  });

  test.each([0, 1])('the job has no process if the parent of the step is %i', (pid) => {
    adoptBy(pid);
    expect(currentJob()).toMatchObject({ pid: undefined, started: undefined });
  });

  onLinux.test('the job has a start time, namespaces, a root and a boot id', () => {
    expect(currentJob()).toMatchObject({
      started: expect.stringMatching(/^\d+$/),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
      timeNamespace: expect.stringMatching(
        /^monotonic -?\d+ \d+ boottime -?\d+ \d+$|^the only one$/,
      ),
      mountNamespace: expect.stringMatching(/^mnt:\[\d+\]$/),
      root: expect.stringMatching(/^\d+:\d+$/),
      bootId: expect.stringMatching(/^[\da-f]{8}-[\da-f-]{27}$/),
    });
    expect(currentJob().started).toBe(currentJob().started);
  });

  test.each(['darwin', 'win32'] as const)('all jobs on %s have the same namespaces', (platform) => {
    pretendToBe(platform);
    expect(currentJob()).toMatchObject({
      started: undefined,
      pidNamespace: platform,
      timeNamespace: platform,
      mountNamespace: platform,
      root: platform === 'win32' ? platform : expect.stringMatching(/^\d+:\d+$/),
    });
  });

  onLinux.test('all jobs have the same time namespace before Linux 5.6', () => {
    spyOn(fs, 'readFileSync').mockThrow(systemError('ENOENT'));
    expect(currentJob().timeNamespace).toBe('the only one');
    spyOn(fs, 'readlinkSync').mockThrow(systemError('ENOENT'));
    expect(currentJob()).toMatchObject({ timeNamespace: undefined, pidNamespace: undefined });
  });

  onLinux.test('a time namespace is known by the offsets of its clocks', () => {
    replace(
      'readFileSync',
      (readFile) => (path: string, options: 'latin1') =>
        path === '/proc/self/timens_offsets'
          ? 'monotonic     86400         0\nboottime          0         5\n'
          : readFile(path, options),
    );
    expect(currentJob().timeNamespace).toBe('monotonic 86400 0 boottime 0 5');
  });

  test('the root is known by its whole numbers, however large', () => {
    replace('lstatSync', (lstat) => (path: string, options?: { bigint: boolean }) => {
      if (path !== '/') return lstat(path, options);
      return options?.bigint
        ? { dev: 64_768n, ino: 2n ** 60n + 1n }
        : { dev: 64_768, ino: 2 ** 60 };
    });
    pretendToBe('linux');
    expect(currentJob().root).toBe('64768:1152921504606846977');
  });

  test('the job has no boot id if that cannot be read', () => {
    spyOn(fs, 'readFileSync').mockThrow(systemError('EACCES'));
    expect(currentJob().bootId).toBeUndefined();
  });

  test('the job has RUNNER_TEMP if that is absolute and exists', () => {
    const temp = temporaryDirectory();
    for (const [value, expected] of [
      [temp, temp],
      [join(temp, 'gone'), undefined],
      ['.', undefined],
      ['', undefined],
    ] as const) {
      stubEnv('RUNNER_TEMP', value);
      expect(currentJob().temp).toBe(expected);
    }
  });

  test('the job has no root if that cannot be read', () => {
    spyOn(fs, 'lstatSync').mockThrow(systemError('EACCES'));
    pretendToBe('linux');
    expect(currentJob().root).toBeUndefined();
  });
});

test.each([
  ['linux', ['/a', '/'], ['a', '', './a', 'C:\\a']],
  [
    'win32',
    ['C:\\a', 'd:/a'],
    [
      '//host/share',
      '\\\\host\\share\\x',
      '\\\\?\\C:\\a',
      '\\\\.\\pipe\\x',
      'C:a',
      '\\a',
      '/a',
      'a',
      '',
    ],
  ],
])('on %s, a path is absolute if it starts at the root or a drive', (platform, good, bad) => {
  for (const path of good) expect(isAbsolute(path, platform)).toBe(true);
  for (const path of bad) expect(isAbsolute(path, platform)).toBe(false);
});

describe('parseJob', () => {
  const text = (given: object) => JSON.parse(JSON.stringify({ ...here, ...given }));

  test('parseJob accepts a job', () => {
    expect(parseJob(text({}), 'linux')).toEqual(text({}));
    expect(parseJob({ acquiredAt: 7 }, 'linux')).toEqual({ acquiredAt: 7 });
  });

  test.each(Object.keys(here) as (keyof Job)[])('parseJob rejects a bad %s', (name) => {
    const wrong = [
      null,
      [],
      {},
      true,
      1.5,
      1e300,
      name === 'pid' || name === 'acquiredAt' ? '7' : 7,
    ];
    for (const value of wrong) {
      expect(parseJob({ ...here, [name]: value }, 'linux')).toBeUndefined();
    }
  });

  test('parseJob rejects paths to other machines, and pids that no job has', () => {
    for (const name of ['temp', 'mark']) {
      expect(parseJob(text({ temp: undefined, [name]: 'relative' }), 'linux')).toBeUndefined();
      expect(parseJob(text({ temp: undefined, [name]: '//host/x' }), 'win32')).toBeUndefined();
    }
    for (const pid of [1, 0, -1, -(2 ** 30)]) {
      expect(parseJob(text({ pid }), 'linux')).toBeUndefined();
    }
  });

  test('parseJob never throws, and each job that it accepts has a state', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(here)));
    const header = fc.dictionary(fc.constantFrom(...Object.keys(here)), value);
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), header), (given) => {
        const parsed = parseJob(given, 'linux');
        if (parsed !== undefined) {
          expect(state(parsed)).toMatch(/^(living|ended|forgotten)$/);
        }
      }),
    );
    expect(parseJob(null)).toBeUndefined();
    expect(parseJob(undefined)).toBeUndefined();
  });
});
