import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { currentJob } from '../../src/leases/job.ts';
import { Leases } from '../../src/leases/leases.ts';
import { ownDirectory } from '../../src/leases/users.ts';
import {
  hasAllUsers,
  isRoot,
  needs,
  onLinux,
  onUnix,
  pretendToBe,
  systemError,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';
import { endedProcess, record } from './support.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const { lstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } = fs;
  return {
    ...fs,
    // The users of these tests are those of no user namespace.
    readFileSync: (path: string, options: 'utf8') =>
      path === '/proc/self/uid_map' ? '' : fs.readFileSync(path, options),
    lstatSync: vi.fn(lstatSync),
    mkdirSync: vi.fn(mkdirSync),
    openSync: vi.fn(openSync),
    readdirSync: vi.fn(readdirSync),
    readSync: vi.fn(readSync),
    rmSync: vi.fn(rmSync),
    writeSync: vi.fn(writeSync),
  };
});
vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>();
  return { ...os, userInfo: vi.fn(os.userInfo) };
});

const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
const mocked = { lstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync };
const posix = process.platform !== 'win32';
const anotherUser = (process.getuid?.() ?? 0) + 1;

afterEach(() => {
  for (const [name, mock] of Object.entries(mocked)) {
    vi.mocked(mock).mockImplementation(fs[name as keyof typeof mocked] as never);
  }
  vi.mocked(userInfo).mockReset();
  vi.restoreAllMocks();
});

/** Has calls fail whose path ends so. */
function refuse(
  name: 'lstatSync' | 'openSync' | 'readdirSync' | 'rmSync',
  end: string,
  code: string,
) {
  const actual = fs[name] as (...given: unknown[]) => unknown;
  vi.mocked(mocked[name]).mockImplementation(((...given: unknown[]) => {
    if (`${given[0]}`.endsWith(end)) throw systemError(code);
    return actual(...given);
  }) as never);
}

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

/** Another user's directory, with records in it. */
function neighbour(root: string, ...records: string[]): string {
  const directory = join(root, `find-unused-port-${anotherUser}`);
  mkdirSync(directory);
  for (const [i, text] of records.entries()) writeFileSync(join(directory, `${i}-a`), text);
  vi.mocked(lstatSync).mockImplementation(((path: string, options: object) => {
    const status = fs.lstatSync(path, options);
    return status && path === directory ? Object.assign(status, { uid: anotherUser }) : status;
  }) as typeof lstatSync);
  return directory;
}

describe('a record', () => {
  test('is deleted if its job has ended, also by a step that does not look before it claims', async () => {
    const { directory, files, step } = setUp();
    const leases = step();
    writeFileSync(join(directory, '1-a'), record([20001], { pid: await endedProcess() }));
    leases.claim([20001]);
    expect(leases.ownerOf(20001)).toBeUndefined();
    expect(files()).toEqual([expect.stringMatching(RegExp(`^${process.pid}-`))]);
  });

  test('is not made for nothing', () => {
    const { files, step } = setUp();
    step('first').claim([20001]);
    const second = step('second');
    second.withdraw([]);
    second.claim([20001]);
    second.claim([]);
    expect(files()).toHaveLength(1);
  });

  test('that somebody has deleted can be given back, and another made', () => {
    const { directory, files, step } = setUp();
    const leases = step();
    leases.claim([20001]);
    rmSync(join(directory, `${files()}`));
    leases.release();
    leases.claim([20002]);
    expect(files()).toHaveLength(1);
    expect(leases.recordProblem).toBeUndefined();
  });

  onLinux.test('is not kept open', () => {
    const leases = setUp().step();
    const before = fs.readdirSync('/proc/self/fd').length;
    for (let port = 20001; port < 20101; port++) leases.claim([port]);
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThan(before + 50);
  });
});

