import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { codeOf, isOutOfFiles } from '../system/errors.ts';
import { Directory } from './directory.ts';
import { currentJob, type Job } from './job.ts';
import { claimLines, headerLine, withdrawalLines } from './record.ts';
import { neighbours, ownDirectory, sharedDirectory } from './users.ts';

/** How long a record gets, so that everybody reads all of it. */
const maxRecordBytes = 256 * 1024;

/**
 * Who was given which numbers, for all users of the machine. In a directory that they share each user has one, and in
 * that each step has one record, which nobody else writes.
 *
 * A step writes its claims first and then looks at the records of others. Of two steps that claim one number the later
 * to look sees the other's claim, so they never both keep it, whatever socket, network or user they have.
 */
export class Leases {
  /** What steps are told that cannot write their claims, or cannot look at others'; undefined where they can. */
  recordProblem: string | undefined;
  lookProblem: string | undefined;

  readonly #root: string;
  readonly #here: Job = currentJob();
  readonly #header: string;
  #own: string | undefined;
  /** This step's record, once it is there. */
  #file: string | undefined;
  #bytes = 0;
  readonly #directories = new Map<string, Directory>();
  #owners: ReadonlyMap<number, string> = new Map();

  /**
   * Makes this user's directory.
   *
   * @param owner whom messages to other steps name
   * @param root the directory that all users share
   * @throws Error when no file descriptor is left, as everything here does
   */
  constructor(owner: string, root = sharedDirectory(process.platform, process.env)) {
    this.#root = root;
    this.#header = headerLine(this.#here, owner);
    this.#record(() => {
      const own = ownDirectory(root);
      prepare(own);
      this.#own = own;
    });
  }

  /** What is known, for the debug log. */
  get summary(): string {
    return `Leases are in ${this.#own ?? this.#root}: others have ${this.#owners.size} ports.`;
  }

  /** The owner of a number that another step has, as far as was seen. */
  ownerOf(port: number): string | undefined {
    return this.#owners.get(port);
  }

  /** Looks at the records of all users. */
  look(): void {
    this.#look(() => {
      if (this.#own !== undefined) this.#lookInto(this.#own, true);
    });
    this.#look(() => {
      for (const path of neighbours(this.#root, this.#own)) {
        try {
          this.#lookInto(path, true);
        } catch (error) {
          // What another user has closed to us, or removed, is none of our business.
          if (isOutOfFiles(error)) throw error;
        }
      }
    });
    this.#collectOwners();
    this.#record(() => {
      if (this.#file !== undefined) lstatSync(this.#file);
    });
  }

  /**
   * Looks at the records of this user again, and claims those of the numbers for which `ownerOf` then tells no owner.
   * They are this step's once a later `look` has shown that still nobody else has them.
   */
  claim(ports: readonly number[]): void {
    this.#look(() => {
      // Nearly always nothing has changed, and there can be many leases.
      if (this.#own !== undefined && this.#lookInto(this.#own, false)) this.#collectOwners();
    });
    const free = ports.filter((port) => !this.#owners.has(port));
    if (free.length > 0) this.#record(() => this.#append(claimLines(free)));
  }

  /** Gives back numbers that were claimed. */
  withdraw(ports: readonly number[]): void {
    if (ports.length > 0) this.#record(() => this.#append(withdrawalLines(ports)));
  }

  /** Gives back everything: deletes the record. */
  release(): void {
    if (this.#file === undefined) return;
    try {
      rmSync(this.#file, { force: true });
      this.#file = undefined;
      this.#bytes = 0;
    } catch {
      // On Windows somebody may have it open. It stays this step's record, and counts until the job ends.
    }
  }

  #lookInto(path: string, judgeAgain: boolean): boolean {
    const directory =
      this.#directories.get(path) ?? new Directory(path, path === this.#own, this.#here);
    this.#directories.set(path, directory);
    return directory.look(this.#file, judgeAgain);
  }

  #collectOwners(): void {
    const owners = new Map<number, string>();
    for (const { living } of this.#directories.values()) {
      for (const { ports, owner } of living) for (const port of ports) owners.set(port, owner);
    }
    this.#owners = owners;
  }

  #append(text: string): void {
    const first = this.#file === undefined;
    const lines = first ? this.#header + text : text;
    if (this.#bytes + lines.length > maxRecordBytes) throw new Error('the record is full');
    const file = this.#file ?? `${this.#own}/${process.pid}-${Math.random().toString(36).slice(2)}`;
    const flags = first ? constants.O_CREAT | constants.O_EXCL : 0;
    const fd = openSync(file, constants.O_WRONLY | constants.O_APPEND | flags, 0o644);
    this.#file = file;
    try {
      // Readable for all, whatever the umask.
      fchmodSync(fd, 0o644);
      const bytes = Buffer.from(lines);
      if (writeSync(fd, bytes) < bytes.length) throw new Error(`${file} cannot grow`);
      this.#bytes += bytes.length;
    } finally {
      closeSync(fd);
    }
  }

  /** Does what writing takes. After one failure nothing more is written: what is there may end in half a line. */
  #record(action: () => void): void {
    if (this.recordProblem !== undefined) return;
    this.recordProblem = problemOf(action);
  }

  #look(action: () => void): void {
    this.lookProblem = problemOf(action) ?? this.lookProblem;
  }
}

/** Why an action failed; undefined if it did not. */
function problemOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isOutOfFiles(error)) throw error;
    return String(error);
  }
}

/** Makes a directory that is this user's, and that all can read. */
function prepare(directory: string): void {
  try {
    mkdirSync(directory, 0o755);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const status = lstatSync(directory);
  if (!status.isDirectory() || status.uid !== (process.getuid?.() ?? status.uid)) {
    throw new Error(`${directory} is not a directory of this user's`);
  }
  chmodSync(directory, 0o755);
}
