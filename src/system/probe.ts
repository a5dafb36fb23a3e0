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
  unusableError,
} from './sockets.ts';

/** The transports and addresses for which a port must be free. */
export interface ProbeTarget {
  readonly transports: readonly Transport[];
  /** The machine's own addresses besides the wildcards, link-local ones with their zone: see `ownAddresses`. */
  readonly addresses: readonly string[];
  /** The wildcard address of each family that was asked for: without a bind on it no port is free. */
  readonly wildcards: readonly string[];
}

/** @param hosts one address for each family that was asked for */
export function probeTarget(
  transports: readonly Transport[],
  hosts: readonly string[],
): ProbeTarget {
  const wildcards = hosts.map((host) => (host.includes(':') ? '::' : '0.0.0.0'));
  return { transports, addresses: ownAddresses(process.platform, hosts), wildcards };
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
 * TCP) and Windows they do not, so each address is tried. For UDP on macOS the wildcards see all others, but anybody
 * may bind them below 1024, where only root may bind loopback.
 *
 * Sources: ip(7) and tcp(7); in_pcbbind and in6_pcbbind in XNU; "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" in
 * Microsoft's documentation; uv_tcp_bind in libuv's src/unix/tcp.c and src/win/tcp.c.
 */
export function probePlan(
  platform: string,
  transport: Transport,
  { addresses, wildcards }: Pick<ProbeTarget, 'addresses' | 'wildcards'>,
): ProbePlan {
  // Without a host Node listens on one dual-stack socket, or on 0.0.0.0 if that fails. Two sockets check the same,
  // whatever net.ipv6.bindv6only is, and show whether there is IPv6.
  if (platform === 'linux' && transport === 'stream' && !wildcards.includes('::')) {
    return { alone: [], held: [{}] };
  }
  return {
    alone: addressesAlone(platform, transport, addresses).map((host) => ({
      host,
      ipv6Only: isIPv6(host),
    })),
    held: [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }],
  };
}

function addressesAlone(
  platform: string,
  transport: Transport,
  addresses: readonly string[],
): readonly string[] {
  if (platform === 'linux') return [];
  return transport === 'stream' || platform === 'win32' ? addresses : ['127.0.0.1'];
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
  /** The free ports: nobody else can bind them until `close` is called. */
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

async function hold(port: number, target: ProbeTarget): Promise<BoundSocket[] | BindRefusal> {
  const sockets: BoundSocket[] = [];
  for (const transport of target.transports) {
    const { alone, held } = probePlan(process.platform, transport, target);
    let hasIpv4 = false;
    for (const place of [...alone, ...held]) {
      const { host } = place;
      const isV6 = host?.includes(':') === true;
      try {
        const socket = await bind(transport, { ...place, port });
        hasIpv4 ||= !isV6;
        if (held.includes(place)) sockets.push(socket);
        else await close(socket);
      } catch (error) {
        const code = codeOf(error);
        const refusal = explainBindError(code, process.platform);
        // Where IPv4 is permitted on a port and IPv6 is not, a sandbox forbids IPv6: there is none.
        const isMissing = isAbsent(code) || (isV6 && hasIpv4 && refusal === 'not permitted');
        const isRequired = host === undefined || target.wildcards.includes(host);
        if (isMissing && !isRequired) continue;
        await closeAll(sockets);
        if (isMissing) throw unusableError(transport, host, error);
        if (refusal !== undefined) return refusal;
        if (isOutOfFiles(error)) throw error;
        const where = host ?? 'all addresses';
        throw new Error(`Could not test port ${port} on ${where}: ${error}`, { cause: error });
      }
    }
  }
  return sockets;
}
