import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { userInfo } from 'node:os';

const prefix = 'find-unused-port-';

/** How many other users' directories are looked into, so that nobody can make us look into thousands. */
const maxNeighbours = 100;

/** The directory that all users of a machine share. On Unix it is sticky: nobody can take away what is another's. */
export function sharedDirectory(platform: string, environment: NodeJS.ProcessEnv): string {
  return platform === 'win32' ? environment.ProgramData || 'C:\\ProgramData' : '/tmp';
}

/**
 * Where this user's records are. Users are told apart by their number, as the machine and not a user namespace sees
 * it; on Windows by their name, which does not depend on its case.
 *
 * @throws Error where the user has neither
 */
export function ownDirectory(root: string): string {
  const uid = process.getuid?.();
  const user = uid === undefined ? userInfo().username.toLowerCase() : uidMap().outer(uid);
  return `${root}/${prefix}${user}`;
}

/**
 * The directories of other users, lowest number first. A directory counts only if its owner's number is the one in its
 * name, so that nobody can stand in for several users.
 *
 * @param own the directory of this user, if there is one
 * @throws the system's error where the shared directory cannot be listed
 */
export function neighbours(root: string, own: string | undefined): string[] {
  const hasUids = process.getuid !== undefined;
  const { inner } = uidMap();
  const users = readdirSync(root)
    .filter((name) => name.startsWith(prefix) && `${root}/${name}` !== own)
    .map((name) => name.slice(prefix.length))
    .filter((user) => !hasUids || /^(0|[1-9]\d{0,9})$/.test(user));
  users.sort((one, other) => Number(one) - Number(other));
  const found: string[] = [];
  for (const user of users) {
    if (found.length === maxNeighbours) break;
    const path = `${root}/${prefix}${user}`;
    const status = statusOf(path);
    if (!status?.isDirectory()) continue;
    if (!hasUids || status.uid === inner(Number(user))) found.push(path);
  }
  return found;
}

/** What is at a path, without following a link; undefined for nothing, and for what is closed to us. */
export function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** How a user namespace numbers the users of the machine. */
export interface UidMap {
  /** The machine's number of a user that has this one here. */
  readonly outer: (uid: number) => number;
  /** The number that files of the machine's user have here. */
  readonly inner: (uid: number) => number;
}

/**
 * Reads /proc/self/uid_map, see user_namespaces(7): lines of the first number here, the first outside, and how many.
 * Files of users who have no number here belong to the overflow uid, 65534.
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

function uidMap(): UidMap {
  try {
    return parseUidMap(readFileSync('/proc/self/uid_map', 'latin1'));
  } catch {
    return parseUidMap(''); // Another system, or no /proc: every user has the machine's number.
  }
}
