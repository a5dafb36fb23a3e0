import { levels, runsForBlocks, shuffled } from './candidates.ts';
import { draw } from './draw.ts';
import { type EphemeralRange, ephemeralRange, remedy } from './ephemeral-range.ts';
import { type Family, resolveHosts } from './hosts.ts';
import type { Leases } from './leases.ts';
import { contains, format, intersect, type PortSet, portSet, size, subtract } from './port-set.ts';
import { type PortRequest, Probe, type SocketType } from './probe.ts';
import { Taker } from './take.ts';
import { browserRefused } from './well-known-ports.ts';

/** What a step asks for. */
export interface Request {
  /** The socket type of each port. */
  readonly types: readonly SocketType[];
  readonly family: Family;
  /** An address of this machine, or a name of one; undefined for the family's wildcard address. */
  readonly host: string | undefined;
  /** Where to look: `auto` is outside the ephemeral range, `ephemeral` leaves the choice to the OS. */
  readonly range: 'auto' | 'ephemeral' | PortSet;
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
}

/** Milliseconds before each further look. Other steps hold numbers for a moment, and may leave them after all. */
const pauses = [25, 50, 100, 200, 400, 800, 1600];

/**
 * Finds unused ports and leases them.
 *
 * @throws Error if there are not enough; what was leased by then is left to the caller to withdraw
 */
export async function allocate(request: Request, leases: Leases): Promise<Allocation> {
  const { types, range } = request;
  const hosts = await resolveHosts(request.family, request.host);
  const ephemeral = range === 'auto' ? await ephemeralRange() : undefined;
  const search = new Search(request, ephemeral?.ports ?? [], new Taker(new Probe(hosts), leases));
  const ports = await search.run();
  if (range === 'ephemeral') await draw(request, hosts, leases, ports);
  if (ports.length < types.length) throw new Error(search.shortage());
  return { ports, warnings: warningsOn(ports, request, leases, ephemeral) };
}

/** A search for all ports of a request, at all levels of preference. */
class Search {
  /** How many ports were found, or how many in a row. */
  #found = 0;
  readonly #request: Request;
  readonly #ephemeral: PortSet;
  readonly #taker: Taker;

  constructor(request: Request, ephemeral: PortSet, taker: Taker) {
    this.#request = request;
    this.#ephemeral = ephemeral;
    this.#taker = taker;
  }

