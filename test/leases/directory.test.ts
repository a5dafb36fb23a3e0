import {
  appendFileSync,
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Directory } from '../../src/leases/directory.ts';
import {
  inMemory,
  onUnix,
  onUnixWithoutPrivileges,
  systemError,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';
import { endedProcess, job, record } from './support.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    lstatSync: vi.fn(fs.lstatSync),
    openSync: vi.fn(fs.openSync),
    rmSync: vi.fn(fs.rmSync),
  };
});

const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
const day = 24 * 60 * 60;

/** A job that nobody can tell from an ended one but by its age: its process is in another namespace. */
const elsewhere = { pid: 1, pidNamespace: 'another', acquiredAt: job().acquiredAt };
const forgotten = { ...elsewhere, acquiredAt: -day };

afterEach(() => {
  vi.mocked(openSync).mockImplementation(fs.openSync);
  vi.mocked(rmSync).mockImplementation(fs.rmSync);
  vi.mocked(lstatSync).mockImplementation(fs.lstatSync);
});

function setUp({ own = true } = {}) {
  const path = temporaryDirectory(inMemory);
  const directory = new Directory(path, own, job());
  return {
    path,
    write: (name: string, text = record([20001])) => writeFileSync(join(path, name), text),
    age: (name: string, seconds: number) => {
      const then = Date.now() / 1000 - seconds;
      utimesSync(join(path, name), then, then);
    },
    /** The numbers that others claim, after another look. */
    look: ({ except, judgeAgain = true }: { except?: string; judgeAgain?: boolean } = {}) => {
      directory.look(except && `${path}/${except}`, judgeAgain);
      return [...directory.living].flatMap(({ ports }) => [...ports]).toSorted();
    },
    files: () => readdirSync(path).toSorted(),
  };
}

describe('a look', () => {
  test('finds what living jobs claim', () => {
    const { look, write } = setUp();
    expect(look()).toEqual([]);
    write('1-a', record([20001, 20002]));
    write('2-b0', record([20003]));
    expect(look()).toEqual([20001, 20002, 20003]);
  });

  test('finds what was added since the last one, and no longer what was deleted', () => {
    const { look, path, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    look();
    appendFileSync(join(path, '1-a'), '20003\n-20001\n');
    write('3-c', record([20004]));
    rmSync(join(path, '2-b'));
    expect(look({ judgeAgain: false })).toEqual([20003, 20004]);
    expect(look()).toEqual([20003, 20004]);
  });

  test('reads only what is new', () => {
    const { look, path, write } = setUp();
    write('1-a');
    look();
    const file = `${path}/1-a`;
    vi.mocked(openSync).mockClear();
    expect(look()).toEqual([20001]);
    expect(openSync).not.toHaveBeenCalledWith(file, expect.anything());
    appendFileSync(file, '20002\n');
    vi.mocked(openSync).mockClear();
    expect(look()).toEqual([20001, 20002]);
    expect(openSync).toHaveBeenCalledWith(file, expect.anything());
  });

  test("leaves out this step's own record", () => {
    const { look, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    expect(look({ except: '1-a' })).toEqual([20002]);
    expect(look({ except: '2-b' })).toEqual([20001]);
  });

  test('asks again whether a job lives, if it is to', async () => {
    const { look, write } = setUp({ own: false });
    const kill = vi.spyOn(process, 'kill');
    write('1-a', record([20001], { pid: process.pid, started: '' }));
    expect(look()).toEqual([20001]);
    kill.mockImplementation(() => {
      throw systemError('ESRCH');
    });
    expect(look({ judgeAgain: false })).toEqual([20001]);
    expect(look({ judgeAgain: true })).toEqual([]);
    kill.mockRestore();
  });

  test('asks of a job that is new to it whether it lives', async () => {
    const { look, write } = setUp();
    look();
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002]));
    expect(look({ judgeAgain: false })).toEqual([20002]);
  });

  test('counts a record from its first whole line on', () => {
    const { look, path, write } = setUp();
    const text = record([20001]);
    write('1-a', text.slice(0, 30));
    expect(look()).toEqual([]);
    appendFileSync(join(path, '1-a'), text.slice(30));
    expect(look({ judgeAgain: false })).toEqual([20001]);
  });

  test('leaves alone what has no name of ours', () => {
    const { age, files, look, write } = setUp();
    const names = ['a', '1', '1-', '-a', '1-A', '1-a.b', 'x1-a', '1-a x', '20001.tcp', '.1-a'];
    for (const name of names) {
      write(name);
      age(name, 30 * day);
    }
    expect(look()).toEqual([]);
    expect(files()).toEqual(names.toSorted());
  });

  onUnix.test('leaves alone what is no file', () => {
    const { files, look, path } = setUp();
    const target = join(temporaryDirectory(), 'target');
    writeFileSync(target, record([20001]));
    mkdirSync(join(path, '1-a'));
    symlinkSync(target, join(path, '2-b'));
    symlinkSync('nowhere', join(path, '3-c'));
    vi.mocked(openSync).mockClear();
    expect(look()).toEqual([]);
    expect(openSync).not.toHaveBeenCalled();
    expect(files()).toEqual(['1-a', '2-b', '3-c']);
  });

  test('returns whether anything new was read', () => {
    const path = temporaryDirectory();
    const directory = new Directory(path, true, job());
    const file = join(path, '1-a');
    writeFileSync(file, record([20001]));
    expect(directory.look(undefined, true)).toBe(true);
    expect(directory.look(undefined, false)).toBe(false);
    appendFileSync(file, '20002\n');
    expect(directory.look(undefined, false)).toBe(true);
    const other = join(path, '2-b');
    for (const name of [file, other]) appendFileSync(name, '20003\n');
    vi.mocked(openSync).mockImplementation(((name: string, flags: number) => {
      if (name === other) throw systemError('EBUSY');
      return fs.openSync(name, flags);
    }) as typeof openSync);
    expect(directory.look(undefined, false)).toBe(true);
    vi.mocked(openSync).mockImplementation(fs.openSync);
    rmSync(other);
    appendFileSync(file, '20003\n');
    vi.mocked(openSync).mockImplementation(() => {
      throw systemError('EBUSY');
    });
    expect(directory.look(undefined, false)).toBe(false);
  });

  test('passes on that there is no directory', () => {
    const directory = new Directory(join(temporaryDirectory(), 'none'), true, job());
    expect(() => directory.look(undefined, true)).toThrow('ENOENT');
  });
});

