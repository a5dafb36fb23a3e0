import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { codeOf } from '../system/errors.ts';

const prefix = 'find-unused-port-';

/** The directory that all users of a machine share. On Unix it is sticky: users cannot delete each other's files. */
export function sharedDirectory(platform: string, environment: NodeJS.ProcessEnv): string {
  return platform === 'win32' ? environment.ProgramData || 'C:\\ProgramData' : '/tmp';
}

/**
 * This user's directory. It is named after the uid outside any user namespace; on Windows after the lower-case user
 * name.
 *
 * @throws Error if the user has no name, or no uid outside
 */
export function ownDirectory(root: string): string {
  const uid = process.getuid?.();
  const user = uid === undefined ? userInfo().username.toLowerCase() : readUidMap().outer(uid);
  return `${root}/${prefix}${user}`;
}

/**
 * Makes this user's directory, readable by all.
 *
 * @throws the system's error, or an Error if something of another user is there
 */
export function makeOwnDirectory(root: string): string {
  const directory = ownDirectory(root);
  try {
    mkdirSync(directory, 0o755);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const status = lstatSync(directory);
  if (!status.isDirectory() || status.uid !== (process.getuid?.() ?? status.uid)) {
    throw new Error(`${directory} is not this user's directory: delete it as its owner or as root`);
  }
  chmodSync(directory, 0o755);
  return directory;
}

/**
 * The directories of other users, lowest uid first. A directory counts only if its owner is the one in its name, so
 * nobody can pose as several users.
 *
 * @param own the directory of this user, if there is one
 * @throws the system's error if the shared directory cannot be listed; Error if users cannot be told apart
 */
export function* listNeighbours(root: string, own: string | undefined): Generator<string> {
  const hasUids = process.getuid !== undefined;
  const { inner } = readUidMap();
  const users = readdirSync(root)
    .filter((name) => name.startsWith(prefix) && `${root}/${name}` !== own)
    .map((name) => name.slice(prefix.length))
    .filter((user) => !hasUids || /^(0|[1-9]\d{0,9})$/.test(user));
  users.sort((one, other) => Number(one) - Number(other));
  for (const user of users) {
    const path = `${root}/${prefix}${user}`;
    if (isDirectoryOf(path, hasUids ? inner(Number(user)) : undefined)) yield path;
  }
}

/** @param uid the owner; undefined for any */
function isDirectoryOf(path: string, uid: number | undefined): boolean {
  try {
    const status = lstatSync(path);
    return status.isDirectory() && (uid === undefined || status.uid === uid);
  } catch {
    return false;
  }
}

/** Translates uids between this user namespace and the machine. */
export interface UidMap {
  /** Inside to machine. */
  readonly outer: (uid: number) => number;
  /** Machine to inside. */
  readonly inner: (uid: number) => number;
}

/**
 * Parses /proc/self/uid_map, see user_namespaces(7). Each line: first uid inside, first outside, count. Unmapped users
 * show as 65534.
 */
export function parseUidMap(text: string): UidMap {
  const ranges = [...text.matchAll(/^ *(\d+) +(\d+) +(\d+)$/gm)].map(([, ...fields]) => {
    const [here = 0, outside = 0, length = 0] = fields.map(Number);
    return { here, outside, length };
  });
  return {
    outer: (uid) => {
      const range = ranges.find(({ here, length }) => uid >= here && uid < here + length);
      return range === undefined ? uid : uid - range.here + range.outside;
    },
    inner: (uid) => {
      const range = ranges.find(({ outside, length }) => uid >= outside && uid < outside + length);
      if (range !== undefined) return uid - range.outside + range.here;
      return ranges.length === 0 ? uid : 65_534;
    },
  };
}

/** @throws Error in a user namespace without a map, where all users look the same */
function readUidMap(): UidMap {
  let text: string;
  try {
    text = readFileSync('/proc/self/uid_map', 'latin1');
  } catch {
    return parseUidMap(''); // No /proc: uids are the machine's.
  }
  if (text === '') throw new Error('this user namespace has no map of user ids');
  return parseUidMap(text);
}
