import { readFileSync } from 'node:fs';
import { isOutOfFiles } from './errors.ts';

/**
 * The local ports of this machine's TCP connections, those in TIME_WAIT among them. A server that does not set
 * SO_REUSEADDR cannot bind such a port, but libuv sets it on every TCP socket, so that our own bind does not fail.
 * Listening sockets are left out: on those it does.
 *
 * Only Linux tells without a child process; elsewhere the answer is empty.
 *
 * @param directory where the kernel shows them
 */
export function connectedPorts(directory = '/proc/net'): Set<number> {
  // To read a table takes milliseconds even where it is empty. The counts come first.
  const counts = read(`${directory}/sockstat`) + read(`${directory}/sockstat6`);
  const { ipv4, ipv6, timeWait } = socketCounts(counts);
  const table = ipv4 + timeWait === 0 ? '' : read(`${directory}/tcp`);
  const table6 = ipv6 + timeWait === 0 ? '' : read(`${directory}/tcp6`);
  return new Set(parseTable(table + table6));
}

/**
 * How many TCP sockets of each family there are in any state but TIME_WAIT, and how many in that one, from
 * /proc/net/sockstat and sockstat6; NaN for what they do not tell. Source: net/ipv4/proc.c in Linux.
 */
export function socketCounts(text: string): { ipv4: number; ipv6: number; timeWait: number } {
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
    return ''; // No IPv6, no /proc, or another system: what is not shown is not seen.
  }
}
