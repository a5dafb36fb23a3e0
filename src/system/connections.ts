import { readFileSync } from 'node:fs';
import { isOutOfFiles } from './errors.ts';

/**
 * The local ports of this machine's TCP connections, those in TIME_WAIT among them. A server that does not set
 * SO_REUSEADDR cannot bind such a port, but libuv sets it on every TCP socket, so that our own bind does not fail.
 * Listening sockets are left out: on those it does.
 *
 * Only Linux tells without a child process; elsewhere the answer is empty.
 */
export function connectedPorts(): Set<number> {
  // To read a table takes milliseconds even where it is empty. The counts come first.
  const counts = read('/proc/net/sockstat') + read('/proc/net/sockstat6');
  const { ipv4, ipv6, timeWait } = socketCounts(counts);
  const table = ipv4 + timeWait === 0 ? '' : read('/proc/net/tcp');
  const table6 = ipv6 + timeWait === 0 ? '' : read('/proc/net/tcp6');
  return new Set(parseTable(table + table6));
}

/**
 * How many TCP sockets of each family there are in any state but TIME_WAIT, and how many in that one, from
 * /proc/net/sockstat and sockstat6; NaN for what they do not tell. Source: net/ipv4/proc.c in Linux.
 */
export function socketCounts(text: string): { ipv4: number; ipv6: number; timeWait: number } {
  const count = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return {
    ipv4: count(/^TCP: inuse (\d+)/m),
    ipv6: count(/^TCP6: inuse (\d+)/m),
    timeWait: count(/^TCP: .* tw (\d+)/m),
  };
}

/** The local ports in /proc/net/tcp or tcp6, without the listening sockets (state 0A). See proc_pid_net(5). */
export function* parseTable(text: string): Generator<number> {
  for (const [, port = ''] of text.matchAll(
    /: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} (?!0A)/g,
  )) {
    yield Number.parseInt(port, 16);
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
