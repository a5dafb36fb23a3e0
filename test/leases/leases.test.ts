import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  chmodSync,
  chownSync,
  constants,
  fchmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { currentJob } from '../../src/leases/job.ts';
import { Leases } from '../../src/leases/leases.ts';
import { OwnRecord, RecordFull } from '../../src/leases/own-record.ts';
import { ownDirectory } from '../../src/leases/users.ts';
import {
  hasAllUsers,
  isRoot,
  needs,
  onLinux,
  onUnix,
  pretendToBe,
  spyOn,
  stubEnv,
  systemError,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';
import {
  endedProcess,
  job,
  record,
  refuse,
  replace,
  setOwners,
  setUidMap,
  setUserName,
  uidIn,
} from './support.ts';

const posix = process.platform !== 'win32';
const anotherUser = (process.getuid?.() ?? 0) + 1;

beforeEach(() => {
  stubEnv('RUNNER_TEMP', undefined);
  // These tests run outside any user namespace.
  setUidMap('0 0 4294967295');
});

function setUp() {
  const root = temporaryDirectory();
  const directory = ownDirectory(root);
  return {
    root,
    directory,
    step: (owner = 'me') => new Leases(owner, root),
    files: () => readdirSync(directory).toSorted(),
    /** The text of the only record. */
    text: () => readFileSync(join(directory, `${readdirSync(directory)}`), 'utf8'),
  };
}

/** Makes another user's directory, with these records in it. */
function neighbour(root: string, ...records: string[]): string {
  const directory = join(root, `find-unused-port-${anotherUser}`);
  mkdirSync(directory);
  for (const [i, text] of records.entries()) writeFileSync(join(directory, `${i}-a`), text);
  setOwners();
  return directory;
}

describe('claims', () => {
  test('a claim is seen by every other step that looks', () => {
    const { step } = setUp();
    const first = step('first');
    const second = step('second');
    first.write([20001, 20002]);
    expect(second.ownerOf(20001)?.name).toBeUndefined();
    second.look();
    expect([20001, 20002, 20003].map((port) => second.ownerOf(port)?.name)).toEqual([
      'first',
      'first',
      undefined,
    ]);
    expect(step('third').ownerOf(20001)?.name).toBeUndefined();
    for (const { recordProblem, lookProblem } of [first, second]) {
      expect({ recordProblem, lookProblem }).toEqual({});
    }
  });

  test("a step does not see its own claims as another's", () => {
    const { step } = setUp();
    const leases = step();
    leases.write([20001]);
    leases.look();
    leases.write([20002]);
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port)?.name)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('some of the claimed ports can be given back', () => {
    const { step, text } = setUp();
    const first = step('first');
    const second = step('second');
    first.write([20001, 20002, 20003]);
    second.look();
    first.withdraw([20003, 20001]);
    second.look();
    expect([20001, 20002, 20003].map((port) => second.ownerOf(port)?.name)).toEqual([
      undefined,
      'first',
      undefined,
    ]);
    expect(text().split('\n').slice(1)).toEqual([
      '20001',
      '20002',
      '20003',
      '-20003',
      '-20001',
      '',
    ]);
  });

  test('all claimed ports can be given back, and others claimed after that', () => {
    const { files, step } = setUp();
    const first = step('first');
    const second = step('second');
    first.write([20001]);
    first.release();
    expect(files()).toEqual([]);
    second.look();
    expect(second.ownerOf(20001)?.name).toBeUndefined();
    first.release();
    first.write([20002]);
    second.look();
    expect(second.ownerOf(20002)?.name).toBe('first');
    expect(first.recordProblem).toBeUndefined();
  });

  test('a claim is seen even if it is as long as an earlier one that was given back', () => {
    // Readers remember by path how far they have read.
    const { files, step } = setUp();
    const first = step('first');
    const second = step('second');
    first.write([20001]);
    second.look();
    const before = files();
    first.release();
    first.write([20002]);
    expect(files()).not.toEqual(before);
    second.look();
    expect([20001, 20002].map((port) => second.ownerOf(port)?.name)).toEqual([undefined, 'first']);
  });

  test("claimed ports stay this step's if the record cannot be deleted", () => {
    const { files, step } = setUp();
    const first = step('first');
    first.write([20001]);
    refuse('rmSync', '', 'EBUSY');
    first.release();
    first.look();
    expect(first.ownerOf(20001)?.name).toBeUndefined();
    first.write([20002]);
    expect(files()).toHaveLength(1);
    expect(first.recordProblem).toBeUndefined();
    const second = step('second');
    second.look();
    expect([20001, 20002].map((port) => second.ownerOf(port)?.name)).toEqual(['first', 'first']);
  });

  test('a look collects owners only if a record has changed', () => {
    const { step } = setUp();
    step('first').write([20001]);
    const second = step();
    second.look();
    const before = second.ownerOf(20001);
    second.look();
    expect(second.ownerOf(20001)).toBe(before);
  });

  test('the debug log has the number of ports that others have claimed', () => {
    const { directory, step } = setUp();
    const first = step();
    expect(first.summary).toBe(`Leases are in ${directory}: others have 0 ports.`);
    step().write([20001, 20002]);
    first.look();
    expect(first.summary).toBe(`Leases are in ${directory}: others have 2 ports.`);
  });
});

describe('records', () => {
  test('a record names its job and its owner', () => {
    const { files, step, text } = setUp();
    step('acme/app, run 7, job build').write([20001, 20002]);
    const [header = '', ...lines] = text().split('\n');
    const { acquiredAt: _, ...job } = JSON.parse(JSON.stringify(currentJob()));
    expect(JSON.parse(header)).toMatchObject({ ...job, owner: 'acme/app, run 7, job build' });
    expect(lines).toEqual(['20001', '20002', '']);
    expect(files()).toEqual([expect.stringMatching(RegExp(`^${process.pid}-[a-z0-9]+$`))]);
  });

  test('a step has one record, or none if it claims nothing', () => {
    const { files, step } = setUp();
    const leases = step();
    leases.look();
    leases.write([]);
    leases.withdraw([]);
    expect(files()).toEqual([]);
    leases.release();
    for (let i = 0; i < 5; i++) leases.write([20001 + i]);
    step().write([20010]);
    expect(files()).toHaveLength(2);
  });

  test('a step can release a record that another process has deleted, and make another', () => {
    const { directory, files, step } = setUp();
    const leases = step();
    leases.write([20001]);
    rmSync(join(directory, `${files()}`));
    leases.release();
    leases.write([20002]);
    expect(files()).toHaveLength(1);
    expect(leases.recordProblem).toBeUndefined();
  });

  onLinux.test('a record is not kept open', () => {
    const leases = setUp().step();
    const before = fs.readdirSync('/proc/self/fd').length;
    for (let port = 20001; port < 20101; port++) leases.write([port]);
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThan(before + 50);
  });

  onUnix.test('a record and its directory are readable for all, whatever the umask', () => {
    const { directory, files, step } = setUp();
    replace('openSync', (open) => (path: string, flags: number, mode: number) => {
      const fd = open(path, flags, mode);
      if (flags & constants.O_CREAT) fchmodSync(fd, 0o600);
      return fd;
    });
    const leases = step();
    leases.write([20001]);
    const mode = (path: string) => statSync(path).mode & 0o7777;
    expect(mode(directory)).toBe(0o755);
    expect(mode(join(directory, `${files()}`))).toBe(0o644);
    chmodSync(directory, 0o700);
    step();
    expect(mode(directory)).toBe(0o755);
  });

  test('a record never overwrites a file', () => {
    const { directory, step } = setUp();
    spyOn(Math, 'random').mockReturnValue(0.5);
    const leases = step();
    const path = join(directory, `${process.pid}-i`);
    writeFileSync(path, "another's\n");
    leases.write([20001]);
    expect(leases.recordProblem).toContain('EEXIST');
    leases.release();
    expect(fs.readFileSync(path, 'utf8')).toBe("another's\n");
  });

  test("an ended job's record does not count, and is deleted", async () => {
    const { directory, files, step } = setUp();
    const leases = step();
    writeFileSync(join(directory, '1-a'), record([20001], { pid: await endedProcess() }));
    leases.look();
    expect(leases.ownerOf(20001)?.name).toBeUndefined();
    expect(files()).toEqual([]);
  });

  test('the record of a job that has ended since the last look counts until a fresh look', () => {
    const { step } = setUp();
    step('other').write([20001]);
    const leases = step();
    leases.look();
    spyOn(process, 'kill').mockThrow(systemError('ESRCH'));
    leases.look();
    expect(leases.ownerOf(20001)?.name).toBe('other');
    leases.lookAfresh();
    expect(leases.ownerOf(20001)?.name).toBeUndefined();
  });
});

describe('marks in RUNNER_TEMP', () => {
  /** Sets RUNNER_TEMP to a new directory, and lists the marks in it. */
  function setUpTemp() {
    const temp = temporaryDirectory();
    stubEnv('RUNNER_TEMP', temp);
    return { temp, marks: () => fs.readdirSync(temp) };
  }

  test('a step whose parent has no start time makes a mark, and deletes it with its record', () => {
    const { temp, marks } = setUpTemp();
    const { step, text } = setUp();
    spyOn(process, 'ppid', 'get').mockReturnValue(1);
    const leases = step();
    expect(marks()).toEqual([]);
    leases.write([20001]);
    leases.write([20002]);
    expect(marks()).toEqual([expect.stringMatching(/^\.find-unused-port-[a-z0-9]+$/)]);
    const { mark } = JSON.parse(text().split('\n')[0] as string);
    expect(mark).toBe(`${temp}/${marks()}`);
    leases.release();
    expect(marks()).toEqual([]);
  });

  test('a lease ends when the runner empties RUNNER_TEMP, and with it deletes the mark', () => {
    const { temp } = setUpTemp();
    const { files, step } = setUp();
    spyOn(process, 'ppid', 'get').mockReturnValue(1);
    step('first').write([20001]);
    const second = step('second');
    second.look();
    expect(second.ownerOf(20001)?.name).toBe('first');
    for (const name of fs.readdirSync(temp)) rmSync(join(temp, name));
    second.lookAfresh();
    expect(second.ownerOf(20001)?.name).toBeUndefined();
    expect(files()).toEqual([]);
  });

  test('a mark that cannot be deleted does not keep the step from another record', () => {
    setUpTemp();
    const { files, step } = setUp();
    spyOn(process, 'ppid', 'get').mockReturnValue(1);
    const leases = step();
    leases.write([20001]);
    replace('rmSync', (rm) => (path: string, options: object) => {
      if (path.includes('.find-unused-port-')) throw systemError('EBUSY');
      return rm(path, options);
    });
    leases.release();
    expect(files()).toEqual([]);
    leases.look();
    leases.write([20002]);
    expect(leases.recordProblem).toBeUndefined();
    expect(files()).toHaveLength(1);
  });

  test('a step without RUNNER_TEMP makes no mark', () => {
    const { step, text } = setUp();
    spyOn(process, 'ppid', 'get').mockReturnValue(1);
    const open = spyOn(fs, 'openSync');
    step().write([20001]);
    const names = open.mock.calls.map(([path]) => `${path}`).filter((path) => path.includes('/.'));
    expect(names).toEqual([]);
    expect(text()).not.toContain('mark');
  });

  onLinux.test('a step makes no mark if the start time of its parent is known', () => {
    const { marks } = setUpTemp();
    setUp().step().write([20001]);
    expect(marks()).toEqual([]);
  });

  test('a record does not name a mark that could not be made', () => {
    const { temp, marks } = setUpTemp();
    const { step, text } = setUp();
    spyOn(process, 'ppid', 'get').mockReturnValue(1);
    replace('openSync', (open) => (path: string, ...rest: [number, number]) => {
      if (path.startsWith(temp)) throw systemError('EACCES');
      return open(path, ...rest);
    });
    const leases = step();
    leases.write([20001]);
    expect(marks()).toEqual([]);
    expect(JSON.parse(text().split('\n')[0] as string)).toMatchObject({ temp });
    expect(text()).not.toContain('"mark"');
    expect(leases.recordProblem).toBeUndefined();
  });
});

onUnix.test(
  'a step in a user namespace without a map can neither write nor read leases, and warns',
  () => {
    const { root, step } = setUp();
    setUidMap('');
    const leases = step();
    leases.look();
    expect([leases.recordProblem, leases.lookProblem]).toEqual(
      Array(2).fill('this user namespace has no map of user ids'),
    );
    expect(readdirSync(root)).toEqual([]);
  },
);

test('a step whose parent has ended cannot keep its ports', () => {
  const leases = setUp().step();
  leases.look();
  expect(() => leases.checkParent()).not.toThrow();
  const parent = process.ppid;
  const kill = spyOn(process, 'kill').mockThrow(systemError('ESRCH'));
  expect(() => leases.checkParent()).toThrow(`(pid ${parent}) has ended`);
  kill.mockRestore();
  spyOn(process, 'ppid', 'get').mockReturnValue(1);
  expect(() => leases.checkParent()).toThrow(
    `The process that started this step (pid ${parent}) has ended`,
  );
  // This step was adopted before it began.
  expect(() => setUp().step().checkParent()).not.toThrow();
});

describe('files that another process has open on Windows', () => {
  test('a file that another process has open on Windows is tried again until it is closed', () => {
    const { root, step } = setUp();
    pretendToBe('win32');
    setUserName('runner');
    const [open, rm] = [spyOn(fs, 'openSync'), spyOn(fs, 'rmSync')];
    for (const code of ['EBUSY', 'EPERM', 'EACCES']) {
      const [first, second] = [step('first'), step('second')];
      open.mockThrowOnce(systemError(code));
      first.write([20001]);
      expect(first.recordProblem).toBeUndefined();
      open.mockThrowOnce(systemError(code));
      second.look();
      expect(second.lookProblem).toBeUndefined();
      expect(second.ownerOf(20001)?.name).toBe('first');
      rm.mockThrowOnce(systemError(code));
      first.release();
      second.look();
      expect(second.ownerOf(20001)?.name).toBeUndefined();
    }
    expect(readdirSync(join(root, 'find-unused-port-runner'))).toEqual([]);
  });

  test('a file that another process has open on Windows for too long is a problem', async () => {
    // A step waits for one second in total. This test uses it up, so it loads the code anew, as the next file does.
    vi.resetModules();
    onTestFinished(() => {
      vi.resetModules();
    });
    const code = await import('../../src/leases/leases.ts');
    const { root } = setUp();
    pretendToBe('win32');
    setUserName('runner');
    const leases = new code.Leases('me', root);
    writeFileSync(join(root, 'find-unused-port-runner', '1-a'), record([20001]));
    refuse('openSync', '1-a', 'EBUSY');
    const wait = spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    leases.look();
    leases.look();
    expect(leases.lookProblem).toContain('EBUSY');
    const waited = wait.mock.calls.reduce((sum, [, , , milliseconds = 0]) => sum + milliseconds, 0);
    expect(waited).toBe(1000);
  });
});

describe('a full record', () => {
  const many = Array.from({ length: 40_000 }, (_, i) => 20_000 + i);

  test('a step with a full record fails: a neighbour must not make it go on with ports that nobody sees', () => {
    const { step, text, files } = setUp();
    const leases = step();
    leases.write(many);
    const before = text();
    expect(() => leases.write(many)).toThrow('its record is full');
    expect(() => leases.withdraw(many)).toThrow('its record is full');
    expect(text()).toBe(before);
    expect(text().length).toBeLessThan(256 * 1024);
    leases.release();
    expect(files()).toEqual([]);
  });

  test('a record has room for as many bytes as others read', () => {
    const newRecord = new OwnRecord(temporaryDirectory(), { job: job(), owner: 'me' });
    newRecord.append('');
    const left = 256 * 1024 - statSync(newRecord.path).size;
    newRecord.append('\n'.repeat(left));
    expect(() => newRecord.append('\n')).toThrow(RecordFull);
  });

  test('a step that gives everything back has room in a new record', () => {
    const { step } = setUp();
    const leases = step();
    for (let i = 0; i < 3; i++) {
      leases.write(many);
      leases.release();
    }
    expect(leases.recordProblem).toBeUndefined();
  });
});

describe('a step that cannot write its claims', () => {
  const warned = (leases: Leases, problem: string) => {
    expect(leases.recordProblem).toContain(problem);
    expect(leases.lookProblem).toBeUndefined();
    // The step goes on without a record.
    leases.write([20002]);
    leases.withdraw([20002]);
    leases.look();
    leases.release();
    expect(leases.recordProblem).toContain(problem);
    expect(leases.lookProblem).toBeUndefined();
  };

  test('a step warns and goes on if the disk is read-only', () => {
    const { files, step } = setUp();
    step('other').write([20003]);
    const leases = step();
    replace('openSync', (open) => (path: string, flags: number, mode: number) => {
      if (flags & constants.O_CREAT) throw systemError('EROFS');
      return open(path, flags, mode);
    });
    leases.write([20001]);
    warned(leases, 'EROFS');
    expect(leases.ownerOf(20003)?.name).toBe('other');
    expect(files()).toHaveLength(1);
  });

  test('a step warns and goes on if its directory cannot be made', () => {
    const { root, step } = setUp();
    spyOn(fs, 'mkdirSync').mockThrowOnce(systemError('EROFS'));
    warned(step(), 'EROFS');
    expect(readdirSync(root)).toEqual([]);
  });

  test('a step warns and goes on if only part of a claim was written', () => {
    const { step, text } = setUp();
    const leases = step();
    leases.write([20001]);
    const partly = replace(
      'writeSync',
      (write) => (fd: number, bytes: Buffer) => write(fd, bytes, 0, 8),
    );
    leases.write([20002, 20003]);
    partly.mockReset();
    expect(leases.recordProblem).toMatch(/could write only part of a claim/);
    leases.write([20004]);
    leases.withdraw([20001]);
    expect(text().split('\n').slice(1)).toEqual(['20001', '20002', '20']);
    const other = step();
    other.look();
    const seen = [20001, 20002, 20003, 20].map((port) => other.ownerOf(port)?.name);
    expect(seen).toEqual(['me', 'me', undefined, undefined]);
    warned(leases, 'could write only part');
  });

  test('a step warns and goes on if its record was deleted', () => {
    for (const notice of [
      (leases: Leases) => leases.write([20002]),
      (leases: Leases) => leases.withdraw([20001]),
      (leases: Leases) => leases.look(),
    ]) {
      const { directory, files, step } = setUp();
      const leases = step();
      leases.write([20001]);
      rmSync(join(directory, `${files()}`));
      notice(leases);
      warned(leases, 'ENOENT');
      expect(files()).toEqual([]);
    }
  });

  test.each([
    ['a file', (directory: string) => writeFileSync(directory, '')],
    ...(posix
      ? [
          ['a link', (directory: string, root: string) => symlinkSync(root, directory)] as const,
          ['a link to nowhere', (directory: string) => symlinkSync('nowhere', directory)] as const,
        ]
      : []),
  ] as const)('a step warns and goes on if %s is in place of its directory', (_, plant) => {
    const { directory, root, step } = setUp();
    plant(directory, root);
    const leases = step();
    leases.write([20001]);
    expect(leases.recordProblem).toContain(`${directory} is not this user's directory`);
    warned(leases, directory);
    expect(leases.summary).toBe(`Leases are in ${root}: others have 0 ports.`);
    expect(readdirSync(root)).toHaveLength(1);
  });

  onUnix.test("a step warns and goes on if its directory is another user's", () => {
    const { directory, files, step } = setUp();
    mkdirSync(directory);
    setOwners(() => anotherUser);
    const leases = step();
    leases.write([20001]);
    warned(leases, directory);
    expect(files()).toEqual([]);
  });

  test('a step warns if there is no shared directory', () => {
    const leases = new Leases('me', join(temporaryDirectory(), 'none'));
    expect(leases.recordProblem).toContain('ENOENT');
    expect(leases.lookProblem).toBeUndefined();
    leases.look();
    expect(leases.lookProblem).toContain('ENOENT');
  });

  test('a step warns and goes on if its user has no name', () => {
    const { root } = setUp();
    pretendToBe('win32');
    mkdirSync(join(root, 'find-unused-port-other'));
    writeFileSync(join(root, 'find-unused-port-other', '1-a'), record([20001], { pid: undefined }));
    setUserName();
    const leases = new Leases('me', root);
    leases.write([20002]);
    warned(leases, 'ERR_SYSTEM_ERROR');
    expect(leases.ownerOf(20001)?.name).toBe('somebody');
  });
});

describe("a step that cannot read others' leases", () => {
  test.each([
    ['linux', undefined],
    ['win32', 'there are too many files'],
  ] as const)(
    "on %s, too many files in this user's directory are a problem: %s",
    (platform, problem) => {
      const { root, step } = setUp();
      pretendToBe(platform);
      setUserName('runner');
      const leases = step();
      const others = Array.from({ length: 10_001 }, (_, i) => `file-${i}`);
      replace('readdirSync', () => (path: string) => (path === root ? [] : others));
      leases.look();
      expect(leases.lookProblem).toEqual(problem && expect.stringContaining(problem));
    },
  );

  test('a step that cannot list the shared directory warns, and still writes', () => {
    const { root, step } = setUp();
    const other = step('other');
    const leases = step();
    const refusal = refuse('readdirSync', root, 'EACCES');
    leases.look();
    leases.write([20001]);
    expect(leases.lookProblem).toContain('EACCES');
    expect(leases.recordProblem).toBeUndefined();
    refusal.mockReset();
    other.look();
    expect(other.ownerOf(20001)?.name).toBe('me');
    // What was missed once stays missed.
    leases.look();
    expect(leases.lookProblem).toContain('EACCES');
  });

  test('a look that fails forgets nothing, and a later look finds the rest', () => {
    const { directory, step } = setUp();
    const other = step('other');
    other.write([20001]);
    const leases = step();
    leases.look();
    const refusal = refuse('readdirSync', directory, 'EACCES');
    other.write([20002]);
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port)?.name)).toEqual(['other', undefined]);
    refusal.mockReset();
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port)?.name)).toEqual(['other', 'other']);
  });

  test("a step that cannot list its user's directory warns, and still writes", () => {
    const { directory, root, step } = setUp();
    const leases = step();
    neighbour(root, record([20003]));
    const refusal = refuse('readdirSync', directory, 'EACCES');
    leases.write([20001]);
    leases.look();
    expect(leases.lookProblem).toContain('EACCES');
    expect(leases.recordProblem).toBeUndefined();
    expect(leases.ownerOf(20003)?.name).toBe(posix ? 'somebody' : undefined);
    refusal.mockReset();
    const other = step();
    other.look();
    expect(other.ownerOf(20001)?.name).toBe('me');
  });
});

