import { isIPv6, Server } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { codeOf } from './errors.ts';
import { connectedPorts } from './proc-net-tcp.ts';
import {
  type BindRefusal,
  type BoundSocket,
  bind,
  close,
  type Endpoint,
  isAbsent,
  type PortRequest,
  refusalOf,
  type Transport,
  transportsOf,
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
  const tryAlone = platform === 'win32' || (platform !== 'linux' && transport === 'stream');
  return {
    alone: tryAlone ? addresses.map((host) => ({ host, ipv6Only: isIPv6(host) })) : [],
    held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }],
  };
}

/** The addresses to try by themselves, from what os.networkInterfaces() tells. */
export function specificAddresses(
  platform: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string[] {
  const found = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.map(({ address, scopeid }) => {
      const zone = platform === 'win32' ? scopeid : name;
      return scopeid ? `${address}%${zone}` : address;
    }),
  );
  return [...new Set(['127.0.0.1', '::1', ...found])];
}

/** What the probe learned of some numbers, and the sockets that it has on the unused ones. */
export interface Probed {
  /** Why each number is refused, in the order of the requests; undefined for one that is unused. */
  readonly refusals: readonly (BindRefusal | undefined)[];
  /** The local ports of TCP connections, which a bind does not tell on Linux. */
  connected(): ReadonlySet<number>;
  /** Closes the sockets. Until then no other probe on this machine gets any of the unused numbers. */
  release(): Promise<void>;
}

/**
 * Asks the system which numbers are unused, and holds these.
 *
 * @param hosts addresses of this machine that are tried besides those of its interfaces
 * @throws the system's error, with nothing held, where it does not speak of the number: too many open files, say
 */
export async function probe(
  requests: readonly PortRequest[],
  hosts: readonly string[],
): Promise<Probed> {
  const { platform } = process;
  const addresses =
    platform === 'linux' ? [] : [...specificAddresses(platform, networkInterfaces()), ...hosts];
  const sockets: BoundSocket[] = [];
  const release = async () => {
    await Promise.all(sockets.map(close));
  };

  const bindAll = async ({ port, type }: PortRequest): Promise<BindRefusal | undefined> => {
    for (const transport of transportsOf(type)) {
      const { alone, held } = probePlan(platform, transport, addresses);
      for (const place of [...alone, ...held]) {
        try {
          const socket = await bind(transport, { ...place, port });
          if (held.includes(place)) sockets.push(socket);
          else await close(socket);
        } catch (error) {
          const refusal = refusalOf(codeOf(error), platform);
          if (refusal !== undefined) return refusal;
          if (!isAbsent(codeOf(error))) throw error;
        }
      }
    }
    return undefined;
  };

  const results = await Promise.allSettled(requests.map(bindAll));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await release();
    throw failed.reason;
  }
  return {
    refusals: results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)),
    connected: () => connectedPorts(sockets.filter((socket) => socket instanceof Server).length),
    release,
  };
}
