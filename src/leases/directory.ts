import { readdirSync, rmSync } from 'node:fs';
import { isOutOfFiles } from '../system/errors.ts';
import { type Job, stateOf } from './job.ts';
import { ReadRecord } from './record.ts';
import { statusOf } from './users.ts';

/** What is read of another user's directory at most, whatever is in it. This user's own is read whole. */
const maxNames = 1000;
const maxBytes = 1024 * 1024;

/** After this time a file of this user's goes even if nobody can tell what became of its job. */
const keptMilliseconds = 5 * 24 * 60 * 60 * 1000;

/** The records of one user, as they were when last looked at. */
export class Directory {
  readonly #path: string;
  /** Whether it is this user's own. */
  readonly #own: boolean;
  readonly #here: Job;
  #records = new Map<string, ReadRecord>();
  #living = new Set<ReadRecord>();
  #bytes = 0;

  constructor(path: string, own: boolean, here: Job) {
    this.#path = path;
    this.#own = own;
    this.#here = here;
  }

  /** The records whose jobs still live. */
  get living(): ReadonlySet<ReadRecord> {
    return this.#living;
  }

  /**
   * Reads what is new, and deletes what jobs of this user have left that have ended.
   *
   * @param except the path of this step's own record
   * @param judgeAgain whether to ask again if jobs live that did when last asked
   * @returns whether anything has changed that counts
   * @throws the system's error where the directory cannot be listed, or no file descriptor is left
   */
  look(except: string | undefined, judgeAgain: boolean): boolean {
    const names = readdirSync(this.#path).slice(0, this.#own ? undefined : maxNames);
    const before = this.#records;
    const lived = judgeAgain ? undefined : this.#living;
    this.#records = new Map();
    this.#living = new Set();
    let hasChanged = judgeAgain;
    for (const name of names) {
      const path = `${this.#path}/${name}`;
      if (path === except || !/^\d+-[a-z0-9]+$/.test(name)) continue;
      const status = statusOf(path);
      if (!status?.isFile()) continue;
      const record = before.get(path) ?? new ReadRecord(path);
      this.#records.set(path, record);
      if (status.size > record.bytes && this.#read(record) > 0) hasChanged = true;
      if (lived?.has(record)) this.#living.add(record);
      else this.#judge(record, path, Date.now() - status.mtimeMs);
    }
    return hasChanged;
  }

  /** Reads on in a record. Returns how many bytes. */
  #read(record: ReadRecord): number {
    const before = record.bytes;
    try {
      record.read(this.#own ? Number.POSITIVE_INFINITY : maxBytes - this.#bytes);
    } catch (error) {
      // A file that is locked or closed to us, or gone by now, is tried again at the next look.
      if (isOutOfFiles(error)) throw error;
    }
    const count = record.bytes - before;
    this.#bytes += count;
    return count;
  }

  #judge(record: ReadRecord, path: string, milliseconds: number): void {
    const state = record.job && stateOf(record.job, this.#here, this.#own);
    if (state === 'living') this.#living.add(record);
    else if (this.#own && (state === 'ended' || milliseconds > keptMilliseconds)) remove(path);
  }
}

/** Deletes a file if possible. On Windows somebody may have it open. */
function remove(path: string): void {
  try {
    rmSync(path);
  } catch {
    // Another step was faster, or the next one to look tries again.
  }
}