describe('a record that cannot be read', () => {
  test('costs nothing but itself, and is read at the next look', () => {
    const { files, look, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    vi.mocked(openSync).mockImplementation(((path: string, flags: number) => {
      if (path.endsWith('1-a')) throw systemError('EBUSY');
      return fs.openSync(path, flags);
    }) as typeof openSync);
    expect(look()).toEqual([20002]);
    expect(files()).toEqual(['1-a', '2-b']);
    vi.mocked(openSync).mockImplementation(fs.openSync);
    expect(look({ judgeAgain: false })).toEqual([20001, 20002]);
  });

  test('is passed over if it is gone by the time it is looked at', () => {
    const { look, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    vi.mocked(lstatSync).mockImplementation(((file: string, options: object) => {
      if (file.endsWith('1-a')) throw systemError('ENOENT');
      return fs.lstatSync(file, options);
    }) as typeof lstatSync);
    expect(look()).toEqual([20002]);
  });

  test('is not read if it is gone by then', () => {
    const { look, path, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    vi.mocked(lstatSync).mockImplementation(((file: string, options: object) => {
      const status = fs.lstatSync(file, options);
      if (file.endsWith('1-a')) rmSync(join(path, '1-a'));
      return status;
    }) as typeof lstatSync);
    expect(look()).toEqual([20002]);
  });

  onUnixWithoutPrivileges.test('may be closed to us', () => {
    const { look, path, write } = setUp();
    write('1-a', record([20001]));
    chmodSync(join(path, '1-a'), 0);
    expect(look()).toEqual([]);
    chmodSync(join(path, '1-a'), 0o644);
    expect(look()).toEqual([20001]);
  });

  test.each(['EMFILE', 'ENFILE'])('for want of a file descriptor ends the look: %s', (code) => {
    const { look, write } = setUp();
    write('1-a');
    vi.mocked(openSync).mockImplementation(() => {
      throw systemError(code);
    });
    expect(() => look()).toThrow(code);
    vi.mocked(openSync).mockImplementation(fs.openSync);
    expect(look()).toEqual([20001]);
  });

  withPrlimit.test('a directory cannot be listed without a file descriptor', async () => {
    const { look, write } = setUp();
    write('1-a');
    await withoutDescriptors(() => {
      expect(() => look()).toThrow('EMFILE');
    });
    expect(look()).toEqual([20001]);
  });
});

describe('what a job of this user has left', () => {
  test('is deleted when the job has ended', async () => {
    const { files, look, write } = setUp();
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002]));
    write('3-c', record([20003], { bootId: 'an earlier boot' }));
    expect(look()).toEqual([20002]);
    // Only Linux tells one boot from the next.
    expect(files()).toEqual(job().bootId === '' ? ['2-b', '3-c'] : ['2-b']);
  });

  test('stays while the job lives, however old it is', () => {
    const { age, files, look, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002], elsewhere));
    for (const name of files()) age(name, 30 * day);
    expect(look()).toEqual([20001, 20002]);
    expect(files()).toEqual(['1-a', '2-b']);
  });

  test('goes after five days where nobody can tell', () => {
    const { age, files, look, write } = setUp();
    write('1-a', record([20001], forgotten));
    write('2-b', 'garbage\n20001\n');
    write('3-c', '');
    for (const name of files()) age(name, 5 * day - 60);
    expect(look()).toEqual([]);
    expect(files()).toEqual(['1-a', '2-b', '3-c']);
    for (const name of files()) age(name, 5 * day + 60);
    expect(look({ judgeAgain: false })).toEqual([]);
    expect(files()).toEqual([]);
  });

  test('is left where it cannot be deleted', async () => {
    const { files, look, write } = setUp();
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002]));
    vi.mocked(rmSync).mockImplementation(() => {
      throw systemError('EBUSY');
    });
    expect(look()).toEqual([20002]);
    expect(files()).toEqual(['1-a', '2-b']);
    vi.mocked(rmSync).mockImplementation(fs.rmSync);
    expect(look({ judgeAgain: false })).toEqual([20002]);
    expect(files()).toEqual(['2-b']);
  });

  test('may have been deleted by another step meanwhile', async () => {
    const { files, look, write } = setUp();
    write('1-a', record([20001], { pid: await endedProcess() }));
    vi.mocked(rmSync).mockImplementationOnce((file, options) => {
      fs.rmSync(file);
      fs.rmSync(file, options);
    });
    expect(look()).toEqual([]);
    expect(files()).toEqual([]);
  });
});

