import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  neighbours,
  ownDirectory,
  parseUidMap,
  sharedDirectory,
  statusOf,
} from '../../src/leases/users.ts';
import { onUnix, pretendToBe, systemError, temporaryDirectory } from '../support.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, readFileSync: vi.fn(fs.readFileSync), lstatSync: vi.fn(fs.lstatSync) };
});
vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>();
  return { ...os, userInfo: vi.fn(os.userInfo) };
});

const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
const uid = process.getuid?.() ?? 0;

afterEach(() => {
  vi.mocked(readFileSync).mockImplementation(fs.readFileSync);
  vi.mocked(lstatSync).mockImplementation(fs.lstatSync);
  vi.mocked(userInfo).mockReset();
});

/** Has this process be in a user namespace of that map, or of none where there is no /proc. */
function uidMapIs(map: string | undefined): void {
  vi.mocked(readFileSync).mockImplementation(((path: string, options: 'utf8') => {
    if (path !== '/proc/self/uid_map') return fs.readFileSync(path, options);
    if (map === undefined) throw systemError('ENOENT');
    return options ? map : Buffer.from(map);
  }) as typeof readFileSync);
}

/** Has each directory belong to the user in its name. */
function usersOwnTheirDirectories(): void {
  vi.mocked(lstatSync).mockImplementation(((path: string, options: object) => {
    const status = fs.lstatSync(path, options);
    return status && Object.assign(status, { uid: Number(path.split('-').at(-1)) });
  }) as typeof lstatSync);
}

/** A shared directory with a directory for each of these users. */
function shared(users: readonly (number | string)[]) {
  const root = temporaryDirectory();
  const path = (user: number | string) => `${root}/find-unused-port-${user}`;
  for (const user of users) mkdirSync(path(user));
  return { root, path };
}

test('all users of a machine share a directory', () => {
  expect(sharedDirectory('linux', {})).toBe('/tmp');
  expect(sharedDirectory('darwin', { TMPDIR: '/var/folders/x' })).toBe('/tmp');
  expect(sharedDirectory('win32', { ProgramData: 'D:\\ProgramData' })).toBe('D:\\ProgramData');
  expect(sharedDirectory('win32', {})).toBe('C:\\ProgramData');
  expect(sharedDirectory('win32', { ProgramData: '' })).toBe('C:\\ProgramData');
  expect(existsSync(sharedDirectory(process.platform, process.env))).toBe(true);
});

describe("this user's directory", () => {
  onUnix.test('has the number of the user', () => {
    uidMapIs(undefined);
    expect(ownDirectory('/shared')).toBe(`/shared/find-unused-port-${uid}`);
  });

  onUnix.test('has the number that the machine and not a user namespace gives', () => {
    uidMapIs(`  4000000000   7   1\n     ${uid}       4711          1\n`);
    expect(ownDirectory('/shared')).toBe('/shared/find-unused-port-4711');
  });

  test('has the name of the user on Windows, whatever its case', () => {
    pretendToBe('win32');
    for (const username of ['Jürgen', 'jürgen', 'JÜRGEN']) {
      vi.mocked(userInfo).mockReturnValue({ username } as ReturnType<typeof userInfo>);
      expect(ownDirectory('C:\\ProgramData')).toBe('C:\\ProgramData/find-unused-port-jürgen');
    }
  });

  test('is not to be had by a user without a name', () => {
    pretendToBe('win32');
    vi.mocked(userInfo).mockImplementation(() => {
      throw systemError('ERR_SYSTEM_ERROR');
    });
    expect(() => ownDirectory('C:\\ProgramData')).toThrow('ERR_SYSTEM_ERROR');
  });
});

