import type { Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type Server } from 'node:net';
import type { Transport } from '../request.ts';

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

/**
 * Binds a TCP socket and listens on it, or binds a UDP socket.
 *
 * @throws the system's error, with its `code`
 */
export function bind(transport: Transport, endpoint: Endpoint): Promise<BoundSocket> {
  return new Promise((resolve, reject) => {
    const settle = (socket: BoundSocket) => {
      socket.on('listening', () => resolve(socket));
      socket.on('error', (error) => close(socket).then(() => reject(error)));
    };
    if (transport === 'stream') {
      // A reset turns clients away: after an orderly close TIME_WAIT would keep the number from
      // the server that it is meant for.
      const server = createServer((connection) => connection.resetAndDestroy());
      settle(server);
      server.listen(endpoint);
    } else {
      const { createSocket } = process.getBuiltinModule('node:dgram');
      const { port, host: address = '::', ipv6Only = false } = endpoint;
      const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', ipv6Only });
      settle(socket);
      socket.bind({ port, address });
    }
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

/**
 * Whether a failed bind says that the machine has no such address, or no such family. An address that has gone since it
 * was listed takes its network interface with it, which has codes of its own.
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
