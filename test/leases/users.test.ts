import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  listNeighbours,
  ownDirectory,
  parseUidMap,
  sharedDirectory,
} from '../../src/leases/users.ts';
import { onUnix, pretendToBe, systemError, temporaryDirectory } from '../support.ts';
import { setOwners, setUidMap, setUserName, uidIn } from './support.ts';

const uid = process.getuid?.() ?? 0;
const list = (root: string, own?: string) => [...listNeighbours(root, own)];

/** A shared directory with a directory for each of these users. */
function shared(users: readonly (number | string)[]) {
  const root = temporaryDirectory();
  const path = (user: number | string) => `${root}/find-unused-port-${user}`;
  for (const user of users) mkdirSync(path(user));
  return { root, path };
}

test('all users of a machine share a directory, which exists', () => {
  expect(sharedDirectory('linux', {})).toBe('/tmp');
  expect(sharedDirectory('darwin', { TMPDIR: '/var/folders/x' })).toBe('/tmp');
  expect(sharedDirectory('win32', { ProgramData: 'D:\\ProgramData' })).toBe('D:\\ProgramData');
  expect(sharedDirectory('win32', {})).toBe('C:\\ProgramData');
  expect(sharedDirectory('win32', { ProgramData: '' })).toBe('C:\\ProgramData');
  expect(existsSync(sharedDirectory(process.platform, process.env))).toBe(true);
});

describe("this user's directory", () => {
  onUnix.test("this user's directory has the uid in its name", () => {
    setUidMap(undefined);
    expect(ownDirectory('/shared')).toBe(`/shared/find-unused-port-${uid}`);
  });

  onUnix.test("this user's directory has the uid outside the user namespace in its name", () => {
    setUidMap(`  4000000000   7   1\n     ${uid}       4711          1\n`);
    expect(ownDirectory('/shared')).toBe('/shared/find-unused-port-4711');
  });

  test("this user's directory has the lower-case user name in its name on Windows", () => {
    pretendToBe('win32');
    for (const username of ['Jürgen', 'jürgen', 'JÜRGEN']) {
      setUserName(username);
      expect(ownDirectory('C:\\ProgramData')).toBe('C:\\ProgramData/find-unused-port-jürgen');
    }
  });

  test('a user without a name has no directory on Windows', () => {
    pretendToBe('win32');
    setUserName();
    expect(() => ownDirectory('C:\\ProgramData')).toThrow('ERR_SYSTEM_ERROR');
  });
});

onUnix.describe("other users' directories", () => {
  beforeEach(() => setUidMap(undefined));

  test('a directory counts only if it belongs to the user in its name', () => {
    setUidMap(undefined);
    const { root, path } = shared([uid, uid + 1, uid + 2]);
    expect(list(root)).toEqual([path(uid)]);
  });

  test("this user's directory is not among the others", () => {
    const { root, path } = shared([7, 8]);
    setOwners();
    expect(list(root, path(7))).toEqual([path(8)]);
    expect(list(root, path(9))).toEqual([path(7), path(8)]);
  });

  test.each(['', '+7', '-7', '007', '7 ', '7.0', '7e0', '0x7', '7-7', 'x7', '70000000000', 'root'])(
    'a directory does not count with "%s" in place of the uid',
    (name) => {
      const { root, path } = shared([name, 0, 1]);
      setOwners((given) => (given === path(0) ? 0 : Number(name)));
      expect(list(root)).toEqual([path(0)]);
    },
  );

  test('a directory of another program does not count', () => {
    const { root, path } = shared([7]);
    mkdirSync(join(root, 'another-program-123'));
    mkdirSync(join(root, 'x-find-unused-port-9'));
    // Its prefix is as long as this action's.
    mkdirSync(join(root, `${'x'.repeat('find-unused-port-'.length)}7`));
    setOwners();
    expect(list(root)).toEqual([path(7)]);
  });

  test('a directory that is deleted meanwhile does not count', () => {
    const { root, path } = shared([7, 8]);
    setOwners((given) => {
      if (given === path(7)) throw systemError('ENOENT');
      return uidIn(given);
    });
    expect(list(root)).toEqual([path(8)]);
  });

  test('links and files do not count', () => {
    const { root, path } = shared([4_294_967_294]);
    symlinkSync('/', path(1));
    symlinkSync('nowhere', path(2));
    writeFileSync(path(3), '');
    setOwners();
    expect(list(root)).toEqual([path(4_294_967_294)]);
  });

  test('directories come in the order of their uids', () => {
    const users = Array.from({ length: 150 }, (_, i) => (i * 7919) % 100_003);
    const { root, path } = shared(users);
    setOwners();
    expect(list(root)).toEqual(users.toSorted((one, other) => one - other).map(path));
  });

  test('a user namespace translates the owners of directories', () => {
    const { root, path } = shared([uid, uid + 1, uid + 2]);
    setUidMap(`${uid} ${uid + 1} 1`);
    expect(list(root)).toEqual([path(uid + 1)]);
  });

  test('a directory of an unmapped user counts if its owner shows as 65534', () => {
    const { root, path } = shared([4711, 4712]);
    setUidMap('0 4711 1');
    setOwners(() => 65_534);
    expect(list(root)).toEqual([path(4712)]);
  });

  test('directories cannot be found if the shared directory cannot be listed', () => {
    expect(() => list(join(temporaryDirectory(), 'none'))).toThrow('ENOENT');
  });
});

test('on Windows, directories have user names in their names', () => {
  const users = ['user-1', 'user-2', 'Jürgen'];
  const { root, path } = shared(users);
  writeFileSync(path('a file'), '');
  pretendToBe('win32');
  expect(list(root, path('user-1')).toSorted()).toEqual([path('Jürgen'), path('user-2')]);
});

describe('uid maps', () => {
  test('a uid map is parsed, however wide its columns', () => {
    expect(parseUidMap('        10         20         30\n').outer(10)).toBe(20);
  });

  test('a uid map translates whole ranges', () => {
    const { outer, inner } = parseUidMap(
      '         0       1000          1\n         1     100000      65536\n',
    );
    expect([0, 1, 2, 65_536].map(outer)).toEqual([1000, 100_000, 100_001, 165_535]);
    expect([1000, 100_000, 100_001, 165_535].map(inner)).toEqual([0, 1, 2, 65_536]);
    // Unmapped users.
    expect([0, 999, 1001, 99_999, 165_536].map(inner)).toEqual(Array(5).fill(65_534));
    expect(outer(65_537)).toBe(65_537);
  });

  test('the uid map of the whole machine changes nothing', () => {
    const { outer, inner } = parseUidMap('         0          0 4294967295\n');
    for (const user of [0, 1000, 4711, 4_294_967_294]) {
      expect(outer(user)).toBe(user);
      expect(inner(user)).toBe(user);
    }
  });

  test.each(['', 'x 0 1000 1\n', '0 1000\n', '0 1000 1 x\n', '0-1000 1\n'])(
    'a uid map that cannot be parsed changes nothing: %j',
    (text) => {
      expect(parseUidMap(text).outer(0)).toBe(0);
      expect(parseUidMap(text).inner(1000)).toBe(1000);
    },
  );
});
