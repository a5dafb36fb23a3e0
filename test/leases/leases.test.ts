import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { currentHolder } from '../../src/leases/job.ts';
import { Leases, sharedDirectory } from '../../src/leases/leases.ts';
import type { PortRequest } from '../../src/system/sockets.ts';
import { canLimitFiles, pretendToBe, temporaryDirectory, withoutDescriptors } from '../support.ts';

const user = process.getuid?.() ?? userInfo().username;
const posix = process.platform !== 'win32';
const tcp = (port: number): PortRequest => ({ port, type: 'stream' });
const udp = (port: number): PortRequest => ({ port, type: 'dgram' });

function setUp() {
  const root = temporaryDirectory();
  const directory = join(root, `find-unused-port-${user}`);
  return { root, directory, file: (name: string) => join(directory, name) };
}

/** A lease that somebody else has written. */
function lease(given: object = {}): string {
  return `${JSON.stringify({ ...currentHolder(), owner: 'somebody', ...given })}\n`;
}

/** Takes what nobody has leased, as a search does: the owner in the way of each request, undefined for those taken. */
function take(leases: Leases, ...requests: PortRequest[]): (string | undefined)[] {
  const written = requests.map((request) => leases.claim(request));
  const owners = leases.others(requests).map((other, i) => written[i] ?? other);
  leases.withdraw(requests.filter((_, i) => owners[i] !== undefined));
  return owners;
}

