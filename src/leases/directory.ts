import { closeSync, constants, lstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { codeOf, isOutOfFiles } from '../system/errors.ts';
import { type Job, maxAge, stateOf } from './job.ts';
import { maxRecordBytes, RecordText } from './record.ts';
import { retryOnWindows } from './retry.ts';
import type { Witness } from './witness.ts';

// Do not follow a planted link or wait for a planted pipe. Windows has no such flags, and opens files without them.
const safeOpenFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const buffer = Buffer.alloc(64 * 1024);

/** What a look may still read. It shrinks with each file, so that nobody can slow a step down for long. */
export interface Budget {
  /** Directories and names. */
  entries: number;
  bytes: number;
}

export const tooManyFiles = 'there are too many files or directories';

/** The job of this step, and the witness that it asks about other jobs. */
export interface Viewpoint {
  readonly here: Job;
  readonly witness: Witness;
}

/** A record of another step, as far as it has been read. */
interface ReadRecord {
  readonly text: RecordText;
  bytes: number;
}

/** The result of a look. */
export interface LookResult {
  /** Whether `living` may have changed. */
  readonly hasChanged: boolean;
  /** Why some of it could not be read; undefined if all was. */
  readonly problem: string | undefined;
}

/** The records of one user, as of the last look. */
export class Directory {
  readonly #path: string;
  /** Whether it is this user's. */
  readonly #isOwn: boolean;
  readonly #viewpoint: Viewpoint;
  /** By path: records only grow, and a deleted one never comes back. See OwnRecord. */
  #records = new Map<string, ReadRecord>();
  #living = new Set<RecordText>();

  constructor(path: string, isOwn: boolean, viewpoint: Viewpoint) {
    this.#path = path;
    this.#isOwn = isOwn;
    this.#viewpoint = viewpoint;
  }

  /** The records whose jobs still live. */
  get living(): ReadonlySet<RecordText> {
    return this.#living;
  }

  /**
   * Reads new records and lines. Deletes the records of this user's ended jobs.
   *
   * @param except the path of this step's own record
   * @throws the system's error if the directory cannot be listed, or no file descriptor is left
   */
  look(except: string | undefined, budget: Budget): LookResult {
    const recordsBefore = this.#records;
    const livingBefore = this.#living;
    const names = readdirSync(this.#path);
    this.#records = new Map();
    this.#living = new Set();
    let hasChanged = false;
    let problem: string | undefined;
    for (const name of names) {
      if (budget.entries-- <= 0 || budget.bytes <= 0) {
        problem = tooManyFiles;
        break;
      }
      const path = `${this.#path}/${name}`;
      if (path === except || !/^\d+-[a-z0-9]+$/.test(name)) continue;
      const record = recordsBefore.get(path) ?? { text: new RecordText(), bytes: 0 };
      let age = 0;
      try {
        const status = lstatSync(path);
        if (!status.isFile()) continue;
        age = (Date.now() - status.mtimeMs) / 1000;
        if (status.size > record.bytes) {
          readMore(path, record, budget);
          hasChanged = true;
        }
        if (record.bytes < Math.min(status.size, maxRecordBytes)) problem = tooManyFiles;
      } catch (error) {
        if (isOutOfFiles(error)) throw error;
        // The step has deleted it.
        if (codeOf(error) === 'ENOENT') continue;
        // Another user may deny access.
        if (this.#isOwn) problem = (error as Error).message;
      }
      this.#records.set(path, record);
      budget.bytes -= record.bytes;
      this.#judge(path, record.text, age);
    }
    return { hasChanged: hasChanged || this.#living.size !== livingBefore.size, problem };
  }

  #judge(path: string, record: RecordText, age: number): void {
    const { here, witness } = this.#viewpoint;
    const state = record.job && stateOf(record.job, here, witness, { isOwn: this.#isOwn, age });
    if (state === 'living') this.#living.add(record);
    // After the longest age of a lease, a record is deleted even if nothing is known of its job.
    else if (this.#isOwn && (state === 'ended' || age > maxAge)) remove(path);
  }
}

/** Reads the new part of a record, at most what a writer can write. */
function readMore(path: string, record: ReadRecord, { bytes }: Budget): void {
  const limit = Math.min(maxRecordBytes, bytes);
  const fd = retryOnWindows(() => openSync(path, safeOpenFlags));
  try {
    for (;;) {
      const length = Math.max(0, Math.min(limit - record.bytes, buffer.length));
      const count = readSync(fd, buffer, 0, length, record.bytes);
      if (count === 0) return;
      record.bytes += count;
      record.text.append(buffer.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}

/** Deletes a file if possible. On Windows another process may have it open. */
function remove(path: string): void {
  try {
    rmSync(path);
  } catch {
    // Another step deleted it, or the next look will.
  }
}
