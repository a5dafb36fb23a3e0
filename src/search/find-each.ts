import type { PortRequest, SocketType } from '../request.ts';
import { LazyList } from './lazy-list.ts';
import type { Patience } from './pace.ts';
import { batchSize, type Reservations } from './reservations.ts';

/** What to try for one of the ports that are wanted. */
interface Candidate extends PortRequest {
  /** The index of the port among those that are wanted. */
  readonly slot: number;
  /** The index of the number among those to try. */
  readonly index: number;
}

/**
 * Reserves a number for each type, and where types differ finds an assignment wherever there is one.
 *
 * @param numbers what to try, best first
 * @returns the ports in the order of the types; undefined for those that were not to be had
 */
export function findEach(
  types: readonly SocketType[],
  numbers: Iterable<number>,
  reservations: Reservations,
  patience: Patience,
): Promise<(number | undefined)[]> {
  return new Assignment(types, numbers, reservations, patience).complete();
}

class Assignment {
  readonly #types: readonly SocketType[];
  readonly #reservations: Reservations;
  readonly #patience: Patience;
  readonly #numbers: LazyList<number>;
  /** The index of the number with which each type goes on. */
  readonly #next = { stream: 0, dgram: 0, both: 0 };
  readonly #ports: (number | undefined)[];
  /** The slot that has a number. */
  readonly #slots = new Map<number, number>();

  constructor(
    types: readonly SocketType[],
    numbers: Iterable<number>,
    reservations: Reservations,
    patience: Patience,
  ) {
    this.#types = types;
    this.#numbers = new LazyList(numbers);
    this.#reservations = reservations;
    this.#patience = patience;
    this.#ports = types.map(() => undefined);
  }

  async complete(): Promise<(number | undefined)[]> {
    do {
      await this.#fill();
      await this.#reassign();
    } while (!this.#ports.includes(undefined) && !this.#confirm());
    return this.#ports;
  }

  /** Goes through the numbers in order, for as long as some slot has none. */
  async #fill(): Promise<void> {
    while (!this.#patience.isExhausted) {
      const batch: Candidate[] = [];
      for (const slot of this.#emptySlots()) {
        if (batch.length >= batchSize[this.#types[slot] as SocketType]) break;
        const candidate = this.#nextCandidate(slot, batch);
        if (candidate !== undefined) batch.push(candidate);
      }
      if (batch.length === 0) return;
      await this.#reserve(batch);
    }
  }

  /**
   * Fills the slots for which no number is left, by moving others from theirs: augmenting paths, as in Kuhn's
   * algorithm for bipartite matching.
   */
  async #reassign(): Promise<void> {
    let passed = new Set<number>();
    for (const slot of this.#emptySlots()) {
      if (await this.#makeRoom(slot, passed)) passed = new Set();
    }
  }

  /** Finds a number for a slot, if need be by moving another slot from its number. */
  async #makeRoom(slot: number, passed: Set<number>): Promise<boolean> {
    if (this.#patience.isExhausted) return false;
    const type = this.#types[slot] as SocketType;
    for (;;) {
      const candidate = this.#nextCandidate(slot, []);
      if (candidate === undefined) break;
      await this.#reserve([candidate]);
      if (this.#slots.has(candidate.port)) return true;
    }
    for (const [port, other] of [...this.#slots]) {
      if (this.#types[other] === type || passed.has(port)) continue;
      await this.#reservations.tryFor({ port, type });
      if (this.#reservations.refusalOf({ port, type }) !== undefined) continue;
      passed.add(port);
      if (await this.#makeRoom(other, passed)) {
        this.#assign(slot, port);
        return true;
      }
    }
    return false;
  }

  async #reserve(batch: readonly Candidate[]): Promise<void> {
    await this.#reservations.reserve(batch);
    for (const type of new Set(batch.map((candidate) => candidate.type))) {
      const candidates = batch.filter((candidate) => candidate.type === type);
      const got = candidates.filter(
        (candidate) => this.#reservations.refusalOf(candidate) === undefined,
      );
      // In the order of the slots: a preferred number that is refused moves those behind it up.
      for (const [i, { port }] of got.entries()) {
        this.#assign((candidates[i] as Candidate).slot, port);
      }
    }
    this.#goBackTo(Math.min(...batch.map(({ index }) => index)));
    this.#patience.note(this.#slots.size);
  }

  #assign(slot: number, port: number): void {
    this.#ports[slot] = port;
    this.#slots.set(port, slot);
  }

  /** Has all types try the numbers again that they have passed: what one cannot have is there for the others. */
  #goBackTo(index: number): void {
    for (const type of new Set(this.#types)) this.#next[type] = Math.min(this.#next[type], index);
  }

  /** Makes sure that nobody else has the ports. If somebody has, their slots are empty afterwards. */
  #confirm(): boolean {
    const requests = this.#ports.map((port, i) => ({
      port: port as number,
      type: this.#types[i] as SocketType,
    }));
    this.#reservations.confirm(requests);
    const lost = requests.filter((request) => this.#reservations.refusalOf(request) !== undefined);
    for (const { port } of lost) {
      this.#ports[this.#slots.get(port) as number] = undefined;
      this.#slots.delete(port);
    }
    this.#goBackTo(0);
    return lost.length === 0;
  }

  *#emptySlots(): Generator<number> {
    for (const [slot, port] of this.#ports.entries()) if (port === undefined) yield slot;
  }

  #nextCandidate(slot: number, batch: readonly Candidate[]): Candidate | undefined {
    const type = this.#types[slot] as SocketType;
    for (;;) {
      const index = this.#next[type];
      const port = this.#numbers.at(index);
      if (port === undefined) return undefined;
      this.#next[type]++;
      const isTaken = this.#slots.has(port) || batch.some((candidate) => candidate.port === port);
      if (isTaken || this.#reservations.refusalOf({ port, type }) !== undefined) continue;
      return { slot, index, port, type };
    }
  }
}
