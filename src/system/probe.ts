import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type PortRequest, type Transport, transportsOf } from '../request.ts';
import { codeOf, isOutOfFiles } from './errors.ts';
import {
  type BindRefusal,
  type BoundSocket,
  bind,
  close,
  type Endpoint,
  isAbsent,
  refusalOf,
} from './sockets.ts';

/** Where to bind on a system to learn that nobody has a number, on any address in either family. */
export interface ProbePlan {
  /** Bound and closed one after the other. */
  readonly alone: readonly Omit<Endpoint, 'port'>[];
  /** Bound last, and held together. */
  readonly held: readonly Omit<Endpoint, 'port'>[];
}

/**
 * Linux lets no wildcard address be bound while a specific one is, nor the other way round. macOS (with
 * SO_REUSEADDR, which libuv always sets for TCP) and Windows do, so that each address is tried by itself.
 *
 * Sources: ip(7) and tcp(7); in_pcbbind in XNU; "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" in Microsoft's
 * documentation; uv_tcp_bind in libuv's src/unix/tcp.c and src/win/tcp.c.
 *
 * @param addresses the machine's own addresses besides the wildcards, link-local ones with their zone
 */
export function probePlan(
  platform: string,
  transport: Transport,
  addresses: readonly string[],
): ProbePlan {
  // Without a host Node listens on one dual-stack socket, or on 0.0.0.0 where there is no IPv6. For UDP two
  // sockets say as much, whatever net.ipv6.bindv6only is.
  if (platform === 'linux' && transport === 'stream') return { alone: [], held: [{}] };
  const tryAlone = platform === 'win32' || transport === 'stream';
  return {
    alone: tryAlone ? addresses.map((host) => ({ host, ipv6Only: isIPv6(host) })) : [],
    held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }],
  };
}

/** The addresses to try by themselves, `hosts` among them. On Linux they are not asked for: `probePlan` has no use for them. */
export function ownAddresses(
  platform: string,
  hosts: readonly string[],
  interfaces = platform === 'linux' ? {} : networkInterfaces(),
): string[] {
  const found = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.map(({ address, scopeid }) => {
      const zone = platform === 'win32' ? scopeid : name;
      return scopeid ? `${address}%${zone}` : address;
    }),
  );
  // The wildcard addresses are bound last, and held.
  const specific = hosts.filter((host) => host !== '0.0.0.0' && host !== '::');
  return [...new Set(['127.0.0.1', '::1', ...found, ...specific])];
}

/**
 * Binds a number on every address, so that nobody else can until the sockets are closed.
 *
 * @param addresses those of `ownAddresses`
 * @returns the sockets, or why the number is refused
 * @throws Error that names the port and the address, where the system's answer does not speak of the number
 */
export async function hold(
  { port, type }: PortRequest,
  addresses: readonly string[],
): Promise<BoundSocket[] | BindRefusal> {
  const sockets: BoundSocket[] = [];
  for (const transport of transportsOf(type)) {
    const { alone, held } = probePlan(process.platform, transport, addresses);
    for (const place of [...alone, ...held]) {
      try {
        const socket = await bind(transport, { ...place, port });
        if (held.includes(place)) sockets.push(socket);
        else await close(socket);
      } catch (error) {
        const code = codeOf(error);
        if (isAbsent(code)) continue;
        const refusal = refusalOf(code, process.platform);
        await Promise.all(sockets.map(close));
        if (refusal !== undefined) return refusal;
        if (isOutOfFiles(error)) throw error;
        const where = place.host ?? 'all addresses';
        throw new Error(`Port ${port} cannot be tried on ${where}: ${error}`, { cause: error });
      }
    }
  }
  return sockets;
}
