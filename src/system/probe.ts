import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Transport } from '../request.ts';
import { codeOf, isOutOfFiles } from './errors.ts';
import {
  type BindRefusal,
  type BoundSocket,
  bind,
  close,
  closeAll,
  type Endpoint,
  explainBindError,
  isAbsent,
} from './sockets.ts';

/** What a port must be free for: for each transport, on all addresses. */
export interface ProbeTarget {
  readonly transports: readonly Transport[];
  /** The machine's own addresses besides the wildcards, link-local ones with their zone: see `ownAddresses`. */
  readonly addresses: readonly string[];
}

/** Where to bind on a system to learn whether a port is free on every address in both families. */
export interface ProbePlan {
  /** Bound and closed one after the other. */
  readonly alone: readonly Omit<Endpoint, 'port'>[];
  /** Bound last, and held together. */
  readonly held: readonly Omit<Endpoint, 'port'>[];
}

/**
 * On Linux wildcard and specific binds exclude each other. On macOS (with SO_REUSEADDR, which libuv always sets for
 * TCP) and Windows they do not, so each address is tried.
 *
 * Sources: ip(7) and tcp(7); in_pcbbind in XNU; "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" in Microsoft's
 * documentation; uv_tcp_bind in libuv's src/unix/tcp.c and src/win/tcp.c.
 */
export function probePlan(
  platform: string,
  transport: Transport,
  addresses: readonly string[],
): ProbePlan {
  // Without a host Node listens on one dual-stack socket, or on 0.0.0.0 if there is no IPv6. For UDP two sockets check
  // the same, whatever net.ipv6.bindv6only is.
  if (platform === 'linux' && transport === 'stream') return { alone: [], held: [{}] };
  const tryAlone = platform === 'win32' || transport === 'stream';
  return {
    alone: tryAlone ? addresses.map((host) => ({ host, ipv6Only: isIPv6(host) })) : [],
    held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }],
  };
}

/** The addresses to try by themselves, `hosts` included. On Linux `probePlan` needs none, so none are looked up. */
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

/** Ports that were probed together. */
export interface HeldPorts {
  /** Those that nobody else can bind until `close` is called. */
  readonly ports: readonly number[];
  readonly refused: ReadonlyMap<number, BindRefusal>;
  close(): Promise<void>;
}

/**
 * Binds each port on every address, so that nobody else can until the sockets are closed.
 *
 * @throws Error that names the port and the address if a bind fails for another reason; then nothing is held
 */
export async function holdAll(ports: readonly number[], target: ProbeTarget): Promise<HeldPorts> {
  const results = await Promise.allSettled(ports.map((port) => hold(port, target)));
  const held: number[] = [];
  const refused = new Map<number, BindRefusal>();
  const sockets: BoundSocket[] = [];
  for (const [i, port] of ports.entries()) {
    const result = results[i];
    if (result?.status !== 'fulfilled') continue;
    if (typeof result.value === 'string') {
      refused.set(port, result.value);
    } else {
      held.push(port);
      sockets.push(...result.value);
    }
  }
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await closeAll(sockets);
    throw failure.reason;
  }
  return { ports: held, refused, close: () => closeAll(sockets) };
}

async function hold(
  port: number,
  { transports, addresses }: ProbeTarget,
): Promise<BoundSocket[] | BindRefusal> {
  const sockets: BoundSocket[] = [];
  for (const transport of transports) {
    const { alone, held } = probePlan(process.platform, transport, addresses);
    for (const place of [...alone, ...held]) {
      try {
        const socket = await bind(transport, { ...place, port });
        if (held.includes(place)) sockets.push(socket);
        else await close(socket);
      } catch (error) {
        const code = codeOf(error);
        if (isAbsent(code)) continue;
        const refusal = explainBindError(code, process.platform);
        await closeAll(sockets);
        if (refusal !== undefined) return refusal;
        if (isOutOfFiles(error)) throw error;
        const where = place.host ?? 'all addresses';
        throw new Error(`Could not test port ${port} on ${where}: ${error}`, { cause: error });
      }
    }
  }
  return sockets;
}
