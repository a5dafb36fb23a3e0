import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
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
import { join } from 'node:path';
import { codeOf, isOutOfFiles } from './errors.ts';
import { currentHolder, type Holder, stillHolds } from './holder.ts';
import type { PortRequest } from './sockets.ts';

const prefix = 'find-unused-port-';
const longestLease = 2048;
// Nothing that a neighbour plants leads us elsewhere or makes us wait. Windows has neither flag nor need.
const cautiously = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The record of which numbers were given to whom, for all users of the machine. In a directory that they all
 * share each user has one of their own, and in that a file for each number.
 *
 * There is no lock, for two reasons. Whoever writes a lease has the number's sockets, so that no two steps write
 * one for the same transport at a time. And each first writes its own, then looks for others': of two steps that
 * want one number for different transports, the later at least sees the earlier.
 *
 * Nothing in other users' directories is trusted: the worst it can do is to make us pass over a number.
 */
export class Leases {
  /** Why leases could not be kept; undefined as long as they could. */
  problem: string | undefined;

  readonly #owner: string;
  readonly #root: string;
  readonly #here: Holder = currentHolder();
  readonly #uid = process.getuid?.();
  readonly #directory: string;
  readonly #written = new Set<string>();

  /**
   * @param owner whom a message about such a lease is to name
   * @param root the directory that all users share
   */
  constructor(owner: string, root = sharedDirectory(process.platform, process.env)) {
    // A longer lease would not be read whole.
    this.#owner = owner.slice(0, 200);
    this.#root = root;
    this.#directory = join(root, prefix + (this.#uid ?? userInfo().username));
    this.#attempt(() => this.#prepare());
  }

  /**
   * Takes a lease of each number that nobody has leased. Its sockets must be held meanwhile.
   *
   * @returns for each request, in order, the owner of the lease in its way; undefined where it is ours now
   * @throws Error when no file descriptor is left; what was taken by then is left to the caller to withdraw
   */
  claim(requests: readonly PortRequest[]): (string | undefined)[] {
    const owners = requests.map((request) => this.#write(request));
    // Looked for only now, so that none that was written before ours is overlooked.
    const neighbours = requests.length > 0 ? this.#neighbours() : [];
    return requests.map((request, i) => {
      const owner = owners[i] ?? this.ownerOf(request, neighbours);
      if (owner !== undefined) this.withdraw([request]);
      return owner;
    });
  }

  /** Who else has a lease of a number, for either transport, in this user's directory or one of `neighbours`. */
  ownerOf({ port }: PortRequest, neighbours: readonly string[] = []): string | undefined {
    for (const directory of [this.#directory, ...neighbours]) {
      for (const transport of ['tcp', 'udp']) {
        const file = join(directory, `${port}.${transport}`);
        const owner = this.#written.has(file) ? undefined : this.#liveOwner(file);
        if (owner !== undefined) return owner;
      }
    }
    return undefined;
  }

  /** Gives back those of the requests' leases that this step has taken; without requests, all of them. */
  withdraw(requests?: readonly PortRequest[]): void {
    const files = requests?.map((request) => this.#fileOf(request)) ?? [...this.#written];
    for (const file of files) {
      if (this.#written.delete(file)) this.#attempt(() => rmSync(file, { force: true }));
    }
  }

  /** Writes our lease, or returns the owner of one that this user gave to somebody else. */
  #write(request: PortRequest): string | undefined {
    if (this.problem !== undefined) return undefined;
    return this.#attempt(() => {
      const file = this.#fileOf(request);
      let fd: number;
      try {
        fd = openSync(file, 'wx', 0o644);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        const owner = this.#liveOwner(file);
        if (owner !== undefined) return owner;
        try {
          // In place, which takes a quarter of the time of a new file.
          fd = openSync(file, constants.O_WRONLY | cautiously);
        } catch (junk) {
          if (isOutOfFiles(junk)) throw junk;
          return `nobody, but ${file} is in the way (${codeOf(junk)})`;
        }
      }
      this.#written.add(file);
      try {
        // Readable for all, whatever the umask.
        fchmodSync(fd, 0o644);
        // The line's end is the lease's: what a longer one left behind it does not count.
        writeSync(fd, `${JSON.stringify({ ...this.#here, owner: this.#owner })}\n`, 0);
      } finally {
        closeSync(fd);
      }
      return undefined;
    });
  }

  /** The owner of the lease in a file, if it is one and is still held. What cannot be read was not written by us. */
  #liveOwner(file: string): string | undefined {
    try {
      // Asked first, since most are not there, and an exception takes far longer.
      if (!statusOf(file)?.isFile()) return undefined;
      const { owner, ...holder } = JSON.parse(firstLine(file));
      if (!stillHolds(holder, this.#here)) return undefined;
      // It goes into messages, where a new line could start a workflow command of the writer's.
      return `${owner}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
    } catch (error) {
      if (isOutOfFiles(error)) throw error;
      return undefined;
    }
  }

  /** The directories of all other users. Each can have but one, so that nobody can make us look into thousands. */
  #neighbours(): string[] {
    const names = this.#attempt(() => readdirSync(this.#root)) ?? [];
    return names
      .filter((name) => {
        if (!name.startsWith(prefix) || join(this.#root, name) === this.#directory) return false;
        const status = statusOf(join(this.#root, name));
        return status?.isDirectory() && (this.#uid === undefined || name === prefix + status.uid);
      })
      .map((name) => join(this.#root, name));
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
    return join(this.#directory, `${port}.${type === 'dgram' ? 'udp' : 'tcp'}`);
  }
}

/** The directory that all users of a machine share. On Unix it is sticky: nobody can take away what is another's. */
export function sharedDirectory(platform: string, environment: NodeJS.ProcessEnv): string {
  return platform === 'win32' ? (environment.ProgramData ?? 'C:\\ProgramData') : '/tmp';
}

/** What is at a path; undefined for nothing, and for what is closed to us. */
function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function firstLine(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | cautiously);
  try {
    const buffer = Buffer.alloc(longestLease);
    return buffer.toString('utf8', 0, readSync(fd, buffer)).split('\n', 1)[0] ?? '';
  } finally {
    closeSync(fd);
  }
}
