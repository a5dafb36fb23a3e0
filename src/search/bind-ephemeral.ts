import { isIPv6 } from 'node:net';
import type { Leases } from '../leases/leases.ts';
import { contains } from '../ports/port-set.ts';
import { type Request, type SocketType, transportsOf } from '../request.ts';
import { codeOf, isOutOfFiles } from '../system/errors.ts';
import { type BoundSocket, bind, close, refusalOf } from '../system/sockets.ts';

/**
 * Lets the OS choose the ports that are missing in `ports`, as CPython's find_unused_port does: binds a socket of
 * the family and type to the host with port 0 and reads the number. No socket is closed before the last number is
 * chosen, so that they differ.
 *
 * @param hosts one address for each family
 * @param deadline when the OS is not asked for yet another number
 * @throws Error if the OS has no more
 */
export async function draw(
  { types, exclude }: Request,
  hosts: readonly string[],
  leases: Leases,
  deadline: number,
  ports: number[],
): Promise<void> {
  const sockets: BoundSocket[] = [];
  const given = new Set(ports);
  const shortage = (reason: string, cause?: unknown) =>
    new Error(
      `Found ${ports.length} of ${types.length} unused ports with "range": ephemeral: ${reason}`,
      { cause },
    );
  try {
    for (let type = types[ports.length]; type !== undefined; type = types[ports.length]) {
      if (Date.now() > deadline) throw shortage('the OS gives none but those that are refused');
      const port = await drawOne(type, hosts, sockets);
      if (port === undefined || given.has(port) || contains(exclude, port)) continue;
      given.add(port);
      const request = { port, type };
      const owner = leases.claim(request) ?? leases.others([request])[0];
      if (owner === undefined) ports.push(port);
      else leases.withdraw([request]);
    }
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') throw shortage('the OS has no others', error);
    if (!isOutOfFiles(error)) throw error;
    throw shortage('they take a file descriptor each: raise the limit (ulimit -n)', error);
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