  /** The ports, or as many of them as there are. */
  async run(): Promise<number[]> {
    const { types, contiguous, range } = this.#request;
    const { refused } = this.#taker;
    const ports: number[] = [];
    const look = () => (contiguous ? this.#findBlock(ports) : this.#findEach(ports));
    await look();
    for (const pause of range === 'ephemeral' ? [] : pauses) {
      const mayChange = [...refused.values()].some((refusal) => refusal !== 'not permitted');
      if (ports.length === types.length || !mayChange) break;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      refused.clear();
      await look();
    }
    return ports;
  }

  /** Says how many ports were found, how many were asked for, and why there are no more. */
  shortage(): string {
    const { types, contiguous, range, exclude } = this.#request;
    const refusals = [...this.#taker.refused.values()];
    const count = (start: string) => refusals.filter((refusal) => refusal.startsWith(start)).length;
    const leased = [...new Set(refusals.filter((refusal) => refusal.startsWith('leased')))];
    const all = portSet([...this.#levels([])].flat());
    return (
      `Found ${this.#found} of ${types.length} unused ports${contiguous ? ' in a row' : ''} with "range": ` +
      `${typeof range === 'object' ? format(range) : range}. Of its ${size(all)} ports ` +
      `${count('in use')} are in use, ${count('leased')} leased` +
      `${leased.length > 0 ? ` (${leased.slice(0, 3).join('; ')})` : ''}, ` +
      `${count('not permitted')} not permitted and ${size(intersect(all, exclude))} excluded. ` +
      'Ask for fewer ports, or give a wider range.'
    );
  }

  *#levels(exclude = this.#request.exclude): Generator<PortSet> {
    const { range } = this.#request;
    if (range === 'ephemeral') return;
    for (const level of levels(range === 'auto' ? undefined : range, this.#ephemeral)) {
      yield subtract(level, exclude);
    }
  }

  /** Adds a port for each type that has none in `ports` yet, as far as there are any. */
  async #findEach(ports: number[]): Promise<void> {
    const { types } = this.#request;
    // Names can have types of their own: each run of one type is looked for at once.
    for (let type = types[ports.length]; type !== undefined; type = types[ports.length]) {
      const candidates = this.#candidates(type, new Set(ports));
      let end = ports.length;
      while (types[end] === type) end++;
      while (ports.length < end) {
        const batch: PortRequest[] = [];
        while (batch.length < end - ports.length) {
          const { value, done } = candidates.next();
          if (done) break;
          batch.push(value);
        }
        if (batch.length === 0) return;
        const taken = await this.#taker.take(batch);
        ports.push(...batch.filter((_, i) => taken[i]).map(({ port }) => port));
        this.#found = ports.length;
      }
    }
  }

  /** What to try, best first. */
  *#candidates(type: SocketType, given: ReadonlySet<number>): Generator<PortRequest, undefined> {
    const passedOver = new Set(given);
    for (const port of this.#numbers()) {
      const request = { port, type };
      if (passedOver.has(port) || this.#taker.hasRefused(request)) continue;
      passedOver.add(port);
      yield request;
    }
    return undefined;
  }

  *#numbers(): Generator<number> {
    yield* this.#request.prefer;
    for (const level of this.#levels()) yield* shuffled(level);
  }

  /** Adds a block of consecutive numbers, one for each type, if there is one. */
  async #findBlock(ports: number[]): Promise<void> {
    const { types, prefer, exclude } = this.#request;
    const preferred = prefer
      .map((first) => ({ first, last: first + types.length - 1 }))
      .filter((run) => run.last <= 65535 && intersect([run], exclude).length === 0);
    // A block may lie across levels: each look takes in all the better ones.
    const levels = [...this.#levels()];
    const runs = levels.flatMap((level, i) =>
      level.length === 0 ? [] : runsForBlocks(portSet(levels.slice(0, i + 1).flat()), types.length),
    );
    this.#found = 0;
    for (const run of [...preferred, ...runs]) {
      let { first } = run;
      while (first + types.length - 1 <= run.last) {
        const requests = types.map((type, i) => ({ port: first + i, type }));
        const taken = await this.#taker.take(requests);
        const refused = taken.lastIndexOf(false);
        if (refused < 0) {
          ports.push(...requests.map(({ port }) => port));
          return;
        }
        this.#taker.giveBack(requests);
        this.#found = Math.max(this.#found, taken.indexOf(false));
        // No block has the number that was refused in it.
        first += refused + 1;
      }
    }
  }
}

function warningsOn(
  ports: readonly number[],
  { types }: Request,
  { problem }: Leases,
  ephemeral: EphemeralRange | undefined,
): string[] {
  const warnings: string[] = [];
  if (problem !== undefined) {
    warnings.push(
      `Ports that are handed out cannot be recorded on this machine (${problem}): ` +
        'other steps that run this action may get the same ones.',
    );
  }
  if (ephemeral?.assumed !== undefined) {
    warnings.push(
      `The ephemeral range of this machine could not be read (${ephemeral.assumed}) ` +
        `and is taken to be ${format(ephemeral.ports)}.`,
    );
  }
  const inside = ports.filter((port) => contains(ephemeral?.ports ?? [], port));
  if (inside.length > 0) {
    warnings.push(
      `Port ${inside.join(', ')} lies in the ephemeral range of this machine, since no other was left: the OS may ` +
        `give it to somebody else before the workflow binds it. Make the range smaller: ${remedy(process.platform)}`,
    );
  }
  const unreachable = ports.filter(
    (port, i) => types[i] !== 'dgram' && contains(browserRefused, port),
  );
  if (unreachable.length > 0) {
    warnings.push(
      `Browsers refuse to connect to port ${unreachable.join(', ')} (a "bad port" in the Fetch standard).`,
    );
  }
  return warnings;
}
