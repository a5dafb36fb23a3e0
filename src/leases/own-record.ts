import { closeSync, constants, fchmodSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Job } from './job.ts';
import { headerLine, maxRecordBytes } from './record.ts';
import { retryOnWindows } from './retry.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Whose record it is. */
export interface Ownership {
  readonly job: Job;
  /** How other steps' messages name this step. */
  readonly owner: string;
}

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
  /** 0 until the file is this step's. */
  #bytes = 0;

  constructor(directory: string, ownership: Ownership) {
    this.path = `${directory}/${process.pid}-${randomText()}`;
    this.#ownership = ownership;
  }

  /**
   * Appends lines; before the first, the header.
   *
   * @throws the system's error, or one if the lines do not fit. They may be there in part.
   */
  append(lines: string): void {
    const isFirst = this.#bytes === 0;
    const bytes = Buffer.from(isFirst ? this.#makeHeader() + lines : lines);
    if (this.#bytes + bytes.length > maxRecordBytes) throw new Error('the record is full');
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

  /** Returns whether the record is gone. On Windows another process may have it open. */
  delete(): boolean {
    try {
      if (this.#bytes > 0) rmSync(this.path, { force: true });
      if (this.#mark !== undefined) rmSync(this.#mark, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  /** Makes the mark before the record that names it. */
  #makeHeader(): string {
    const { job, owner } = this.#ownership;
    if (job.started === undefined && job.temp !== undefined) this.#mark = makeMark(job.temp);
    return headerLine({ ...job, mark: this.#mark }, owner);
  }
}

/** Makes an empty file in RUNNER_TEMP. Its dot keeps it from `rm -rf $RUNNER_TEMP/*`. Undefined if that is not possible. */
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
