import { spawnSync } from 'node:child_process';
import fs, {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Budget, Directory } from '../../src/leases/directory.ts';
import { Witness } from '../../src/leases/witness.ts';
import {
  inMemory,
  onUnix,
  onUnixWithoutPrivileges,
  spyOn,
  systemError,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';
import { endedProcess, job, record, refuse, replace } from './support.ts';

const day = 24 * 60 * 60;

/** A job in another pid namespace: only its age is known. */
const elsewhere = { pidNamespace: 'another', started: undefined };
const forgotten = { ...elsewhere, acquiredAt: job().acquiredAt - day };

function setUp({ isOwn = true } = {}) {
  const path = temporaryDirectory(inMemory);
  const witness = new Witness();
  const directory = new Directory(path, isOwn, { here: job(), witness });
  const look = (except?: string, budget: Budget = { entries: 1e6, bytes: 1e9 }) =>
    directory.look(except && `${path}/${except}`, budget);
  return {
    path,
    witness,
    look,
    write: (name: string, text = record([20001])) => writeFileSync(join(path, name), text),
    age: (name: string, seconds: number) => {
      const then = Date.now() / 1000 - seconds;
      utimesSync(join(path, name), then, then);
    },
    /** The ports that others claim, after another look. */
    ports: (...given: Parameters<typeof look>) => {
      look(...given);
      return [...directory.living].flatMap(({ ports }) => [...ports]).toSorted();
    },
    files: () => readdirSync(path).toSorted(),
  };
}

describe('looks', () => {
  test('a look finds the ports that living jobs claim', () => {
    const { ports, write } = setUp();
    expect(ports()).toEqual([]);
    write('1-a', record([20001, 20002]));
    write('2-b0', record([20003]));
    expect(ports()).toEqual([20001, 20002, 20003]);
  });

  test('a look sees added and deleted records, and new lines', () => {
    const { path, ports, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    ports();
    appendFileSync(join(path, '1-a'), '20003\n-20001\n');
    write('3-c', record([20004]));
    rmSync(join(path, '2-b'));
    expect(ports()).toEqual([20003, 20004]);
  });

  test("a look leaves out this step's own record", () => {
    const { ports, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002]));
    expect(ports('1-a')).toEqual([20002]);
    expect(ports('2-b')).toEqual([20001]);
  });

  test('a look checks known jobs again only if asked to', () => {
    const { ports, witness, write } = setUp({ isOwn: false });
    write('1-a', record([20001], { pid: process.pid, started: undefined }));
    expect(ports()).toEqual([20001]);
    spyOn(process, 'kill').mockThrow(systemError('ESRCH'));
    expect(ports()).toEqual([20001]);
    witness.forget();
    expect(ports()).toEqual([]);
  });

  test('a look asks about a job once, however many steps it has had', async () => {
    const { ports, write } = setUp();
    for (let i = 0; i < 50; i++) write(`${i}-a`, record([20001 + i]));
    const kill = spyOn(process, 'kill');
    expect(ports()).toHaveLength(50);
    write('50-a', record([20051]));
    expect(ports()).toHaveLength(51);
    expect(kill).toHaveBeenCalledTimes(1);
  });

  test('a record does not count until its header is complete', () => {
    const { path, ports, write } = setUp();
    const text = record([20001]);
    write('1-a', text.slice(0, 30));
    expect(ports()).toEqual([]);
    appendFileSync(join(path, '1-a'), text.slice(30));
    expect(ports()).toEqual([20001]);
  });

  test('files with other names are left alone', () => {
    const { age, files, ports, write } = setUp();
    const names = ['a', '1', '1-', '-a', '1-A', '1-a.b', 'x1-a', '1-a x', '20001.tcp', '.1-a'];
    for (const name of names) {
      write(name);
      age(name, 30 * day);
    }
    expect(ports()).toEqual([]);
    expect(files()).toEqual(names.toSorted());
  });

  onUnix.test('directories, links and pipes are left alone', () => {
    const { files, path, ports } = setUp();
    const target = join(temporaryDirectory(), 'target');
    writeFileSync(target, record([20001]));
    mkdirSync(join(path, '1-a'));
    symlinkSync(target, join(path, '2-b'));
    symlinkSync('nowhere', join(path, '3-c'));
    spawnSync('mkfifo', [join(path, '4-d')]);
    const open = spyOn(fs, 'openSync');
    expect(ports()).toEqual([]);
    expect(open).not.toHaveBeenCalled();
    expect(files()).toEqual(['1-a', '2-b', '3-c', '4-d']);
  });

  onUnix.test('a link in place of a record is not followed', () => {
    const { ports, write } = setUp();
    const target = join(temporaryDirectory(), 'target');
    writeFileSync(target, record([20001]));
    write('1-a');
    replace('lstatSync', (lstat) => (file: string, options: object) => {
      const status = lstat(file, options);
      if (file.endsWith('1-a')) {
        // Not rmSync: it would call this function again.
        unlinkSync(file);
        symlinkSync(target, file);
      }
      return status;
    });
    expect(ports()).toEqual([]);
  });

  // A process that waits for a pipe cannot even end its test, so it is another one.
  onUnix.test('a pipe in place of a record is not waited for', () => {
    const { path, write } = setUp();
    write('1-a');
    const script = `
      import { spawnSync } from 'node:child_process';
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { lstatSync } = fs;
      fs.lstatSync = (file, options) => {
        const status = lstatSync(file, options);
        if (String(file).endsWith('1-a')) {
          fs.unlinkSync(file);
          spawnSync('mkfifo', [file]);
        }
        return status;
      };
      syncBuiltinESMExports();
      const { Directory } = await import('./directory.ts');
      const { currentJob } = await import('./job.ts');
      const { Witness } = await import('./witness.ts');
      const viewpoint = { here: currentJob(), witness: new Witness() };
      const directory = new Directory(process.env.RECORDS, false, viewpoint);
      const result = directory.look(undefined, { entries: 10, bytes: 1000 });
      console.log(JSON.stringify({ ...result, living: directory.living.size }));
      console.log(lstatSync(process.env.RECORDS + '/1-a').isFIFO());`;
    const { stdout, stderr, signal } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        cwd: join(import.meta.dirname, '..', '..', 'src', 'leases'),
        encoding: 'utf8',
        env: { ...process.env, NODE_NO_WARNINGS: '1', RECORDS: path },
        killSignal: 'SIGKILL',
        timeout: 60_000,
      },
    );
    expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
    expect(stdout).toBe('{"hasChanged":false,"living":0}\ntrue\n');
  });

  test('a look reports whether the living records may have changed', () => {
    const { look, path, write } = setUp();
    expect(look().hasChanged).toBe(false);
    write('1-a');
    expect(look().hasChanged).toBe(true);
    expect(look().hasChanged).toBe(false);
    appendFileSync(join(path, '1-a'), '20002\n');
    expect(look().hasChanged).toBe(true);
    rmSync(join(path, '1-a'));
    expect(look().hasChanged).toBe(true);
    expect(look().hasChanged).toBe(false);
  });

  test('a look fails if the directory is missing', () => {
    const viewpoint = { here: job(), witness: new Witness() };
    const directory = new Directory(join(temporaryDirectory(), 'none'), true, viewpoint);
    expect(() => directory.look(undefined, { entries: 1, bytes: 1 })).toThrow('ENOENT');
  });

  test('a look leaves no file open', () => {
    const { look, path, write } = setUp();
    write('1-a');
    const nextDescriptor = () => {
      const fd = openSync(join(path, '1-a'), 'r');
      closeSync(fd);
      return fd;
    };
    const before = nextDescriptor();
    for (let i = 0; i < 100; i++) {
      write(`2-${i}`);
      look();
    }
    expect(nextDescriptor() - before).toBeLessThan(50);
  });
});

