import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type Job, parseJob } from './job.ts';

// Nothing that a neighbour plants leads us elsewhere or makes us wait. Windows has no such flags, and opens files
// without them.
const safeOpenFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const buffer = Buffer.alloc(64 * 1024);

/** The first line of a record: whose it is, and what a message about it calls the owner. */
export function headerLine(job: Job, owner: string): string {
  return `${JSON.stringify({ ...job, owner: printable(owner) })}\n`;
}

/** The lines that add numbers to a record. */
export function claimLines(ports: readonly number[]): string {
  return ports.map((port) => `${port}\n`).join('');
}

/** The lines that take numbers back. */
export function withdrawalLines(ports: readonly number[]): string {
  return ports.map((port) => `-${port}\n`).join('');
}

/**
 * The record of another step, as far as it has been read. Records only grow, so each look reads what is new. Anybody
 * may have written it: lines that say nothing are ignored, and a last line without an end is left for the next look.
 */
export class ReadRecord {
  /** Whose record it is; undefined until its first line is complete, or if that is not a header. */
  job: Job | undefined;
  owner = '';
  /** The numbers that it claims. */
  readonly ports = new Set<number>();
  /** How many bytes of it were read. */
  bytes = 0;

  readonly #path: string;
  #hasHeader = false;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads on, up to `limit` bytes.
   *
   * @throws the system's error where the file cannot be read
   */
  read(limit: number): void {
    const fd = openSync(this.#path, safeOpenFlags);
    try {
      for (let left = limit; left > 0; ) {
        const count = readSync(fd, buffer, 0, Math.min(left, buffer.length), this.bytes);
        if (count === 0) break;
        this.bytes += count;
        left -= count;
        this.#parse(buffer.toString('latin1', 0, count));
      }
    } finally {
      closeSync(fd);
    }
  }

  #parse(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() as string;
    if (!this.#hasHeader && lines.length > 0) {
      this.#hasHeader = true;
      this.#parseHeader(Buffer.from(lines.shift() as string, 'latin1').toString());
    }
    for (const line of lines) {
      const [, sign, digits] = /^(-?)(\d{1,5})$/.exec(line) ?? [];
      if (digits === undefined) continue;
      if (sign === '-') this.ports.delete(Number(digits));
      else this.ports.add(Number(digits));
    }
  }

  #parseHeader(line: string): void {
    try {
      const value = JSON.parse(line);
      this.job = parseJob(value);
      this.owner = printable(`${value.owner}`);
    } catch {
      // It is no record of ours.
    }
  }
}

/** A text that fits into a message, where a new line could start a workflow command of the writer's. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