describe('a lease', () => {
  test('keeps the number from every other step, for either transport', () => {
    const { root } = setUp();
    expect(
      take(new Leases('first', root), tcp(20001), udp(20002), { port: 20003, type: 'both' }),
    ).toEqual([undefined, undefined, undefined]);
    const second = new Leases('second', root);
    for (const port of [20001, 20002, 20003]) {
      expect(take(second, tcp(port))).toEqual(['first']);
      expect(take(second, udp(port))).toEqual(['first']);
    }
    expect(take(second, tcp(20004))).toEqual([undefined]);
    expect(second.problem).toBeUndefined();
  });

  test('is a file that all can read and only its user can write', () => {
    const { root, directory, file } = setUp();
    const umask = process.umask(0o077);
    try {
      take(new Leases('me', root), tcp(20001));
    } finally {
      process.umask(umask);
    }
    expect(JSON.parse(readFileSync(file('20001.tcp'), 'utf8'))).toMatchObject({
      pid: process.ppid,
      owner: 'me',
    });
    if (!posix) return;
    expect(statSync(directory).mode & 0o777).toBe(0o755);
    expect(statSync(file('20001.tcp')).mode & 0o777).toBe(0o644);
  });

  test('can be given back', () => {
    const { root, directory } = setUp();
    const leases = new Leases('me', root);
    take(leases, tcp(20001), udp(20002), tcp(20003));
    leases.withdraw([udp(20002)]);
    expect(readdirSync(directory).toSorted()).toEqual(['20001.tcp', '20003.tcp']);
    leases.withdraw();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is not taken from whoever has it since our parent ended', () => {
    const { root, file } = setUp();
    const leases = new Leases('me', root);
    take(leases, tcp(20001));
    const parent = vi.spyOn(process, 'ppid', 'get').mockReturnValue(process.ppid + 1);
    try {
      leases.withdraw();
    } finally {
      parent.mockRestore();
    }
    expect(existsSync(file('20001.tcp'))).toBe(true);
  });

  test('does not hang on the first one of its step', () => {
    const { root, directory, file } = setUp();
    const leases = new Leases('me', root);
    take(leases, tcp(20001));
    rmSync(file('20001.tcp'));
    take(leases, tcp(20002), tcp(20003));
    expect(readdirSync(directory)).toEqual(['20002.tcp', '20003.tcp']);
    expect(take(new Leases('other', root), tcp(20002), tcp(20003))).toEqual(['me', 'me']);
    expect(leases.problem).toBeUndefined();
  });

  test("is not given back by those whose it isn't", () => {
    const { root, file } = setUp();
    take(new Leases('first', root), tcp(20001));
    const second = new Leases('second', root);
    take(second, tcp(20001), udp(20001));
    second.withdraw([tcp(20001)]);
    second.withdraw();
    expect(existsSync(file('20001.tcp'))).toBe(true);
    expect(existsSync(file('20001.udp'))).toBe(false);
  });

  test('is taken over from a process that has ended, even if its text was longer', async () => {
    const { root, directory, file } = setUp();
    const child = spawn(process.execPath, ['--eval', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    mkdirSync(directory);
    writeFileSync(file('20001.tcp'), lease({ pid: child.pid, owner: 'x'.repeat(300) }));
    expect(take(new Leases('heir', root), tcp(20001))).toEqual([undefined]);
    expect(take(new Leases('other', root), tcp(20001))).toEqual(['heir']);
  });

  test.each(['', '\n', '{', 'null', '[]', '1', '"x"', '{}', 'x'.repeat(100_000)])(
    'is not what has %j in it',
    (text) => {
      const { root, directory, file } = setUp();
      mkdirSync(directory);
      writeFileSync(file('20001.tcp'), text);
      expect(take(new Leases('me', root), tcp(20001))).toEqual([undefined]);
    },
  );

  test('is held by somebody or nobody, whatever is in it', () => {
    const { root, directory, file } = setUp();
    mkdirSync(directory);
    const leases = new Leases('me', root);
    const value = fc.jsonValue();
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      value.map((owner) => lease({ owner })),
    );
    fc.assert(
      fc.property(text, (given) => {
        writeFileSync(file('20001.tcp'), given);
        expect(leases.ownerOf(tcp(20001)) ?? '').toMatch(/^[ -~]{0,200}$/);
      }),
    );
  });

  test('is read back whole, however long its owner is called', () => {
    const { root } = setUp();
    take(new Leases('ü'.repeat(5000), root), tcp(20001));
    expect(take(new Leases('other', root), tcp(20001))).toEqual(['?'.repeat(200)]);
  });

  test('cannot put anything but printable text into a message', () => {
    const { root, directory, file } = setUp();
    mkdirSync(directory);
    writeFileSync(
      file('20001.tcp'),
      lease({ owner: `a\n::error::b\r\u001b[31m${'c'.repeat(500)}` }),
    );
    const [owner] = take(new Leases('me', root), tcp(20001));
    expect(owner).toMatch(/^a\?::error::b\?\?\[31mc+$/);
    expect(owner).toHaveLength(200);
  });
});

describe.runIf(posix)('in the directories of other users', () => {
  const neighbours = (root: string, name = 'find-unused-port-4711') => {
    const directory = join(root, name);
    mkdirSync(directory);
    return directory;
  };

  test.runIf(process.getuid?.() === 0)('leases count', async () => {
    const { chownSync } = await import('node:fs');
    const { root } = setUp();
    const directory = neighbours(root);
    chownSync(directory, 4711, 4711);
    writeFileSync(join(directory, '20001.tcp'), lease());
    writeFileSync(join(directory, '20002.udp'), lease());
    writeFileSync(join(directory, '20003.tcp'), lease({ at: 1e12 }));
    const claims = take(new Leases('me', root), tcp(20001), tcp(20002), tcp(20003), tcp(20004));
    expect(claims).toEqual(['somebody', 'somebody', undefined, undefined]);
    expect(readdirSync(join(root, `find-unused-port-${user}`)).toSorted()).toEqual([
      '20003.tcp',
      '20004.tcp',
    ]);
  });

  test('a second directory of one user does not count', () => {
    const { root } = setUp();
    const name = `find-unused-port-7-find-unused-port-${user}`;
    writeFileSync(join(neighbours(root, name), '20001.tcp'), lease());
    expect(take(new Leases('me', root), tcp(20001))).toEqual([undefined]);
  });

  test('a directory under a name that is not its owner’s does not count', () => {
    const { root } = setUp();
    writeFileSync(join(neighbours(root), '20001.tcp'), lease());
    expect(take(new Leases('me', root), tcp(20001))).toEqual([undefined]);
  });

  test('links, files and pipes in place of a directory do not count', () => {
    const { root } = setUp();
    symlinkSync('/', join(root, 'find-unused-port-1'));
    symlinkSync('nowhere', join(root, 'find-unused-port-2'));
    writeFileSync(join(root, 'find-unused-port-3'), '');
    const leases = new Leases('me', root);
    expect(take(leases, tcp(20001))).toEqual([undefined]);
    expect(leases.problem).toBeUndefined();
  });
});

test.runIf(canLimitFiles)('without a file descriptor nothing is taken for unleased', async () => {
  const { root } = setUp();
  take(new Leases('first', root), tcp(20001));
  const second = new Leases('second', root);
  await withoutDescriptors(() => {
    expect(() => second.ownerOf(tcp(20001))).toThrow('EMFILE');
    expect(() => second.claim(tcp(20001))).toThrow('EMFILE');
    expect(() => second.claim(tcp(20002))).toThrow('EMFILE');
    expect(() => second.others([])).toThrow('EMFILE');
  });
  expect(second.problem).toBeUndefined();
  expect(take(second, tcp(20001), tcp(20002))).toEqual(['first', undefined]);
});

test('a lease that ended since it was looked at no longer counts once that is forgotten', async () => {
  const { root, directory, file } = setUp();
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
  mkdirSync(directory);
  writeFileSync(file('20001.tcp'), lease({ pid: child.pid, started: '' }));
  const leases = new Leases('me', root);
  expect(leases.ownerOf(tcp(20001))).toBe('somebody');
  child.kill();
  await new Promise((resolve) => child.once('exit', resolve));
  leases.forget();
  expect(leases.ownerOf(tcp(20001))).toBeUndefined();
});

describe.runIf(posix)('in place of a lease', () => {
  test.each([
    ['a file', (file: string, target: string) => linkSync(target, file)],
    ['a link', (file: string, target: string) => symlinkSync(target, file)],
    ['a link to nowhere', (file: string) => symlinkSync('nowhere', file)],
  ])('%s is replaced, and what it leads to is left alone', (_, plant) => {
    const { root, directory, file } = setUp();
    const target = join(root, 'target');
    writeFileSync(target, 'text');
    mkdirSync(directory);
    plant(file('20001.tcp'), target);
    plant(file('20002.tcp'), target);
    expect(take(new Leases('me', root), tcp(20001), tcp(20002))).toEqual([undefined, undefined]);
    expect(take(new Leases('other', root), tcp(20001), tcp(20002))).toEqual(['me', 'me']);
    expect(readFileSync(target, 'utf8')).toBe('text');
  });

  test('a directory makes us pass over the number, and is left alone', () => {
    const { root, directory, file } = setUp();
    mkdirSync(file('20001.tcp'), { recursive: true });
    const leases = new Leases('me', root);
    const [owner, free] = take(leases, tcp(20001), tcp(20002));
    expect(owner).toContain(file('20001.tcp'));
    expect(free).toBeUndefined();
    expect(leases.problem).toBeUndefined();
    expect(readdirSync(directory)).toEqual(['20001.tcp', '20002.tcp']);
  });
});

describe.runIf(posix)('where leases cannot be kept', () => {
  test.each([
    ['a link', (directory: string, root: string) => symlinkSync(root, directory)],
    ['a file', (directory: string) => writeFileSync(directory, '')],
  ])(
    'because of %s in place of the directory, numbers are granted and the problem is told',
    (_, plant) => {
      const { root, directory } = setUp();
      plant(directory, root);
      const leases = new Leases('me', root);
      expect(take(leases, tcp(20001))).toEqual([undefined]);
      expect(leases.problem).toContain(directory);
      expect(readdirSync(root)).toEqual([`find-unused-port-${user}`]);
      expect(take(leases, tcp(20002))).toEqual([undefined]);
    },
  );

  test('a directory that is closed to others is opened to them', () => {
    const { root, directory } = setUp();
    mkdirSync(directory);
    chmodSync(directory, 0o700);
    take(new Leases('me', root), tcp(20001));
    expect(statSync(directory).mode & 0o777).toBe(0o755);
  });
});

test('where users have no number, their names tell their directories apart', () => {
  const { root } = setUp();
  const theirs = join(root, 'find-unused-port-somebody');
  mkdirSync(theirs);
  writeFileSync(join(theirs, '20001.tcp'), lease());
  pretendToBe('win32');
  expect(take(new Leases('me', root), tcp(20001), tcp(20002))).toEqual(['somebody', undefined]);
  expect(readdirSync(join(root, `find-unused-port-${userInfo().username}`))).toEqual(['20002.tcp']);
});

test('all users of a machine share a directory', () => {
  expect(sharedDirectory('linux', {})).toBe('/tmp');
  expect(sharedDirectory('darwin', { TMPDIR: '/var/folders/x' })).toBe('/tmp');
  expect(sharedDirectory('win32', { ProgramData: 'D:\\ProgramData' })).toBe('D:\\ProgramData');
  expect(sharedDirectory('win32', {})).toBe('C:\\ProgramData');
  expect(existsSync(sharedDirectory(process.platform, process.env))).toBe(true);
});
