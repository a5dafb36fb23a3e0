import type { Leases, Owner } from '../leases/leases.ts';
import { readConnections } from '../system/connections.ts';
import { holdAll, type ProbeTarget, probePlan } from '../system/probe.ts';
import type { BindRefusal } from '../system/sockets.ts';

/** Why this step cannot have a port. */
export type Refusal = BindRefusal | Owner;

/** The result of an attempt to claim ports. */
export interface Outcome {
  /** Claimed by this step, in order. They are its own if `confirm` does not give them back. */
  readonly reserved: readonly number[];
  readonly refused: readonly number[];
}

/** Knows why ports are refused. */
export type Refusals = Pick<Reservations, 'refusalOf'>;

/**
 * Reserves ports, so that of two steps at most one keeps a port: look, probe, look, write, look.
 *
 * The first look is at the start of a round. The probe holds the sockets until the claim is written, so on one network
 * the next step to bind the port sees the claim. docs/architecture.md has the argument.
 */
export class Reservations {
  /**
   * How many ports to reserve at a time: thirty sockets. A process starts with room for 64 descriptors, and
   * Linux stops all its threads to make more.
   */
  readonly batchSize: number;
  /** Why TCP connections could not be read at the last look. */
  connectionsProblem: string | undefined;

  readonly #leases: Leases;
  readonly #target: ProbeTarget;
  readonly #debug: ((detail: string) => void) | undefined;
  readonly #refused = new Map<number, Refusal>();

  /** @param debug receives a line for each refused port */
  constructor(leases: Leases, target: ProbeTarget, debug?: (detail: string) => void) {
    const held = target.transports.map(
      (transport) => probePlan(process.platform, transport, target).held.length,
    );
    this.batchSize = Math.floor(30 / held.reduce((sum, sockets) => sum + sockets));
    this.#leases = leases;
    this.#target = target;
    this.#debug = debug;
  }

  /** Forgets why ports were refused, and looks at everybody's leases afresh. */
  beginRound(): void {
    this.#refused.clear();
    this.#leases.lookAfresh();
  }

  /** Why this step cannot have a port, as far as is known in this round; undefined if nothing is. */
  refusalOf(port: number): Refusal | undefined {
    return this.#leases.ownerOf(port) ?? this.#refused.get(port);
  }

  /**
   * Probes ports, and claims those that are free.
   *
   * @param whole claims none if any is refused
   */
  async reserve(ports: readonly number[], whole = false): Promise<Outcome> {
    const held = await holdAll(ports, this.#target);
    try {
      for (const [port, refusal] of held.refused) {
        this.#refused.set(port, refusal);
        this.#report(port, refusal);
      }
      const refused = [...held.refused.keys()];
      if (whole && refused.length > 0) return { reserved: [], refused };
      const claimed = this.claim(held.ports, whole);
      return { ...claimed, refused: [...refused, ...claimed.refused] };
    } finally {
      await held.close();
    }
  }

  /**
   * Claims ports whose sockets the caller holds, except those that another step has.
   *
   * @param whole claims none if any is refused
   */
  claim(held: readonly number[], whole = false): Outcome {
    if (held.length === 0) return { reserved: [], refused: [] };
    this.#leases.look();
    const refused = held.filter((port) => this.#isRefused(port));
    if (whole && refused.length > 0) return { reserved: [], refused };
    const reserved = held.filter((port) => !refused.includes(port));
    this.#leases.write(reserved);
    return { reserved, refused };
  }

  /**
   * The last look, at everybody's leases and at TCP connections. Gives back the ports that another step has claimed
   * too, and those that a connection uses.
   *
   * @returns the ports that were given back
   */
  confirm(ports: readonly number[]): number[] {
    this.#leases.look();
    if (this.#target.transports.includes('stream')) {
      const connections = readConnections();
      this.connectionsProblem = connections.problem;
      // All of them are remembered, so that no search claims one after the other.
      for (const port of connections.ports) this.#refused.set(port, 'in use');
    }
    const lost = ports.filter((port) => this.#isRefused(port));
    this.#leases.withdraw(lost);
    return lost;
  }

  /** Gives back everything. */
  release(): void {
    this.#leases.release();
  }

  #isRefused(port: number): boolean {
    const refusal = this.refusalOf(port);
    if (refusal === undefined) return false;
    // The other step may give its lease back, but this round has passed over the port.
    this.#refused.set(port, refusal);
    this.#report(port, refusal);
    return true;
  }

  #report(port: number, refusal: Refusal): void {
    this.#debug?.(`Port ${port} is ${describeRefusal(refusal)}.`);
  }
}

/** A refusal in words. */
export function describeRefusal(refusal: Refusal): string {
  if (typeof refusal === 'string') return refusal;
  return refusal.isThisJob ? 'given to another step of this job' : `taken by ${refusal.name}`;
}
