import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { codeOf, isOutOfFiles } from '../system/errors.ts';
import type { PortRequest } from '../system/sockets.ts';
import { currentHolder, type Holder, stillHolds } from './job.ts';

const prefix = 'find-unused-port-';
/** What of a lease is read, which is all of any that we write. */
const buffer = Buffer.alloc(2048);
// Nothing that a neighbour plants leads us elsewhere or makes us wait. Windows has neither flag, which makes this 0.
const cautiously = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The record of which numbers were given to whom, for all users of the machine. In a directory that they all
 * share each user has one of their own, and in that a file for each number.
 *
 * There is no lock, for two reasons. Whoever writes a lease has the number's sockets, so that no two steps on one
 * network write one for the same transport at a time. And each first writes its own, then looks for others': of two steps that
 * want one number for different transports, or as different users, the later at least sees the earlier.
 *
 * Nothing in other users' directories is trusted: the worst it can do is to make us pass over a number.
 */
export class Leases {
  /** Why leases could not be kept; undefined as long as they could. */
  problem: string | undefined;

  readonly #root: string;
  readonly #here: Holder = currentHolder();
  readonly #uid = process.getuid?.();
  readonly #directory: string;
  /** What each of our leases says. */
  readonly #text: string;
  readonly #written = new Set<string>();
  /** The directories of all other users, when last looked for. */
  #neighbours: readonly string[] = [];
  /** The owners of leases by their text, undefined for those that no longer count: many have the same. */
  readonly #owners = new Map<string, string | undefined>();

  /**
   * @param owner whom a message about such a lease is to name
   * @param root the directory that all users share
   */
  constructor(owner: string, root = sharedDirectory(process.platform, process.env)) {
    // A longer lease would not be read whole.
    this.#text = `${JSON.stringify({ ...this.#here, owner: owner.slice(0, 200) })}\n`;
    this.#root = root;
    this.#directory = `${root}/${prefix}${this.#uid ?? userInfo().username}`;
    this.#attempt(() => this.#prepare());
  }

  /**
   * Writes a lease of a number. Its sockets must be held meanwhile. The number is not ours before `others` says so.
   *
   * @returns the owner of the lease in its place; undefined where it is written
   * @throws Error when no file descriptor is left
   */
  claim(request: PortRequest): string | undefined {
    if (this.problem !== undefined) return undefined;
    return this.#attempt(() => {
      const file = this.#fileOf(request);
      const entry = entryAt(file);
      if (entry) {
        const owner = this.#liveOwner(file, entry);
        if (owner !== undefined) return owner;
        if (entry.isDirectory()) return `nobody, but ${file} is in the way`;
        rmSync(file, { force: true });
      }
      try {
        this.#write(file);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        // It has the same directory, but not the network that would have kept us apart.
        return 'a step on another network';
      }
      return undefined;
    });
  }

  /** Who else has leased what we have claimed, in the order of the requests; undefined where nobody has. */
  others(requests: readonly PortRequest[]): (string | undefined)[] {
    this.#neighbours = this.#findNeighbours();
    return requests.map((request) => this.ownerOf(request));
  }

  /** Who else has a lease of a number, for either transport, as far as the users are known who have any. */
  ownerOf({ port }: PortRequest): string | undefined {
    for (const directory of [this.#directory, ...this.#neighbours]) {
      for (const transport of ['tcp', 'udp']) {
        const file = `${directory}/${port}.${transport}`;
        const owner = this.#written.has(file) ? undefined : this.#liveOwner(file);
        if (owner !== undefined) return owner;
      }
    }
    return undefined;
  }

  /** Forgets which holders still lived when they were looked at. */
  forget(): void {
    this.#owners.clear();
  }

  /** Gives back those of the requests' leases that this step has taken; without requests, all of them. */
  withdraw(requests?: readonly PortRequest[]): void {
    const files = requests?.map((request) => this.#fileOf(request)) ?? [...this.#written];
    for (const file of files) {
      // When our parent has ended, so have our leases: what is there can be another step's by now.
      if (this.#written.delete(file) && process.ppid === this.#here.pid) {
        this.#attempt(() => rmSync(file, { force: true }));
      }
    }
  }

  /** Makes a file that says what all of ours say: a second name of the first, which takes half the time. */
  #write(file: string): void {
    const [first] = this.#written;
    if (first) {
      try {
        linkSync(first, file);
        this.#written.add(file);
        return;
      } catch {
        // Not every file system has names to spare, and somebody may have removed the first one.
      }
    }
    const fd = openSync(file, 'wx', 0o644);
    this.#written.add(file);
    try {
      // Readable for all, whatever the umask.
      fchmodSync(fd, 0o644);
      writeSync(fd, this.#text);
    } finally {
      closeSync(fd);
    }
  }

  /** The owner of the lease in a file, if it is one and is still held. What cannot be read was not written by us. */
  #liveOwner(file: string, entry = entryAt(file)): string | undefined {
    try {
      // Asked first, since most are not there, and an exception takes far longer.
      if (!entry?.isFile()) return undefined;
      const text = firstLine(file);
      if (!this.#owners.has(text)) {
        const { owner, ...holder } = JSON.parse(text);
        // It goes into messages, where a new line could start a workflow command of the writer's.
        const shown = `${owner}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
        this.#owners.set(text, stillHolds(holder, this.#here) ? shown : undefined);
      }
      return this.#owners.get(text);
    } catch (error) {
      if (isOutOfFiles(error)) throw error;
      return undefined;
    }
  }

  /** The directories of all other users. Each can have but one, so that nobody can make us look into thousands. */
  #findNeighbours(): string[] {
    const names = this.#attempt(() => readdirSync(this.#root)) ?? [];
    return names
      .filter((name) => {
        if (!name.startsWith(prefix) || `${this.#root}/${name}` === this.#directory) return false;
        const status = entryAt(`${this.#root}/${name}`);
        return status?.isDirectory() && (this.#uid === undefined || name === prefix + status.uid);
      })
      .map((name) => `${this.#root}/${name}`);
  }

  /** Makes this user's directory. */
  #prepare(): void {
    try {
      mkdirSync(this.#directory, 0o755);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const status = lstatSync(this.#directory);
    if (!status.isDirectory() || status.uid !== (this.#uid ?? status.uid)) {
      throw new Error(`${this.#directory} is not a directory of this user's`);
    }
    if ((status.mode & 0o777) !== 0o755) chmodSync(this.#directory, 0o755);
  }

  /** What `action` returns; undefined if leases turn out not to work here, which is a problem but no failure. */
  #attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (isOutOfFiles(error)) throw error;
      this.problem ??= String(error);
      return undefined;
    }
  }

  #fileOf({ port, type }: PortRequest): string {
    return `${this.#directory}/${port}.${type === 'dgram' ? 'udp' : 'tcp'}`;
  }
}

/** The directory that all users of a machine share. On Unix it is sticky: nobody can take away what is another's. */
export function sharedDirectory(platform: string, environment: NodeJS.ProcessEnv): string {
  return platform === 'win32' ? (environment.ProgramData ?? 'C:\\ProgramData') : '/tmp';
}

/** What is at a path; undefined for nothing, and for what is closed to us. */
function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function firstLine(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | cautiously);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer)).replace(/\n.*/s, '');
  } finally {
    closeSync(fd);
  }
}
