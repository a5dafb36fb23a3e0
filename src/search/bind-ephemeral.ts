import { isIPv6 } from 'node:net';
import { contains, type PortSet } from '../ports/port-set.ts';
import { type PortRequest, type SocketType, transportsOf } from '../request.ts';
import { codeOf } from '../system/errors.ts';
import { type BoundSocket, bind, close, refusalOf } from '../system/sockets.ts';
import type { Patience } from './pace.ts';
import type { Reservations } from './reservations.ts';

/**
 * Lets the OS choose the ports that are missing, as CPython's find_unused_port does: binds a socket of the family and
 * type to the host with port 0 and reads the number. No socket is closed before the last number is chosen, so that
 * they differ.
 *
 * @param found a port or undefined for each type, in order
 * @param hosts one address for each family
 * @param exclude never returned
 * @returns a port for each type, in order; undefined for those that the OS does not have
 */
export async function bindEphemeral(
  types: readonly SocketType[],
  found: readonly (number | undefined)[],
  hosts: readonly string[],
  exclude: PortSet,
  reservations: Reservations,
  patience: Patience,
): Promise<(number | undefined)[]> {
  const sockets: BoundSocket[] = [];
  const ports = [...found];
  const accepts = (request: PortRequest) =>
    !ports.includes(request.port) &&
    !contains(exclude, request.port) &&
    reservations.refusalOf(request) === undefined;
  try {
    while (ports.includes(undefined)) {
      const count = ports.filter((port) => port !== undefined).length;
      const chosen: PortRequest[] = [];
      for (const [slot, type] of types.entries()) {
        if (ports[slot] !== undefined) continue;
        const port = await chooseOne(type, hosts, accepts, sockets, patience);
        if (port === undefined) return ports;
        ports[slot] = port;
        chosen.push({ port, type });
        patience.note(count + chosen.length);
      }
      reservations.claim(chosen);
      const requests = types.map((type, slot) => ({ port: ports[slot] as number, type }));
      reservations.confirm(requests);
      for (const [slot, request] of requests.entries()) {
        if (reservations.refusalOf(request) !== undefined) ports[slot] = undefined;
      }
    }
  } finally {
    await Promise.all(sockets.map(close));
  }
  return ports;
}

/** Asks the OS until it gives a number that is accepted; undefined if it has none, or time has run out. */
async function chooseOne(
  type: SocketType,
  hosts: readonly string[],
  accepts: (request: PortRequest) => boolean,
  sockets: BoundSocket[],
  patience: Patience,
): Promise<number | undefined> {
  try {
    while (!patience.isExhausted) {
      const port = await bindToZero(type, hosts, sockets);
      if (port !== undefined && accepts({ port, type })) return port;
    }
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
  }
  return undefined;
}

/** A number that the OS chose; undefined if it is in use for the other transport or family. */
async function bindToZero(
  type: SocketType,
  hosts: readonly string[],
  sockets: BoundSocket[],
): Promise<number | undefined> {
  let port = 0;
  for (const transport of transportsOf(type)) {
    for (const host of hosts) {
      const ipv6Only = hosts.length > 1 && isIPv6(host);
      try {
        const socket = await bind(transport, { port, host, ipv6Only });
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