describe('unreadable records', () => {
  test.each(['openSync', 'lstatSync'] as const)(
    "a record is read at the next look if %s fails; in this user's directory that is a problem",
    (name) => {
      for (const isOwn of [true, false]) {
        const { files, look, ports, write } = setUp({ isOwn });
        write('1-a', record([20001]));
        write('2-b', record([20002]));
        const refusal = refuse(name, '1-a', 'EIO');
        expect(look().problem).toEqual(isOwn ? expect.stringContaining('EIO') : undefined);
        expect(ports()).toEqual([20002]);
        expect(files()).toEqual(['1-a', '2-b']);
        refusal.mockReset();
        expect(look().problem).toBeUndefined();
        expect(ports()).toEqual([20001, 20002]);
      }
    },
  );

  test('a record that becomes unreadable counts as far as it was read', () => {
    const { look, path, ports, write } = setUp();
    write('1-a', record([20001]));
    ports();
    appendFileSync(join(path, '1-a'), '20002\n');
    refuse('openSync', '1-a', 'ESTALE');
    expect(look().problem).toContain('ESTALE');
    expect(ports()).toEqual([20001]);
    refuse('lstatSync', '1-a', 'ESTALE');
    expect(ports()).toEqual([20001]);
  });

  test.each(['openSync', 'lstatSync'] as const)(
    'a record that is deleted before %s does not count, which is no problem',
    (name) => {
      const { look, ports, write } = setUp();
      write('1-a', record([20001]));
      write('2-b', record([20002]));
      refuse(name, '1-a', 'ENOENT');
      expect(look().problem).toBeUndefined();
      expect(ports()).toEqual([20002]);
    },
  );

  onUnixWithoutPrivileges.test('a record that this user may not read is a problem', () => {
    const { look, path, ports, write } = setUp();
    write('1-a', record([20001]));
    chmodSync(join(path, '1-a'), 0);
    expect(look().problem).toContain('EACCES');
    chmodSync(join(path, '1-a'), 0o644);
    expect(ports()).toEqual([20001]);
  });

  test.each(['EMFILE', 'ENFILE'])(
    'a look fails if no file descriptor is left to read a record: %s',
    (code) => {
      const { look, ports, write } = setUp();
      write('1-a');
      const refusal = refuse('openSync', '', code);
      expect(() => look()).toThrow(code);
      refusal.mockReset();
      expect(ports()).toEqual([20001]);
    },
  );

  withPrlimit.test('a look fails if no file descriptor is left to list the directory', async () => {
    const { look, ports, write } = setUp();
    write('1-a');
    await withoutDescriptors(() => {
      expect(() => look()).toThrow('EMFILE');
    });
    expect(ports()).toEqual([20001]);
  });
});