describe('what a step claims', () => {
  test('is seen by every other step that looks', () => {
    const { step } = setUp();
    const first = step('first');
    const second = step('second');
    first.claim([20001, 20002]);
    expect(second.ownerOf(20001)).toBeUndefined();
    second.look();
    expect([20001, 20002, 20003].map((port) => second.ownerOf(port))).toEqual([
      'first',
      'first',
      undefined,
    ]);
    expect(step('third').ownerOf(20001)).toBeUndefined();
    for (const { recordProblem, lookProblem } of [first, second]) {
      expect({ recordProblem, lookProblem }).toEqual({});
    }
  });

  test('is not seen as another’s by the step itself', () => {
    const { step } = setUp();
    const leases = step();
    leases.claim([20001]);
    leases.look();
    leases.claim([20002]);
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port))).toEqual([undefined, undefined]);
  });

  test('shows at once whether another step of this user has it', () => {
    const { step } = setUp();
    const first = step('first');
    const second = step('second');
    first.claim([20001]);
    expect(first.ownerOf(20001)).toBeUndefined();
    second.claim([20001, 20002]);
    expect(second.ownerOf(20001)).toBe('first');
    expect(second.ownerOf(20002)).toBeUndefined();
  });

  test('can be given back in part', () => {
    const { step, text } = setUp();
    const first = step('first');
    const second = step('second');
    first.claim([20001, 20002, 20003]);
    second.look();
    first.withdraw([20003, 20001]);
    second.look();
    expect([20001, 20002, 20003].map((port) => second.ownerOf(port))).toEqual([
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

  test('can be given back as a whole, and claimed again', () => {
    const { files, step } = setUp();
    const first = step('first');
    const second = step('second');
    first.claim([20001]);
    first.release();
    expect(files()).toEqual([]);
    second.look();
    expect(second.ownerOf(20001)).toBeUndefined();
    first.release();
    first.claim([20002]);
    second.look();
    expect(second.ownerOf(20002)).toBe('first');
    expect(first.recordProblem).toBeUndefined();
  });

  test('stays this step’s own where it cannot be given back', () => {
    const { files, step } = setUp();
    const first = step('first');
    first.claim([20001]);
    refuse('rmSync', '', 'EBUSY');
    first.release();
    first.look();
    expect(first.ownerOf(20001)).toBeUndefined();
    first.claim([20002]);
    expect(files()).toHaveLength(1);
    expect(first.recordProblem).toBeUndefined();
    const second = step('second');
    second.look();
    expect([20001, 20002].map((port) => second.ownerOf(port))).toEqual(['first', 'first']);
  });

  test('is told of in the debug log', () => {
    const { directory, step } = setUp();
    const first = step();
    expect(first.summary).toBe(`Leases are in ${directory}: others have 0 ports.`);
    step().claim([20001, 20002]);
    first.look();
    expect(first.summary).toBe(`Leases are in ${directory}: others have 2 ports.`);
  });
});

describe('the record', () => {
  test('says whose it is', () => {
    const { files, step, text } = setUp();
    step('acme/app, run 7, job build').claim([20001, 20002]);
    const [header = '', ...lines] = text().split('\n');
    const { acquiredAt: _, ...job } = currentJob();
    expect(JSON.parse(header)).toMatchObject({ ...job, owner: 'acme/app, run 7, job build' });
    expect(lines).toEqual(['20001', '20002', '']);
    expect(files()).toEqual([expect.stringMatching(RegExp(`^${process.pid}-[a-z0-9]+$`))]);
  });

  test('is one for each step, and none for a step that claims nothing', () => {
    const { files, step } = setUp();
    const leases = step();
    leases.look();
    leases.withdraw([]);
    leases.release();
    expect(files()).toEqual([]);
    for (let i = 0; i < 5; i++) leases.claim([20001 + i]);
    step().claim([20010]);
    expect(files()).toHaveLength(2);
  });

  onUnix.test('can be read by all, and written by its user, whatever the umask', () => {
    const { directory, files, step } = setUp();
    vi.mocked(openSync).mockImplementation(((...given: Parameters<typeof openSync>) => {
      const fd = fs.openSync(...given);
      if (given[2] !== undefined) fchmodSync(fd, 0o600);
      return fd;
    }) as typeof openSync);
    const leases = step();
    leases.claim([20001]);
    const mode = (path: string) => statSync(path).mode & 0o7777;
    expect(mode(directory)).toBe(0o755);
    expect(mode(join(directory, `${files()}`))).toBe(0o644);
    chmodSync(directory, 0o700);
    step();
    expect(mode(directory)).toBe(0o755);
  });

  test('is no file that was there before', () => {
    const { directory, step, text } = setUp();
    const leases = step();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    writeFileSync(join(directory, `${process.pid}-i`), "another's\n");
    leases.claim([20001]);
    expect(leases.recordProblem).toContain('EEXIST');
    leases.release();
    expect(text()).toBe("another's\n");
  });

  test('of a job that has ended does not count, and is deleted', async () => {
    const { directory, files, step } = setUp();
    const leases = step();
    const pid = await endedProcess();
    writeFileSync(join(directory, '1-a'), record([20001], { pid }));
    leases.look();
    expect(leases.ownerOf(20001)).toBeUndefined();
    expect(files()).toEqual([]);
  });

  test('of a job that has ended since it was looked at counts until the next whole look', () => {
    const { step } = setUp();
    step('other').claim([20001]);
    const leases = step();
    leases.look();
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw systemError('ESRCH');
    });
    leases.claim([20002]);
    expect(leases.ownerOf(20001)).toBe('other');
    leases.look();
    expect(leases.ownerOf(20001)).toBeUndefined();
  });
});

