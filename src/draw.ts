import { isIPv6 } from 'node:net';
import type { Request } from './allocate.ts';
import { codeOf, isOutOfFiles } from './errors.ts';
import type { Leases } from './leases.ts';
import { contains } from './port-set.ts';
import {
  type BoundSocket,
  bind,
  close,
  refusalOf,
  type SocketType,
  transportsOf,
} from './sockets.ts';

/**
 * Lets the OS choose the ports that are missing in `ports`, as CPython's find_unused_port does: binds a socket of
 * the family and type to the host with port 0 and reads the number. No socket is closed before the last number is
 * chosen, so that they differ.
 *
 * @param hosts one address for each family
 * @throws Error if the OS has no more
 */
export async function draw(
  { types, exclude }: Request,
  hosts: readonly string[],
  leases: Leases,
  ports: number[],
): Promise<void> {
  const sockets: BoundSocket[] = [];
  try {
    while (ports.length < types.length) {
      const type = types[ports.length] as SocketType;
      const port = await drawOne(type, hosts, sockets);
      if (port === undefined || contains(exclude, port) || ports.includes(port)) continue;
      const [owner] = leases.claim([{ port, type }]);
      if (owner === undefined) ports.push(port);
    }
  } catch (error) {
    const reason = isOutOfFiles(error)
      ? 'each takes a file descriptor until the last is chosen. Raise the limit (ulimit -n)'
      : codeOf(error) === 'EADDRINUSE' &&
        'every number of the ephemeral range is in use or excluded';
    if (reason === false) throw error;
    throw new Error(
      `Found ${ports.length} of ${types.length} unused ports with "range": ephemeral: ${reason} (${codeOf(error)})`,
      { cause: error },
    );
  } finally {
    await Promise.all(sockets.map(close));
  }
}

/** A number that the OS chose; undefined if it is in use for the other transport or family. */
async function drawOne(
  type: SocketType,
  hosts: readonly string[],
  sockets: BoundSocket[],
): Promise<number | undefined> {
  let port = 0;
  for (const transport of transportsOf(type)) {
    for (const host of hosts) {
      try {
        const socket = await bind(transport, {
          port,
          host,
          ipv6Only: hosts.length > 1 && isIPv6(host),
        });
        sockets.push(socket);
        ({ port } = socket.address() as { port: number });
      } catch (error) {
        if (port === 0 || refusalOf(codeOf(error), process.platform) === undefined) throw error;
        return undefined;
      }
    }
  }
  return port;
}
