import type { Leases } from '../leases/leases.ts';
import type { PortRequest, SocketType } from '../request.ts';
import { connectedPorts } from '../system/connections.ts';
import { hold } from '../system/probe.ts';
import { type BindRefusal, type BoundSocket, close } from '../system/sockets.ts';

/** Tells why a step cannot have a number, as far as it is known. */
export type Refusals = Pick<Reservations, 'refusalOf'>;

/** Why a step cannot have a number. */
export type Refusal = BindRefusal | { readonly leasedTo: string };

/**
 * How many numbers are held at a time: on Linux about thirty sockets. Linux stops all threads of a process to enlarge
 * its table of file descriptors, which begins with 64.
 */
export const batchSize: Record<SocketType, number> = { stream: 30, dgram: 15, both: 10 };

/** The numbers that this step has claimed, and those that it cannot have, with the reasons. */
export class Reservations {
  readonly #leases: Leases;
  readonly #addresses: readonly string[];
  readonly #debug: ((detail: string) => void) | undefined;
  readonly #refused: Record<SocketType, Map<number, Refusal>> = {
    stream: new Map(),
    dgram: new Map(),
    both: new Map(),
  };

  /**
   * @param addresses those to try a number on
   * @param debug is told of each number that is refused
   */
  constructor(leases: Leases, addresses: readonly string[], debug?: (detail: string) => void) {
    this.#leases = leases;
    this.#addresses = addresses;
    this.#debug = debug;
  }

  /** Forgets why numbers were refused, and looks at the leases of all others. */
  startAgain(): void {
    for (const refusals of Object.values(this.#refused)) refusals.clear();
    this.#leases.look();
  }

  /** Why this step cannot have a number for a type, as far as it is known. */
  refusalOf({ port, type }: PortRequest): Refusal | undefined {
    const owner = this.#leases.ownerOf(port);
    return this.#refused[type].get(port) ?? (owner === undefined ? undefined : { leasedTo: owner });
  }

  /**
   * Claims numbers that nobody has. Their sockets are held meanwhile, so that of two steps on one network the first
   * gets them.
   */
  async reserve(requests: readonly PortRequest[]): Promise<void> {
    const held: PortRequest[] = [];
    const sockets: BoundSocket[] = [];
    try {
      const answers = await Promise.allSettled(
        requests.map((request) => hold(request, this.#addresses)),
      );
      const failures: unknown[] = [];
      for (const [i, request] of requests.entries()) {
        const answer = answers[i] as PromiseSettledResult<BoundSocket[] | BindRefusal>;
        if (answer.status === 'rejected') failures.push(answer.reason);
        else if (typeof answer.value === 'string') this.#refuse(request, answer.value);
        else {
          held.push(request);
          sockets.push(...answer.value);
        }
      }
      if (failures.length > 0) throw failures[0];
      if (held.length > 0) this.claim(held);
    } finally {
      await Promise.all(sockets.map(close));
    }
  }

  /** Claims numbers whose sockets are held, but for those that another step of this user has claimed. */
  claim(requests: readonly PortRequest[]): void {
    this.#leases.claim(requests.map(({ port }) => port));
    this.#refuseLeased(requests);
  }

  /** Tries a number that is claimed already for another type. */
  async tryFor(request: PortRequest): Promise<void> {
    if (this.refusalOf(request) !== undefined) return;
    const answer = await hold(request, this.#addresses);
    if (typeof answer === 'string') this.#refuse(request, answer);
    else await Promise.all(answer.map(close));
  }

  /**
   * Looks once more, after all numbers are claimed. Gives back what another step has claimed meanwhile, and what TCP
   * connections still have: a server without SO_REUSEADDR could not bind those.
   */
  confirm(requests: readonly PortRequest[]): void {
    this.#leases.look();
    const streams = requests.filter(({ type }) => type !== 'dgram');
    const connected = streams.length > 0 ? connectedPorts() : new Set<number>();
    for (const request of streams) {
      if (connected.has(request.port)) this.#refuse(request, 'in use');
    }
    this.#leases.withdraw(this.#refuseLeased(requests).map(({ port }) => port));
  }

  /** Gives back everything. The record starts afresh: however many blocks are tried, it does not grow. */
  release(): void {
    this.#leases.release();
  }

  /** Notes which numbers others have claimed, and returns all that are refused. */
  #refuseLeased(requests: readonly PortRequest[]): PortRequest[] {
    return requests.filter((request) => {
      const refusal = this.refusalOf(request);
      if (refusal !== undefined) this.#refuse(request, refusal);
      return refusal !== undefined;
    });
  }

  #refuse(request: PortRequest, refusal: Refusal): void {
    const { port, type } = request;
    if (this.#refused[type].has(port)) return;
    this.#refused[type].set(port, refusal);
    this.#debug?.(`Port ${port} (${type}) is ${words(refusal)}.`);
  }
}

/** A refusal, as messages put it. */
export function words(refusal: Refusal): string {
  return typeof refusal === 'string' ? refusal : `leased to ${refusal.leasedTo}`;
}