describe('where claims cannot be written', () => {
  const warned = (leases: Leases, problem: string) => {
    expect(leases.recordProblem).toContain(problem);
    expect(leases.lookProblem).toBeUndefined();
    // The step goes on without.
    leases.claim([20002]);
    leases.withdraw([20002]);
    leases.look();
    leases.release();
    expect(leases.recordProblem).toContain(problem);
    expect(leases.lookProblem).toBeUndefined();
  };

  test('on a disk that is read-only, say, that is told, and others are looked at all the same', () => {
    const { files, step } = setUp();
    step('other').claim([20003]);
    const leases = step();
    vi.mocked(openSync).mockImplementation(((...given: Parameters<typeof openSync>) => {
      if (given[2] !== undefined) throw systemError('EROFS');
      return fs.openSync(...given);
    }) as typeof openSync);
    leases.claim([20001]);
    warned(leases, 'EROFS');
    expect(leases.ownerOf(20003)).toBe('other');
    expect(files()).toHaveLength(1);
  });

  test('since no directory can be made, that is told', () => {
    const { root, step } = setUp();
    vi.mocked(mkdirSync).mockImplementationOnce(() => {
      throw systemError('EROFS');
    });
    warned(step(), 'EROFS');
    expect(readdirSync(root)).toEqual([]);
  });

  test('whole, nothing is written after half a line', () => {
    const { step, text } = setUp();
    const leases = step();
    leases.claim([20001]);
    vi.mocked(writeSync).mockImplementationOnce(((fd: number, bytes: Buffer) =>
      fs.writeSync(fd, bytes, 0, 8)) as typeof writeSync);
    leases.claim([20002, 20003]);
    expect(leases.recordProblem).toMatch(/cannot grow$/);
    leases.claim([20004]);
    leases.withdraw([20001]);
    expect(text().split('\n').slice(1)).toEqual(['20001', '20002', '20']);
    const other = step();
    other.look();
    const seen = [20001, 20002, 20003, 20].map((port) => other.ownerOf(port));
    expect(seen).toEqual(['me', 'me', undefined, undefined]);
    warned(leases, 'cannot grow');
  });

  test('since the record is full, that is told', () => {
    const { step, text } = setUp();
    const leases = step();
    const ports = Array.from({ length: 1000 }, (_, i) => 20_000 + i);
    for (let i = 0; i < 43; i++) leases.claim(ports);
    expect(leases.recordProblem).toBeUndefined();
    leases.claim(ports);
    expect(leases.recordProblem).toBe('Error: the record is full');
    leases.claim([1]);
    expect(text().length).toBeLessThan(256 * 1024);
    expect(text()).not.toMatch(/^1$/m);
  });

  test('a new record has room', () => {
    const { step } = setUp();
    const leases = step();
    const ports = Array.from({ length: 40_000 }, (_, i) => 20_000 + i);
    for (let i = 0; i < 3; i++) {
      leases.claim(ports);
      leases.release();
    }
    expect(leases.recordProblem).toBeUndefined();
  });

  test('since somebody has deleted the record, that is told', () => {
    for (const notice of [
      (leases: Leases) => leases.claim([20002]),
      (leases: Leases) => leases.withdraw([20001]),
      (leases: Leases) => leases.look(),
    ]) {
      const { directory, files, step } = setUp();
      const leases = step();
      leases.claim([20001]);
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
  ] as const)('since %s is in place of the directory, that is told', (_, plant) => {
    const { directory, root, step } = setUp();
    plant(directory, root);
    const leases = step();
    leases.claim([20001]);
    expect(leases.recordProblem).toContain(`${directory} is not a directory of this user's`);
    warned(leases, directory);
    expect(leases.summary).toBe(`Leases are in ${root}: others have 0 ports.`);
    expect(readdirSync(root)).toHaveLength(1);
  });

  onUnix.test("since the directory is another user's, that is told", () => {
    const { directory, files, step } = setUp();
    mkdirSync(directory);
    vi.mocked(lstatSync).mockImplementation(((path: string, options: object) =>
      Object.assign(fs.lstatSync(path, options) as object, {
        uid: anotherUser,
      })) as typeof lstatSync);
    const leases = step();
    leases.claim([20001]);
    warned(leases, directory);
    expect(files()).toEqual([]);
  });

  test('since there is no directory to share, that is told', () => {
    const leases = new Leases('me', join(temporaryDirectory(), 'none'));
    expect(leases.recordProblem).toContain('ENOENT');
    expect(leases.lookProblem).toBeUndefined();
    leases.look();
    expect(leases.lookProblem).toContain('ENOENT');
  });

  test('since the user has no name, that is told, and others are looked at all the same', () => {
    const { root } = setUp();
    pretendToBe('win32');
    mkdirSync(join(root, 'find-unused-port-other'));
    writeFileSync(join(root, 'find-unused-port-other', '1-a'), record([20001], { pid: 0 }));
    vi.mocked(userInfo).mockImplementation(() => {
      throw systemError('ERR_SYSTEM_ERROR');
    });
    const leases = new Leases('me', root);
    leases.claim([20002]);
    warned(leases, 'ERR_SYSTEM_ERROR');
    expect(leases.ownerOf(20001)).toBe('somebody');
  });
});

describe('where others cannot be looked at, that is told, and claims are written:', () => {
  test('the shared directory', () => {
    const { root, step } = setUp();
    const other = step('other');
    const leases = step();
    refuse('readdirSync', root, 'EACCES');
    leases.look();
    leases.claim([20001]);
    expect(leases.lookProblem).toContain('EACCES');
    expect(leases.recordProblem).toBeUndefined();
    vi.mocked(readdirSync).mockImplementation(fs.readdirSync);
    other.look();
    expect(other.ownerOf(20001)).toBe('me');
    // What was missed once stays missed.
    leases.look();
    expect(leases.lookProblem).toContain('EACCES');
  });

  test('what was known before stays known, and a later look finds the rest', () => {
    const { directory, step } = setUp();
    const other = step('other');
    other.claim([20001]);
    const leases = step();
    leases.look();
    refuse('readdirSync', directory, 'EACCES');
    other.claim([20002]);
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port))).toEqual(['other', undefined]);
    vi.mocked(readdirSync).mockImplementation(fs.readdirSync);
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port))).toEqual(['other', 'other']);
  });

  test("this user's", () => {
    const { directory, root, step } = setUp();
    const leases = step();
    neighbour(root, record([20003]));
    refuse('readdirSync', directory, 'EACCES');
    leases.claim([20001]);
    expect(leases.lookProblem).toContain('EACCES');
    expect(leases.recordProblem).toBeUndefined();
    leases.look();
    expect(leases.lookProblem).toContain('EACCES');
    vi.mocked(readdirSync).mockImplementation(fs.readdirSync);
    const other = step();
    other.look();
    expect(other.ownerOf(20001)).toBe('me');
  });
});