describe("records of this user's ended jobs", () => {
  test("an ended job's record is deleted", async () => {
    const { files, ports, write } = setUp();
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002]));
    write('3-c', record([20003], { bootId: 'an earlier boot', started: undefined }));
    ports();
    // Only Linux has a boot id.
    expect(files()).toEqual(job().bootId === undefined ? ['2-b', '3-c'] : ['2-b']);
  });

  test('a record is kept while its job lives, however old it is', () => {
    const { age, files, ports, write } = setUp();
    write('1-a', record([20001]));
    write('2-b', record([20002], elsewhere));
    for (const name of files()) age(name, 30 * day);
    expect(ports()).toEqual([20001, 20002]);
    expect(files()).toEqual(['1-a', '2-b']);
  });

  test('a record is deleted after five days if its job is unknown', () => {
    const { age, files, ports, write } = setUp();
    write('1-a', record([20001], forgotten));
    write('2-b', 'garbage\n20001\n');
    write('3-c', '');
    for (const name of files()) age(name, 5 * day - 60);
    expect(ports()).toEqual([]);
    expect(files()).toEqual(['1-a', '2-b', '3-c']);
    vi.useFakeTimers({ toFake: ['Date'], now: 1e12 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    for (const name of files()) age(name, 5 * day);
    expect(ports()).toEqual([]);
    expect(files()).toEqual(['1-a', '2-b', '3-c']);
    for (const name of files()) age(name, 5 * day + 1);
    expect(ports()).toEqual([]);
    expect(files()).toEqual([]);
  });

  test('a record that cannot be deleted does not count, and is deleted by a later look', async () => {
    const { files, ports, write } = setUp();
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002]));
    const refusal = refuse('rmSync', '', 'EBUSY');
    expect(ports()).toEqual([20002]);
    expect(files()).toEqual(['1-a', '2-b']);
    refusal.mockReset();
    expect(ports()).toEqual([20002]);
    expect(files()).toEqual(['2-b']);
  });
});

