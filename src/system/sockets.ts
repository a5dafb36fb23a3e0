import type { Socket as UdpSocket } from 'node:dgram';
import type net from 'node:net';
import { createServer, isIPv6, type Server } from 'node:net';
import type { Transport } from '../request.ts';
import { codeOf } from './errors.ts';

/** Why a port cannot be given. */
export type BindRefusal = 'in use' | 'not permitted';

/** Where to bind a socket: `host` undefined is every address of both families, on one dual-stack socket. */
export interface Endpoint {
  readonly port: number;
  readonly host?: string | undefined;
  readonly ipv6Only?: boolean;
}

/** A bound socket: nobody else can bind its port until it is closed. */
export type BoundSocket = Server | UdpSocket | ListenlessSocket;

/** What Node 24.19 and newer have as `net.BoundSocket`. */
type ListenlessSocket = InstanceType<typeof net.BoundSocket>;

/**
 * Binds a TCP or a UDP socket. Where a bound TCP socket keeps others from its port only if it listens, it listens.
 *
 * @throws the system's error, with its `code`
 */
export async function bind(transport: Transport, endpoint: Endpoint): Promise<BoundSocket> {
  return (transport === 'stream' && bindOnly(endpoint)) || openSocket(transport, endpoint);
}

/**
 * Binds a TCP socket that does not listen: nobody can connect to it, no firewall asks whether Node may listen, and on
 * Windows it is one socket instead of 33. Undefined where Node cannot do that, and on Linux, where two such sockets can
 * have one port.
 *
 * Sources: in_pcbbind in XNU, where SO_REUSEADDR allows no second bind of an address; uv__tcp_try_bind and
 * uv__tcp_listen in libuv's src/win/tcp.c, which set no option and open 32 sockets for clients beside the listening one.
 */
function bindOnly({ host, port, ipv6Only = false }: Endpoint): ListenlessSocket | undefined {
  if (process.platform !== 'darwin' && process.platform !== 'win32') return undefined;
  const { BoundSocket }: Partial<typeof net> = process.getBuiltinModule('node:net');
  return BoundSocket && host !== undefined ? new BoundSocket({ host, port, ipv6Only }) : undefined;
}

function openSocket(transport: Transport, endpoint: Endpoint): Promise<Server | UdpSocket> {
  return new Promise((resolve, reject) => {
    const settle = (socket: Server | UdpSocket) => {
      socket.on('listening', () => resolve(socket));
      socket.on('error', (error) => close(socket).then(() => reject(error)));
    };
    if (transport === 'stream') {
      // Reset clients: an orderly close leaves TIME_WAIT, which could stop the real server.
      const server = createServer((connection) => connection.resetAndDestroy());
      settle(server);
      // If NODE_UNIQUE_ID makes Node act as a worker of node:cluster, sockets are shared unless they are exclusive.
      server.listen({ ...endpoint, exclusive: true });
    } else {
      const { createSocket } = process.getBuiltinModule('node:dgram');
      const { port, host: address = '::', ipv6Only = false } = endpoint;
      const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', ipv6Only });
      settle(socket);
      socket.bind({ port, address, exclusive: true });
    }
  });
}

/** An error for a socket that the system refuses whatever its port. */
export function unusableError(transport: Transport, host: string | undefined, cause: unknown) {
  const protocol = { stream: 'TCP', dgram: 'UDP' }[transport];
  const where = host === undefined ? '' : ` on ${host}`;
  return new Error(`This process can bind no ${protocol} port${where} (${codeOf(cause)})`, {
    cause,
  });
}

/**
 * Asks the system for any port.
 *
 * @returns the code with which it refuses, if this process is not permitted to bind one
 */
export async function findBindBan(transports: readonly Transport[]): Promise<string | undefined> {
  for (const transport of transports) {
    try {
      await close(await bind(transport, { host: '0.0.0.0', port: 0 }));
    } catch (error) {
      const code = codeOf(error);
      if (explainBindError(code, process.platform) === 'not permitted') return code;
    }
  }
  return undefined;
}

/** Closes a socket and waits until it is closed. A server that never listened counts as closed. */
export async function close(socket: BoundSocket): Promise<void> {
  if ('on' in socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  else socket.close();
}

/** Closes sockets and waits until all are closed. */
export async function closeAll(sockets: readonly BoundSocket[]): Promise<void> {
  await Promise.all(sockets.map(close));
}

/** Why a port is refused, from the code of a failed bind; undefined for codes that are not about the port. */
export function explainBindError(
  code: string | undefined,
  platform: string,
): BindRefusal | undefined {
  if (code === 'EADDRINUSE') return 'in use';
  if (code !== 'EACCES' && code !== 'EPERM') return undefined;
  // Windows: another user's exclusive socket, or a block of ports that Hyper-V keeps for itself.
  // Elsewhere: a port that only privileged processes may bind.
  return platform === 'win32' ? 'in use' : 'not permitted';
}

/**
 * Whether a failed bind means that the machine has no such address, or no such family. The address may be gone since
 * it was listed. If its interface is gone too, the code differs.
 */
export function isAbsent(code: string | undefined): boolean {
  return absent.includes(code);
}

const absent: readonly (string | undefined)[] = [
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EPROTONOSUPPORT',
  'EINVAL',
  'ENODEV',
  'ENXIO',
  'ENOTFOUND',
];
