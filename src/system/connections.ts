import { readFileSync } from 'node:fs';
import { isOutOfFiles } from './errors.ts';

/** The TCP connections of this machine, including those in TIME_WAIT. */
export interface Connections {
  /** Their local ports. */
  readonly ports: ReadonlySet<number>;
  /** Why they are unknown. */
  readonly problem?: string;
}

/**
 * Reads the TCP connections. A server without SO_REUSEADDR cannot bind their ports, and the probe cannot see it, since
 * libuv sets that option on every TCP socket. Listening sockets are left out: the probe sees those.
 *
 * Linux only: elsewhere it takes a child process, and the answer is empty.
 *
 * @param directory where the kernel shows them. A /proc that shows only processes (subset=pid) has no /proc/net.
 */
export function readConnections(directory = '/proc/self/net'): Connections {
  if (process.platform !== 'linux') return { ports: new Set() };
  // Reading a table takes milliseconds even if it is empty, so read the counts first.
  const counts = readAll([`${directory}/sockstat`, `${directory}/sockstat6`]).text;
  const { ipv4, ipv6, timeWait } = parseSocketCounts(counts);
  const table = ipv4 + timeWait === 0 ? [] : [`${directory}/tcp`];
  const table6 = ipv6 + timeWait === 0 ? [] : [`${directory}/tcp6`];
  const { text, problems } = readAll([...table, ...table6]);
  const ports = new Set(parseTable(text));
  // A system without IPv6 has no second table.
  const [problem] = problems.length === table.length + table6.length ? problems : [];
  return table.length > 0 && problem !== undefined ? { ports, problem } : { ports };
}

/**
 * TCP sockets per family, and those in TIME_WAIT, from /proc/net/sockstat and sockstat6; NaN if missing.
 * Source: net/ipv4/proc.c in Linux.
 */
export function parseSocketCounts(text: string): { ipv4: number; ipv6: number; timeWait: number } {
  const count = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return {
    ipv4: count(/TCP: inuse (\d+)/),
    ipv6: count(/TCP6: inuse (\d+)/),
    timeWait: count(/TCP: .* tw (\d+)/),
  };
}

/** The local ports in /proc/net/tcp or tcp6, without the listening sockets (state 0A). See proc_pid_net(5). */
export function* parseTable(text: string): Generator<number> {
  for (const [, port] of text.matchAll(/: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (?!0A)/g)) {
    yield Number(`0x${port}`);
  }
}

/** The text of files, without those that cannot be read. */
function readAll(files: readonly string[]): { text: string; problems: string[] } {
  const problems: string[] = [];
  const texts = files.map((file) => {
    try {
      return readFileSync(file, 'latin1');
    } catch (error) {
      if (isOutOfFiles(error)) throw error;
      problems.push((error as Error).message);
      return '';
    }
  });
  return { text: texts.join(''), problems };
}
