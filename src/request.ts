import type { PortSet } from './ports/port-set.ts';

/** AF_INET, AF_INET6 or both. */
export type Family = 'ipv4' | 'ipv6' | 'both';

/** A transport protocol, named after its socket type: SOCK_STREAM is TCP, SOCK_DGRAM is UDP. */
export type Transport = 'stream' | 'dgram';

/** The ports that a step needs. */
export interface Request {
  readonly count: number;
  /** Each port is free for all of these. */
  readonly transports: readonly Transport[];
  readonly family: Family;
  /** An address of this machine, or a name of one; undefined for the family's wildcard address. */
  readonly host: string | undefined;
  /** Where to look: `auto` avoids the ephemeral range; with `ephemeral` the OS chooses. */
  readonly range: 'auto' | 'ephemeral' | PortSet;
  /** Never returned, neither from the range nor from `prefer`. */
  readonly exclude: PortSet;
  /** Tried first, in this order. None is in `exclude`. */
  readonly prefer: readonly number[];
  /** Whether the ports must be consecutive. */
  readonly contiguous: boolean;
}

/** The ports that a step gets, and messages about them. */
export interface Allocation {
  /** As many as requested, all different. */
  readonly ports: readonly number[];
  /** Problems the user should fix. */
  readonly warnings: readonly string[];
  /** Why preferred ports were not given. */
  readonly notices: readonly string[];
}