describe('in the directory of another user', () => {
  test('nothing is deleted', async () => {
    const { age, files, look, write } = setUp({ own: false });
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002], forgotten));
    write('3-c', 'garbage\n');
    write('4-d', record([20004]));
    for (const name of files()) age(name, 30 * day);
    expect(look()).toEqual([20004]);
    expect(files()).toEqual(['1-a', '2-b', '3-c', '4-d']);
  });

  test("nobody looks for a job's directory", () => {
    const { look, write } = setUp({ own: false });
    const temp = join(temporaryDirectory(), 'gone');
    write('1-a', record([20001], { temp }));
    expect(look()).toEqual([20001]);
    const own = setUp();
    own.write('1-a', record([20001], { temp }));
    expect(own.look()).toEqual([]);
  });

  test('a thousand records are looked at; in its own, all', () => {
    for (const [own, expected] of [
      [false, 1000],
      [true, 1010],
    ] as const) {
      const { look, write } = setUp({ own });
      for (let i = 0; i < 1010; i++) write(`${i}-a`, record([i], { pid: 0 }));
      expect(look()).toHaveLength(expected);
      expect(look({ judgeAgain: false })).toHaveLength(expected);
    }
  });

  test('a thousand names are looked at, whatever they are', () => {
    const { look, path } = setUp({ own: false });
    for (let i = 0; i < 1010; i++) mkdirSync(join(path, `${i}-a`));
    vi.mocked(lstatSync).mockClear();
    expect(look()).toEqual([]);
    expect(lstatSync).toHaveBeenCalledTimes(1000);
  });

  test('a mebibyte is read in all; in its own, everything', () => {
    const half = record([]) + 'x\n'.repeat(300_000);
    const beginning = half.slice(0, 512 * 1024 - 7);
    for (const own of [false, true]) {
      const { look, path, write } = setUp({ own });
      write('1-a', `${beginning}\n20001\n`);
      write('2-b', `${beginning}\n20002\n`);
      expect(look()).toEqual([20001, 20002]);
      appendFileSync(join(path, '1-a'), '20003\n');
      appendFileSync(join(path, '2-b'), '20004\n');
      write('3-c', record([20005]));
      expect(look()).toEqual(own ? [20001, 20002, 20003, 20004, 20005] : [20001, 20002]);
    }
  });

  test('what was read before counts once', () => {
    const { look, path, write } = setUp({ own: false });
    write('1-a', record([20001]) + 'x\n'.repeat(300_000));
    expect(look()).toEqual([20001]);
    for (const port of [20002, 20003]) {
      appendFileSync(join(path, '1-a'), `${port}\n`);
      expect(look()).toContain(port);
    }
  });

  test('no more than a mebibyte is read, even of one record', () => {
    const long = (record([]) + 'x\n'.repeat(600_000)).slice(0, 1024 * 1024 - 7);
    const { look, write } = setUp({ own: false });
    write('1-a', `${long}\n20001\n20002\n`);
    expect(look()).toEqual([20001]);
    expect(look()).toEqual([20001]);
  });

  test('no file stays open', () => {
    const { look, path, write } = setUp({ own: false });
    write('1-a');
    const nextDescriptor = () => {
      const fd = openSync(join(path, '1-a'), 'r');
      closeSync(fd);
      return fd;
    };
    const before = nextDescriptor();
    for (let i = 0; i < 100; i++) look();
    expect(nextDescriptor() - before).toBeLessThan(50);
  });
});
