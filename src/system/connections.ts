import { readFileSync } from 'node:fs';
import { isOutOfFiles } from './errors.ts';

/**
 * The local ports of this machine's TCP connections, including those in TIME_WAIT. A server without SO_REUSEADDR cannot
 * bind these, and our probe cannot tell, since libuv sets that option on every TCP socket. Listening sockets are left
 * out: the probe sees those.
 *
 * Linux only: elsewhere it takes a child process, and the answer is empty.
 *
 * @param directory where the kernel shows them
 */
export function connectedPorts(directory = '/proc/net'): Set<number> {
  // To read a table takes milliseconds even if it is empty, so the counts come first.
  const counts = read(`${directory}/sockstat`) + read(`${directory}/sockstat6`);
  const { ipv4, ipv6, timeWait } = parseSocketCounts(counts);
  const table = ipv4 + timeWait === 0 ? '' : read(`${directory}/tcp`);
  const table6 = ipv6 + timeWait === 0 ? '' : read(`${directory}/tcp6`);
  return new Set(parseTable(table + table6));
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

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (isOutOfFiles(error)) throw error;
    return ''; // No IPv6, no /proc, or another system.
  }
}