onUnix.describe("other users' claims", () => {
  test("another user's claim counts after a look", () => {
    const { root, step } = setUp();
    const leases = step();
    neighbour(root, record([20001]), record([20002], { owner: 'another' }));
    leases.write([20003]);
    expect(leases.ownerOf(20001)?.name).toBeUndefined();
    leases.look();
    leases.write([20004]);
    const owners = [20001, 20002, 20003].map((port) => leases.ownerOf(port)?.name);
    expect(owners).toEqual(['somebody', 'another', undefined]);
  });

  test("another user's claim no longer counts when it is withdrawn", () => {
    const { root, step } = setUp();
    const directory = neighbour(root, record([20001, 20002]));
    const leases = step();
    leases.look();
    writeFileSync(join(directory, '0-a'), '-20001\n', { flag: 'a' });
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port)?.name)).toEqual([
      undefined,
      'somebody',
    ]);
  });

  test("another user's claim ends with its job, but its record is not deleted", async () => {
    const { root, step } = setUp();
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    onTestFinished(() => {
      child.kill();
    });
    const directory = neighbour(root, record([20001], { pid: child.pid, started: undefined }));
    const leases = step();
    leases.look();
    expect(leases.ownerOf(20001)?.name).toBe('somebody');
    child.kill();
    await once(child, 'exit');
    leases.lookAfresh();
    expect(leases.ownerOf(20001)?.name).toBeUndefined();
    expect(fs.readdirSync(directory)).toHaveLength(1);
  });

  test("another user's claim counts even if a third user's directory is unreadable", () => {
    const { root, step } = setUp();
    const leases = step();
    const [closed] = [anotherUser, anotherUser + 1].map((uid) => {
      const directory = join(root, `find-unused-port-${uid}`);
      mkdirSync(directory);
      writeFileSync(join(directory, '1-a'), record([uid]));
      return directory;
    });
    setOwners();
    refuse('readdirSync', `${closed}`, 'EACCES');
    leases.look();
    expect(leases.ownerOf(anotherUser)?.name).toBeUndefined();
    expect(leases.ownerOf(anotherUser + 1)?.name).toBe('somebody');
  });

  test("another user's claim is not seen if that user denies access", () => {
    const { root, step } = setUp();
    const leases = step();
    const refusal = refuse('readdirSync', neighbour(root, record([20001])), 'EACCES');
    leases.look();
    expect(leases.ownerOf(20001)?.name).toBeUndefined();
    expect(leases.lookProblem).toBeUndefined();
    refusal.mockReset();
    leases.look();
    expect(leases.ownerOf(20001)?.name).toBe('somebody');
  });

  test("a look fails if no file descriptor is left for another user's directory", () => {
    const { root, step } = setUp();
    const leases = step();
    refuse('readdirSync', neighbour(root, record([20001])), 'ENFILE');
    expect(() => leases.look()).toThrow('ENFILE');
  });

  test("another user's claim counts beside 300 users whose jobs have ended", async () => {
    const { root, step } = setUp();
    const pid = await endedProcess();
    const users = Array.from({ length: 300 }, (_, i) => anotherUser + i);
    for (const user of users) {
      const directory = join(root, `find-unused-port-${user}`);
      mkdirSync(directory);
      const isLast = user === users.at(-1);
      writeFileSync(join(directory, '1-a'), record([user % 65_536], isLast ? {} : { pid }));
    }
    setOwners();
    const leases = step();
    leases.look();
    expect(leases.ownerOf((users.at(-1) as number) % 65_536)?.name).toBe('somebody');
    expect(leases.lookProblem).toBeUndefined();
  });

  test("another user's claim may be missed among 10,000 directories, which is a problem", () => {
    const { root, step } = setUp();
    const leases = step();
    const users = Array.from({ length: 10_001 }, (_, i) => anotherUser + i);
    const directory = neighbour(root, record([20001]));
    const status = fs.lstatSync(directory);
    replace(
      'readdirSync',
      (readdir) => (path: string) =>
        path === root ? users.map((user) => `find-unused-port-${user}`) : readdir(path),
    );
    replace('lstatSync', (lstat) => (path: string) => {
      const uid = uidIn(path);
      return uid === undefined ? lstat(path) : Object.assign(status, { uid });
    });
    leases.look();
    expect(leases.lookProblem).toContain('too many');
    expect(leases.ownerOf(20001)?.name).toBe('somebody');
  });

  needs({ root: isRoot, 'all user ids': hasAllUsers }).test(
    "another user's claim counts only if the directory belongs to that user",
    () => {
      const { root, step } = setUp();
      const directory = join(root, `find-unused-port-${anotherUser}`);
      mkdirSync(directory);
      writeFileSync(join(directory, '1-a'), record([20001]));
      const leases = step();
      leases.look();
      expect(leases.ownerOf(20001)?.name).toBeUndefined();
      chownSync(directory, anotherUser, anotherUser);
      leases.look();
      expect(leases.ownerOf(20001)?.name).toBe('somebody');
    },
  );
});

