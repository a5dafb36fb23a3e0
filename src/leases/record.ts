import { type Job, parseJob } from './job.ts';

/** The maximum size of a record: no step writes or reads more. */
export const maxRecordBytes = 256 * 1024;

/** The first line of a record: the job, and the owner's name for messages. */
export function headerLine(job: Job, owner: string): string {
  return `${JSON.stringify({ ...job, owner: toPrintable(owner) })}\n`;
}

/** The lines that add ports to a record. */
export function claimLines(ports: readonly number[]): string {
  return ports.map((port) => `${port}\n`).join('');
}

/** The lines that remove ports from a record. */
export function withdrawalLines(ports: readonly number[]): string {
  return ports.map((port) => `-${port}\n`).join('');
}

/**
 * The text of a record, parsed as it grows. Anybody may have written it: unknown lines are ignored, and an unfinished
 * line waits for the rest of it.
 */
export class RecordText {
  /** The owning job; undefined if the header is incomplete or invalid. */
  job: Job | undefined;
  owner = '';
  readonly ports = new Set<number>();

  #hasHeader = false;
  #rest = '';

  append(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
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
      this.owner = toPrintable(`${value.owner}`);
    } catch {
      // Not written by this action.
    }
  }
}

/** Keeps a text short and on one line, so it cannot start a workflow command. */
function toPrintable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