onUnix.describe("other users' directories", () => {
  beforeEach(() => uidMapIs(undefined));

  test('are those that belong to the user in their name', () => {
    uidMapIs(undefined);
    const { root, path } = shared([uid, uid + 1, uid + 2]);
    expect(neighbours(root, undefined)).toEqual([path(uid)]);
  });

  test("are not this user's", () => {
    const { root, path } = shared([7, 8]);
    usersOwnTheirDirectories();
    expect(neighbours(root, path(7))).toEqual([path(8)]);
    expect(neighbours(root, path(9))).toEqual([path(7), path(8)]);
  });

  test.each(['', '+7', '-7', '007', '7 ', '7.0', '7e0', '0x7', '7-7', 'x7', '70000000000', 'root'])(
    'have a number for a name: not "%s"',
    (name) => {
      const { root, path } = shared([name, 0, 1]);
      vi.mocked(lstatSync).mockImplementation(((given: string, options: object) => {
        const status = fs.lstatSync(given, options);
        return status && Object.assign(status, { uid: given === path(0) ? 0 : Number(name) });
      }) as typeof lstatSync);
      expect(neighbours(root, undefined)).toEqual([path(0)]);
    },
  );

  test('have a name of ours', () => {
    const { root, path } = shared([7]);
    mkdirSync(join(root, 'another-program-123'));
    mkdirSync(join(root, 'x-find-unused-port-9'));
    // As long as ours, with a number behind.
    mkdirSync(join(root, `${'x'.repeat('find-unused-port-'.length)}7`));
    usersOwnTheirDirectories();
    expect(neighbours(root, undefined)).toEqual([path(7)]);
  });

  test('may be gone by the time they are looked at', () => {
    const { root, path } = shared([7, 8]);
    usersOwnTheirDirectories();
    const actual = vi.mocked(lstatSync).getMockImplementation() as typeof lstatSync;
    vi.mocked(lstatSync).mockImplementation(((given: string, options: object) => {
      if (given === path(7)) throw systemError('ENOENT');
      return actual(given, options);
    }) as typeof lstatSync);
    expect(neighbours(root, undefined)).toEqual([path(8)]);
  });

  test('are no links and no files', () => {
    const { root, path } = shared([4_294_967_294]);
    symlinkSync('/', path(1));
    symlinkSync('nowhere', path(2));
    writeFileSync(path(3), '');
    usersOwnTheirDirectories();
    expect(neighbours(root, undefined)).toEqual([path(4_294_967_294)]);
  });

  test('are the hundred of the lowest numbers', () => {
    const users = Array.from({ length: 150 }, (_, i) => (i * 7919) % 100_003);
    const { root, path } = shared(users);
    usersOwnTheirDirectories();
    const lowest = users.toSorted((one, other) => one - other).slice(0, 100);
    expect(neighbours(root, undefined)).toEqual(lowest.map(path));
  });

  test('are a hundred besides those that do not count', () => {
    const users = Array.from({ length: 250 }, (_, i) => i + 1);
    const { root, path } = shared(users.filter((user) => user % 2 === 0));
    for (const user of users.filter((user) => user % 2 === 1)) writeFileSync(path(user), '');
    usersOwnTheirDirectories();
    const counted = users.filter((user) => user % 2 === 0).slice(0, 100);
    expect(neighbours(root, undefined)).toEqual(counted.map(path));
  });

  test('belong to users as a user namespace shows them', () => {
    const { root, path } = shared([uid, uid + 1, uid + 2]);
    uidMapIs(`${uid} ${uid + 1} 1`);
    expect(neighbours(root, undefined)).toEqual([path(uid + 1)]);
  });

  test('belong to nobody where a user namespace has no number for their users', () => {
    const { root, path } = shared([4711, 4712]);
    uidMapIs('0 4711 1');
    vi.mocked(lstatSync).mockImplementation(((given: string, options: object) =>
      Object.assign(fs.lstatSync(given, options) as object, {
        uid: 65_534,
      })) as typeof lstatSync);
    expect(neighbours(root, undefined)).toEqual([path(4712)]);
  });

  test('cannot be found where the shared directory cannot be listed', () => {
    expect(() => neighbours(join(temporaryDirectory(), 'none'), undefined)).toThrow('ENOENT');
  });
});

test('on Windows other users have names, and a hundred of them are looked at', () => {
  const users = Array.from({ length: 120 }, (_, i) => `user-${i}`);
  const { root, path } = shared(users);
  writeFileSync(path('a file'), '');
  pretendToBe('win32');
  const found = neighbours(root, path('user-0'));
  expect(found).toHaveLength(100);
  expect(users.slice(1).map(path)).toEqual(expect.arrayContaining(found));
});

describe('a map of users', () => {
  test('has numbers of any length', () => {
    expect(parseUidMap('        10         20         30\n').outer(10)).toBe(20);
  });

  test('moves whole ranges', () => {
    const { outer, inner } = parseUidMap(
      '         0       1000          1\n         1     100000      65536\n',
    );
    expect([0, 1, 2, 65_536].map(outer)).toEqual([1000, 100_000, 100_001, 165_535]);
    expect([1000, 100_000, 100_001, 165_535].map(inner)).toEqual([0, 1, 2, 65_536]);
    // Who has no number in the namespace is nobody there.
    expect([0, 999, 1001, 99_999, 165_536].map(inner)).toEqual(Array(5).fill(65_534));
    expect(outer(65_537)).toBe(65_537);
  });

  test('that is the whole machine changes nothing', () => {
    const { outer, inner } = parseUidMap('         0          0 4294967295\n');
    for (const user of [0, 1000, 4711, 4_294_967_294]) {
      expect(outer(user)).toBe(user);
      expect(inner(user)).toBe(user);
    }
  });

  test.each(['', 'x 0 1000 1\n', '0 1000\n', '0 1000 1 x\n', '0-1000 1\n'])(
    'that says nothing changes nothing: %j',
    (text) => {
      expect(parseUidMap(text).outer(0)).toBe(0);
      expect(parseUidMap(text).inner(1000)).toBe(1000);
    },
  );
});

test('what is at a path is told, if it can be', () => {
  const root = temporaryDirectory();
  expect(statusOf(root)?.isDirectory()).toBe(true);
  expect(statusOf(join(root, 'none'))).toBeUndefined();
  symlinkSync(root, join(root, 'link'));
  expect(statusOf(join(root, 'link'))?.isSymbolicLink()).toBe(true);
  vi.mocked(lstatSync).mockImplementation(() => {
    throw systemError('EACCES');
  });
  expect(statusOf(root)).toBeUndefined();
});