withPrlimit.test('leases cannot be read or written if no file descriptor is left', async () => {
  const { root, step } = setUp();
  step('first').write([20001]);
  const second = step('second');
  second.write([20002]);
  await withoutDescriptors(() => {
    expect(() => second.look()).toThrow('EMFILE');
    expect(() => second.write([20001])).toThrow('EMFILE');
    expect(() => second.withdraw([20002])).toThrow('EMFILE');
    expect(() => new Leases('third', root).look()).toThrow('EMFILE');
    expect(() => new Leases('third', root).write([20001])).toThrow('EMFILE');
  });
  expect(second.recordProblem).toBeUndefined();
  expect(second.lookProblem).toBeUndefined();
  second.look();
  expect(second.ownerOf(20001)?.name).toBe('first');
});

test('on Windows, user names are case-insensitive', () => {
  const { root } = setUp();
  pretendToBe('win32');
  const named = (username: string) => {
    setUserName(username);
    return new Leases(username, root);
  };
  const first = named('Runner');
  const second = named('RUNNER');
  const third = named('other');
  first.write([20001]);
  second.look();
  expect(second.ownerOf(20001)?.name).toBe('Runner');
  third.look();
  expect(third.ownerOf(20001)?.name).toBe('Runner');
  expect(readdirSync(root).toSorted()).toEqual([
    'find-unused-port-other',
    'find-unused-port-runner',
  ]);
});
