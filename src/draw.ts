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

/** Milliseconds after which the OS is not asked for yet another number. */
const longestDraw = 10_000;

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
  const given = new Set(ports);
  const slots = types.slice(ports.length).map((type) => ({ type, port: 0 }));
  const deadline = Date.now() + longestDraw;
  try {
    for (let open = slots; open.length > 0; ) {
      for (const slot of open) {
        do {
          if (Date.now() > deadline) throw Object.assign(new Error(), { code: 'ETIMEDOUT' });
          slot.port = (await drawOne(slot.type, hosts, sockets)) ?? 0;
        } while (slot.port === 0 || given.has(slot.port) || contains(exclude, slot.port));
        given.add(slot.port);
      }
      const owners = leases.claim(open);
      open = open.filter((_, i) => owners[i] !== undefined);
    }
    ports.push(...slots.map(({ port }) => port));
  } catch (error) {
    const reason = isOutOfFiles(error)
      ? 'they take a file descriptor each. Raise the limit (ulimit -n)'
      : 'the OS gives no others';
    const found = ports.length + slots.filter(({ port }) => port > 0).length;
    throw new Error(
      `Found ${found} of ${types.length} unused ports with "range": ephemeral: ${reason} (${codeOf(error)})`,
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
