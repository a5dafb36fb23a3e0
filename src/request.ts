import type { PortSet } from './ports/port-set.ts';

/** AF_INET, AF_INET6 or both. */
export type Family = 'ipv4' | 'ipv6' | 'both';

/** SOCK_STREAM (TCP), SOCK_DGRAM (UDP) or both on one number. */
export type SocketType = 'stream' | 'dgram' | 'both';

/** What one socket can be. */
export type Transport = 'stream' | 'dgram';

/** The transports that a socket type means. */
export function transportsOf(type: SocketType): readonly Transport[] {
  return type === 'both' ? ['stream', 'dgram'] : [type];
}

/** What a step asks for. */
export interface Request {
  /** The socket type of each port. */
  readonly types: readonly SocketType[];
  readonly family: Family;
  /** An address of this machine, or a name of one; undefined for the family's wildcard address. */
  readonly host: string | undefined;
  /** Where to look: `auto` is outside the ephemeral range, `ephemeral` leaves the choice to the OS. */
  readonly range: 'auto' | 'ephemeral' | PortSet;
  /** Never returned, whether from the range or from `prefer`. */
  readonly exclude: PortSet;
  /** Tried first, in this order. */
  readonly prefer: readonly number[];
  /** Whether the ports are to be consecutive numbers. */
  readonly contiguous: boolean;
}

/** What a step gets. */
export interface Allocation {
  /** A port for each of the request's types, in order, no two the same. */
  readonly ports: readonly number[];
  /** What the reader should do something about. */
  readonly warnings: readonly string[];
  /** What became of preferred ports that were not to be had. */
  readonly notices: readonly string[];
}

/** A number, and the type of the sockets that are to be bound to it. */
export interface PortRequest {
  readonly port: number;
  readonly type: SocketType;
}