onUnix.describe('what another user has claimed', () => {
  test('counts after a look, and still does when more is claimed', () => {
    const { root, step } = setUp();
    const leases = step();
    neighbour(root, record([20001]), record([20002], { owner: 'another' }));
    leases.claim([20003]);
    expect(leases.ownerOf(20001)).toBeUndefined();
    leases.look();
    leases.claim([20004]);
    const owners = [20001, 20002, 20003].map((port) => leases.ownerOf(port));
    expect(owners).toEqual(['somebody', 'another', undefined]);
  });

  test('no longer counts when it is withdrawn', () => {
    const { root, step } = setUp();
    const directory = neighbour(root, record([20001, 20002]));
    const leases = step();
    leases.look();
    writeFileSync(join(directory, '0-a'), '-20001\n', { flag: 'a' });
    leases.look();
    expect([20001, 20002].map((port) => leases.ownerOf(port))).toEqual([undefined, 'somebody']);
  });

  test('is free when the job has ended, and its record is left to that user', async () => {
    const { root, step } = setUp();
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    onTestFinished(() => {
      child.kill();
    });
    const directory = neighbour(root, record([20001], { pid: child.pid, started: '' }));
    const leases = step();
    leases.look();
    expect(leases.ownerOf(20001)).toBe('somebody');
    child.kill();
    await once(child, 'exit');
    leases.look();
    expect(leases.ownerOf(20001)).toBeUndefined();
    expect(fs.readdirSync(directory)).toHaveLength(1);
  });

  test('counts whatever another has closed to us', () => {
    const { root, step } = setUp();
    const leases = step();
    const [closed, open] = [anotherUser, anotherUser + 1].map((uid) => {
      const directory = join(root, `find-unused-port-${uid}`);
      mkdirSync(directory);
      writeFileSync(join(directory, '1-a'), record([uid]));
      return directory;
    });
    vi.mocked(lstatSync).mockImplementation(((path: string, options: object) => {
      const status = fs.lstatSync(path, options);
      const uid = { [`${closed}`]: anotherUser, [`${open}`]: anotherUser + 1 }[path];
      return uid === undefined ? status : Object.assign(status as object, { uid });
    }) as typeof lstatSync);
    refuse('readdirSync', `${closed}`, 'EACCES');
    leases.look();
    expect(leases.ownerOf(anotherUser)).toBeUndefined();
    expect(leases.ownerOf(anotherUser + 1)).toBe('somebody');
  });

  test('is kept from us by nobody but that user', () => {
    const { root, step } = setUp();
    const leases = step();
    refuse('readdirSync', neighbour(root, record([20001])), 'EACCES');
    leases.look();
    expect(leases.ownerOf(20001)).toBeUndefined();
    expect(leases.lookProblem).toBeUndefined();
    refuse('readdirSync', 'nothing', 'EACCES');
    leases.look();
    expect(leases.ownerOf(20001)).toBe('somebody');
  });

  test('is not missed for want of a file descriptor', () => {
    const { root, step } = setUp();
    const leases = step();
    refuse('readdirSync', neighbour(root, record([20001])), 'ENFILE');
    expect(() => leases.look()).toThrow('ENFILE');
  });

  needs({ root: isRoot, 'all user numbers': hasAllUsers }).test(
    "counts if the directory really is that user's",
    () => {
      const { root, step } = setUp();
      const directory = join(root, `find-unused-port-${anotherUser}`);
      mkdirSync(directory);
      writeFileSync(join(directory, '1-a'), record([20001]));
      const leases = step();
      leases.look();
      expect(leases.ownerOf(20001)).toBeUndefined();
      chownSync(directory, anotherUser, anotherUser);
      leases.look();
      expect(leases.ownerOf(20001)).toBe('somebody');
    },
  );
});

