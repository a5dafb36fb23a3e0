import type { Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, Server } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { connectedPorts } from './proc-net-tcp.ts';

/** SOCK_STREAM (TCP), SOCK_DGRAM (UDP) or both on one number. */
export type SocketType = 'stream' | 'dgram' | 'both';

/** A number, and the type of the sockets that are to be bound to it. */
export interface PortRequest {
  readonly port: number;
  readonly type: SocketType;
}

/** Why a number cannot be handed out. */
export type BindRefusal = 'in use' | 'not permitted';

/** Where to bind a socket: `host` undefined is every address of both families, on one dual-stack socket. */
export interface Endpoint {
  readonly port: number;
  readonly host?: string | undefined;
  readonly ipv6Only?: boolean;
}

/** A bound socket: nobody else can bind its number until it is closed. */
export type BoundSocket = Server | UdpSocket;

type Transport = 'stream' | 'dgram';

/** The transports that a socket type means. */
export function transportsOf(type: SocketType): readonly Transport[] {
  return type === 'both' ? ['stream', 'dgram'] : [type];
}

/**
 * Binds a TCP socket and listens on it, or binds a UDP socket.
 *
 * @throws the system's error, with its `code`
 */
export async function bind(transport: Transport, endpoint: Endpoint): Promise<BoundSocket> {
  if (transport === 'stream') {
    // Whoever connects to the probe is turned away by a reset: after an orderly close TIME_WAIT would keep
    // the number from the server that it is meant for.
    const server = createServer((connection) => connection.resetAndDestroy());
    return settled(server, () => server.listen(endpoint));
  }
  const { port, host = '::', ipv6Only = false } = endpoint;
  // Loaded here, so that a step that asks for TCP alone does not pay for it.
  const { createSocket } = await import(/* webpackIgnore: true */ 'node:dgram');
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only });
  return settled(socket, () => socket.bind({ port, address: host }));
}

function settled(socket: BoundSocket, start: () => void): Promise<BoundSocket> {
  return new Promise((resolve, reject) => {
    socket.once('listening', () => resolve(socket));
    socket.once('error', (error) => {
      close(socket).then(() => reject(error), reject);
    });
    start();
  });
}

/** Closes a socket and waits until it is closed. A TCP socket that never listened counts as closed. */
export function close(socket: BoundSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}

/** What a failed bind says of the number; undefined when it says something else. */
export function refusalOf(code: string | undefined, platform: string): BindRefusal | undefined {
  if (code === 'EADDRINUSE') return 'in use';
  if (code !== 'EACCES' && code !== 'EPERM') return undefined;
  // Windows: another user's exclusive socket, or a block of numbers that Hyper-V keeps for itself.
  // Elsewhere: a number that only privileged processes may bind.
  return platform === 'win32' ? 'in use' : 'not permitted';
}

/** Whether a failed bind says that the machine has no such address, or no such family. */
export function isAbsent(code: string | undefined): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EPROTONOSUPPORT';
}

/** The sockets that must all bind for a number to be unused. */
export interface ProbePlan {
  /** Bound and closed one after the other. */
  readonly alone: readonly Omit<Endpoint, 'port'>[];
  /** Bound last and held together: while they are, no other probe gets past them. */
  readonly held: readonly Omit<Endpoint, 'port'>[];
}

/**
 * The sockets to bind on each system to learn that nobody has a number, on any address in either family.
 *
 * Linux lets no wildcard bind pass while a specific address is bound, nor the other way round. macOS
 * (with SO_REUSEADDR, which libuv always sets for TCP) and Windows do, so each address is tried by itself.
 * Sources: ip(7), tcp(7); XNU in_pcbbind; "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" in Microsoft's
 * Winsock documentation; uv_tcp_bind in libuv's src/unix/tcp.c and src/win/tcp.c.
 *
 * @param addresses the machine's own addresses besides the wildcards, link-local ones with their zone
 */
export function probePlan(
  platform: string,
  transport: Transport,
  addresses: readonly string[],
): ProbePlan {
  const wildcards = [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }];
  if (platform === 'linux') {
    // Without a host, Node listens on a dual-stack socket, or on 0.0.0.0 where there is no IPv6. For UDP
    // two sockets say the same whatever net.ipv6.bindv6only is.
    return { alone: [], held: transport === 'stream' ? [{}] : wildcards };
  }
  if (platform === 'darwin' && transport === 'dgram') return { alone: [], held: wildcards };
  return { alone: addresses.map((host) => ({ host, ipv6Only: isIPv6(host) })), held: wildcards };
}

/** The addresses to try by themselves, from what os.networkInterfaces() tells. */
export function specificAddresses(
  platform: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string[] {
  const found = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.map((info) => {
      if (info.family !== 'IPv6' || info.scopeid === 0) return info.address;
      return `${info.address}%${platform === 'win32' ? info.scopeid : name}`;
    }),
  );
  return [...new Set(['127.0.0.1', '::1', ...found])];
}

/** What the probe learned of some numbers, and the sockets that it still has on the unused ones. */
export interface Probed {
  /** Why each number is refused, in the order of the requests; undefined for one that is unused. */
  readonly refusals: readonly (BindRefusal | undefined)[];
  /** Closes the sockets. Until then no other probe on this machine gets any of the unused numbers. */
  release(): Promise<void>;
}

/** Asks the system which numbers are unused. */
export class Probe {
  readonly #platform = process.platform;
  readonly #addresses: readonly string[];

  /** @param hosts addresses of this machine that are tried besides those of its interfaces */
  constructor(hosts: readonly string[]) {
    this.#addresses =
      this.#platform === 'linux'
        ? []
        : [...new Set([...specificAddresses(this.#platform, networkInterfaces()), ...hosts])];
  }

  /**
   * Binds each number on all addresses of the machine, in both families.
   *
   * @throws the system's error, with nothing held, where it says nothing of the number: too many open
   *   files, for one
   */
  async hold(requests: readonly PortRequest[]): Promise<Probed> {
    const sockets: BoundSocket[] = [];
    const release = async () => {
      await Promise.all(sockets.map(close));
    };
    const results = await Promise.allSettled(
      requests.map(({ port, type }) => this.#holdOne(port, type, sockets)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await release();
      throw failed.reason;
    }
    const listening = sockets.filter((socket) => socket instanceof Server);
    const connected = listening.length > 0 ? connectedPorts(listening.length) : undefined;
    const refusals = results.map((result, i) => {
      const { port, type } = requests[i] as PortRequest;
      if (result.status === 'fulfilled' && result.value !== undefined) return result.value;
      return type !== 'dgram' && connected?.has(port) ? 'in use' : undefined;
    });
    return { refusals, release };
  }

  /** Adds to `sockets` those that hold the number; resolves to a refusal if there is one. */
  async #holdOne(
    port: number,
    type: SocketType,
    sockets: BoundSocket[],
  ): Promise<BindRefusal | undefined> {
    for (const transport of transportsOf(type)) {
      const { alone, held } = probePlan(this.#platform, transport, this.#addresses);
      for (const [place, keep] of [
        ...alone.map((endpoint) => [endpoint, false] as const),
        ...held.map((endpoint) => [endpoint, true] as const),
      ]) {
        try {
          const socket = await bind(transport, { ...place, port });
          if (keep) sockets.push(socket);
          else await close(socket);
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          const refusal = refusalOf(code, this.#platform);
          if (refusal !== undefined) return refusal;
          if (!isAbsent(code)) throw error;
        }
      }
    }
    return undefined;
  }
}