describe("other users' records", () => {
  test("another user's records are never deleted", async () => {
    const { age, files, ports, write } = setUp({ isOwn: false });
    write('1-a', record([20001], { pid: await endedProcess() }));
    write('2-b', record([20002], forgotten));
    write('3-c', 'garbage\n');
    write('4-d', record([20004]));
    for (const name of files()) age(name, 30 * day);
    expect(ports()).toEqual([20004]);
    expect(files()).toEqual(['1-a', '2-b', '3-c', '4-d']);
  });

  test("another user's RUNNER_TEMP is not checked", () => {
    const temp = join(temporaryDirectory(), 'gone');
    for (const isOwn of [true, false]) {
      const { ports, write } = setUp({ isOwn });
      write('1-a', record([20001], { temp }));
      expect(ports()).toEqual(isOwn ? [] : [20001]);
    }
  });
});

describe('the budget of a look', () => {
  const problem = 'there are too many files or directories';

  test('a look reads a limited number of names, whatever they are', () => {
    const { look, ports, write } = setUp();
    for (let i = 0; i < 5; i++) write(`${i}-a`, record([20001 + i]));
    write('no record');
    expect(look(undefined, { entries: 6, bytes: 1e6 })).toMatchObject({ problem: undefined });
    expect(look(undefined, { entries: 5, bytes: 1e6 })).toMatchObject({ problem });
    const budget = { entries: 7, bytes: 1e6 };
    expect(ports(undefined, budget)).toHaveLength(5);
    expect(budget.entries).toBe(1);
  });

  test('a look reads a limited number of bytes, in which deleted records do not count', () => {
    const { look, path, ports, write } = setUp();
    const text = record([20001]);
    const bytes = 3 * text.length;
    for (let i = 0; i < 10; i++) {
      write(`${i}-a`, text);
      expect(look(undefined, { entries: 9, bytes }).problem).toBeUndefined();
      rmSync(join(path, `${i}-a`));
    }
    for (const name of ['1-a', '2-b', '3-c', '4-d']) write(name, text);
    expect(look(undefined, { entries: 9, bytes }).problem).toBe(problem);
    rmSync(join(path, '1-a'));
    expect(ports(undefined, { entries: 9, bytes })).toEqual([20001, 20001, 20001]);
    expect(look(undefined, { entries: 9, bytes }).problem).toBeUndefined();
    // The last record is read in part.
    const other = setUp();
    other.write('1-a', text);
    expect(other.look(undefined, { entries: 9, bytes: text.length - 1 }).problem).toBe(problem);
  });

  test.each([0, 1])('a look that has read all its bytes but %j opens no other record', (left) => {
    const { look, path, write } = setUp();
    const text = record([20001]);
    write('1-a', text);
    write('2-b', text);
    const open = spyOn(fs, 'openSync');
    const opened = () => open.mock.calls.filter(([file]) => `${file}`.startsWith(path)).length;
    look(undefined, { entries: 9, bytes: text.length + left });
    expect(opened()).toBe(1 + left);
    // The first record has not grown, and is not opened again.
    look(undefined, { entries: 9, bytes: text.length });
    expect(opened()).toBe(1 + left);
  });

  test('a record is not read beyond the maximum size', () => {
    const { ports, write } = setUp();
    const long = (record([]) + 'x\n'.repeat(200_000)).slice(0, 256 * 1024 - 7);
    write('1-a', `${long}\n20001\n20002\n`);
    const read = spyOn(fs, 'readSync');
    expect(ports()).toEqual([20001]);
    write('2-b', 'x'.repeat(1024 * 1024));
    expect(ports()).toEqual([20001]);
    const lengths = read.mock.results.map(({ value }) => value as number);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(2 * 256 * 1024 + 1000);
  });
});