withPrlimit.test('without a file descriptor nothing is taken for unleased', async () => {
  const { root, step } = setUp();
  step('first').claim([20001]);
  const second = step('second');
  second.claim([20002]);
  await withoutDescriptors(() => {
    expect(() => second.look()).toThrow('EMFILE');
    expect(() => second.claim([20001])).toThrow('EMFILE');
    expect(() => second.withdraw([20002])).toThrow('EMFILE');
    expect(() => new Leases('third', root).look()).toThrow('EMFILE');
    expect(() => new Leases('third', root).claim([20001])).toThrow('EMFILE');
  });
  expect(second.recordProblem).toBeUndefined();
  expect(second.lookProblem).toBeUndefined();
  second.claim([20001]);
  expect(second.ownerOf(20001)).toBe('first');
});

test('on Windows a user is one, however the name is written', () => {
  const { root } = setUp();
  pretendToBe('win32');
  const named = (username: string) => {
    vi.mocked(userInfo).mockReturnValue({ username } as ReturnType<typeof userInfo>);
    return new Leases(username, root);
  };
  const first = named('Runner');
  const second = named('RUNNER');
  const third = named('other');
  first.claim([20001]);
  second.claim([20001]);
  expect(second.ownerOf(20001)).toBe('Runner');
  second.withdraw([20001]);
  first.look();
  expect(first.ownerOf(20001)).toBeUndefined();
  third.claim([20001]);
  expect(third.ownerOf(20001)).toBeUndefined();
  third.look();
  expect(third.ownerOf(20001)).toBe('Runner');
  expect(readdirSync(root).toSorted()).toEqual([
    'find-unused-port-other',
    'find-unused-port-runner',
  ]);
});
