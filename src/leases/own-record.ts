import { closeSync, constants, fchmodSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Job } from './job.ts';
import { headerLine, maxRecordBytes } from './record.ts';
import { retryOnWindows } from './retry.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;

/** The owner of a record. */
export interface Ownership {
  readonly job: Job;
  /** How other steps' messages name this step. */
  readonly owner: string;
}

/** Others have claimed the ports of this step so often that its record has no room for more claims. */
export class RecordFull extends Error {}

/**
 * This step's record: a file that nobody else writes, and that only grows.
 *
 * Readers remember by path how far they have read, so a record that was deleted must never come back. Its path is
 * random and fixed, and only the first write creates the file: after `delete`, claims need a new OwnRecord.
 */
export class OwnRecord {
  readonly path: string;
  readonly #ownership: Ownership;
  #mark: string | undefined;
  /** 0 until this step has created the file. */
  #bytes = 0;

  constructor(directory: string, ownership: Ownership) {
    this.path = `${directory}/${process.pid}-${randomText()}`;
    this.#ownership = ownership;
  }

  /**
   * Appends lines; before the first, the header.
   *
   * @throws RecordFull if the lines do not fit; the system's error, or an Error if only part of the lines was written
   */
  append(lines: string): void {
    const isFirst = this.#bytes === 0;
    const bytes = Buffer.from(isFirst ? this.#makeHeader() + lines : lines);
    if (this.#bytes + bytes.length > maxRecordBytes) {
      throw new RecordFull(
        "Other steps claimed this step's ports again and again: its record is full",
      );
    }
    const create = isFirst ? O_CREAT | O_EXCL : 0;
    const fd = retryOnWindows(() => openSync(this.path, O_WRONLY | O_APPEND | create, 0o644));
    this.#bytes += bytes.length;
    try {
      // Readable for all, whatever the umask.
      fchmodSync(fd, 0o644);
      if (writeSync(fd, bytes) < bytes.length) {
        throw new Error(`could write only part of a claim to ${this.path}`);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** @throws the system's error if the record is gone */
  check(): void {
    lstatSync(this.path);
  }

  /** Deletes the record and its mark. Returns whether they are gone: on Windows another process may have them open. */
  delete(): boolean {
    if (this.#bytes > 0 && !remove(this.path)) return false;
    // A mark without a record does no harm.
    if (this.#mark !== undefined) remove(this.#mark);
    return true;
  }

  /** Makes the mark too, if one is needed: before the record that names it. */
  #makeHeader(): string {
    const { job, owner } = this.#ownership;
    if (job.started === undefined && job.temp !== undefined) this.#mark = makeMark(job.temp);
    return headerLine({ ...job, mark: this.#mark }, owner);
  }
}

function remove(path: string): boolean {
  try {
    retryOnWindows(() => rmSync(path, { force: true }));
    return true;
  } catch {
    return false;
  }
}

/** Makes an empty file in RUNNER_TEMP; undefined if that fails. The dot keeps it safe from `rm -rf $RUNNER_TEMP/*`. */
function makeMark(temp: string): string | undefined {
  const path = `${temp}/.find-unused-port-${randomText()}`;
  try {
    closeSync(openSync(path, O_WRONLY | O_CREAT | O_EXCL, 0o644));
    return path;
  } catch {
    return undefined;
  }
}

function randomText(): string {
  return Math.random().toString(36).slice(2);
}
