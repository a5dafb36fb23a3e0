import type { Leases } from '../leases/leases.ts';
import {
  contains,
  format,
  intersect,
  type PortSet,
  portSet,
  size,
  subtract,
} from '../ports/port-set.ts';
import type { Allocation, Request, SocketType } from '../request.ts';
import { connectedPorts } from '../system/connections.ts';
import { type EphemeralRange, ephemeralRange } from '../system/ephemeral-range.ts';
import { resolveHosts } from '../system/hosts.ts';
import { ownAddresses, probe } from '../system/probe.ts';
import type { BindRefusal, PortRequest } from '../system/sockets.ts';
import { draw } from './bind-ephemeral.ts';
import { levels, runsForBlocks, shuffled, unreachable } from './candidates.ts';

type Refusal = BindRefusal | `leased to ${string}`;

/** Milliseconds before each further look. Other steps hold numbers for a moment, and may leave them after all. */
const pauses = [25, 50, 100, 200, 400, 800, 1600];
const longestSearch = 10_000;

/**
 * Finds unused ports and leases them.
 *
 * @throws Error if there are not enough; what was leased by then is left to the caller to withdraw
 */
export async function allocate(request: Request, leases: Leases): Promise<Allocation> {
  const { types, range } = request;
  const deadline = Date.now() + longestSearch;
  const hosts = await resolveHosts(request.family, request.host);
  const ephemeral = range === 'auto' ? await ephemeralRange() : undefined;
  const search = new Search({
    ...request,
    addresses: ownAddresses(process.platform, hosts),
    leases,
    ephemeral: ephemeral?.ports ?? [],
    deadline,
  });
  const ports = await search.run();
  if (range === 'ephemeral') await draw(request, hosts, leases, deadline, ports);
  if (ports.length < types.length) throw new Error(search.shortage());
  return { ports, warnings: warningsOn(ports, request, leases, ephemeral) };
}

interface Given extends Request {
  readonly addresses: readonly string[];
  readonly leases: Leases;
  readonly ephemeral: PortSet;
  readonly deadline: number;
}

/** A search for all ports of a request. */
class Search {
  readonly #ports: number[] = [];
  /** Why numbers were refused, by number and type: one can be unused for UDP and in use for TCP. */
  readonly #refused = new Map<string, Refusal>();
  /** The local ports of TCP connections, as they were when last looked at. */
  #connected: ReadonlySet<number> = new Set();
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  /** The ports, or as many of them as there are. */
  async run(): Promise<number[]> {
    const { types, contiguous, range, leases, deadline } = this.#given;
    for (const pause of [...pauses, 0]) {
      this.#refused.clear();
      this.#connected = new Set();
      leases.forget();
      await (contiguous ? this.#findBlock() : this.#findEach());
      const mayChange = [...this.#refused.values()].some((refusal) => refusal !== 'not permitted');
      const enough = this.#ports.length === types.length;
      if (enough || !mayChange || Date.now() > deadline || range === 'ephemeral') break;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
    }
    return this.#ports;
  }

  /** Says how many ports were found, how many were asked for, and why there are no more. */
  shortage(): string {
    const { types, contiguous, range, exclude } = this.#given;
    const all = portSet([...this.#levels([])].flat());
    // By number: it can be refused for several types.
    const refused = new Map(
      [...this.#refused]
        .map(([key, reason]) => [Number.parseInt(key, 10), reason] as const)
        .filter(([port]) => contains(all, port)),
    );
    const used = portSet([...refused.keys()].map((port) => ({ first: port, last: port })));
    const inRow = subtract(subtract(all, exclude), used).map((run) => size([run]));
    const reasons = [...refused.values()];
    const count = (start: string) => reasons.filter((reason) => reason.startsWith(start)).length;
    const owners = new Set(reasons.filter((reason) => reason.startsWith('leased')));
    const to = [...owners].slice(0, 3).join('; ').replaceAll('leased ', '');
    return (
      `Found ${contiguous ? Math.max(0, ...inRow) : this.#ports.length} of ${types.length} unused ports` +
      `${contiguous ? ' in a row, or fewer,' : ''} with "range": ${typeof range === 'object' ? format(range).slice(0, 200) : range}. ` +
      `Of its ${size(all)} ports ${count('in use')} are in use, ${count('leased')} leased${to && ` (${to})`}, ` +
      `${count('not')} not permitted and ${size(intersect(all, exclude))} excluded. ` +
      'Ask for fewer, or widen the range.'
    );
  }

  *#levels(exclude = this.#given.exclude): Generator<PortSet> {
    const { range, ephemeral } = this.#given;
    if (range === 'ephemeral') return;
    for (const level of levels(range === 'auto' ? undefined : range, ephemeral)) {
      yield subtract(level, exclude);
    }
  }

  /** Adds a port for each type that has none yet, as far as there are any. */
  async #findEach(): Promise<void> {
    const { types } = this.#given;
    const ports = this.#ports;
    // Names can have types of their own: each run of one type is looked for at once.
    for (let type = types[ports.length]; type !== undefined; type = types[ports.length]) {
      const candidates = this.#candidates(type);
      let end = ports.length;
      while (types[end] === type) end++;
      while (ports.length < end) {
        const taken = await this.#take(candidates, end - ports.length);
        if (taken.length === 0) return;
        ports.push(...this.#settle(taken).map(({ port }) => port));
      }
    }
  }

  /** What to try, best first. */
  *#candidates(type: SocketType): Generator<PortRequest, void> {
    const passed = new Set(this.#ports);
    for (const port of this.#numbers()) {
      const known = passed.has(port) || this.#isKnown({ port, type });
      // One look at a range that others have leased can take long, where there are many of them.
      if (known && Date.now() > this.#given.deadline) return;
      if (known) continue;
      passed.add(port);
      yield { port, type };
    }
  }

  *#numbers(): Generator<number> {
    yield* this.#given.prefer;
    for (const level of this.#levels()) yield* shuffled(level);
  }

  /** Finds consecutive numbers, one for each type, if there are any. */
  async #findBlock(): Promise<void> {
    const { types, prefer, exclude, leases, deadline } = this.#given;
    const preferred = prefer
      .map((first) => ({ first, last: first + types.length - 1 }))
      .filter((run) => run.last <= 65535 && intersect([run], exclude).length === 0);
    // A block may lie across levels: each look takes in all the better ones.
    const levels = [...this.#levels()];
    const runs = levels.flatMap((_, i) =>
      runsForBlocks(portSet(levels.slice(0, i + 1).flat()), types.length),
    );
    for (const { first, last } of [...preferred, ...runs]) {
      for (let start = first; start + types.length - 1 <= last; ) {
        if (Date.now() > deadline) return;
        const block = types.map((type, i) => ({ port: start + i, type }));
        const taken = await this.#take(this.#fromItsEnd(block), block.length);
        if (taken.length === block.length && this.#settle(taken).length === block.length) {
          this.#ports.push(...block.map(({ port }) => port));
          return;
        }
        leases.withdraw(taken);
        // No block has a number that was refused. One was, or we would not be here.
        start += 1 + block.findLastIndex((request) => this.#isRefused(request));
      }
    }
  }

  /** A block from its end, up to the first number that is refused: the next block starts behind that. */
  *#fromItsEnd(block: readonly PortRequest[]): Generator<PortRequest, void> {
    for (const request of block.toReversed()) {
      if (this.#isKnown(request)) return;
      yield request;
      if (this.#isRefused(request)) return;
    }
  }

  /** Takes candidates, one after the other, until there are enough. */
  async #take(candidates: Iterator<PortRequest, void>, wanted: number): Promise<PortRequest[]> {
    const { addresses, leases } = this.#given;
    const taken: PortRequest[] = [];
    while (taken.length < wanted) {
      const { value } = candidates.next();
      if (!value) break;
      const refusal = await probe(value, addresses, () => leasedTo(leases.claim(value)));
      if (refusal === undefined) taken.push(value);
      this.#refuse(value, refusal);
    }
    return taken;
  }

  /** Gives back what somebody else has after all, and returns the rest. Looks once for many: the lists can be long. */
  #settle(taken: readonly PortRequest[]): PortRequest[] {
    const { leases } = this.#given;
    for (const [i, owner] of leases.others(taken).entries()) {
      this.#refuse(taken[i] as PortRequest, leasedTo(owner));
    }
    if (taken.some(({ type }) => type !== 'dgram')) this.#connected = connectedPorts();
    leases.withdraw(taken.filter((request) => this.#isRefused(request)));
    return taken.filter((request) => !this.#isRefused(request));
  }

  #refuse({ port, type }: PortRequest, reason: Refusal | undefined): void {
    if (reason !== undefined) this.#refused.set(`${port} ${type}`, reason);
  }

  #isRefused(request: PortRequest): boolean {
    const { port, type } = request;
    if (type !== 'dgram' && this.#connected.has(port)) this.#refuse(request, 'in use');
    return this.#refused.has(`${port} ${type}`);
  }

  /** Whether a number that is not ours yet need not be probed, since it is refused or leased. */
  #isKnown(request: PortRequest): boolean {
    this.#refuse(request, leasedTo(this.#given.leases.ownerOf(request)));
    return this.#isRefused(request);
  }
}

function leasedTo(owner: string | undefined): Refusal | undefined {
  return owner === undefined ? undefined : `leased to ${owner}`;
}

function warningsOn(
  ports: readonly number[],
  { types }: Request,
  { problem }: Leases,
  ephemeral: EphemeralRange | undefined,
): string[] {
  const assigned = ephemeral?.ports ?? [];
  const inside = ports.filter((port) => contains(assigned, port));
  const refused = unreachable(ports.filter((_, i) => types[i] !== 'dgram'));
  return [
    problem !== undefined &&
      `Ports cannot be recorded as handed out (${problem}): other steps may get the same ones.`,
    ephemeral?.assumed !== undefined &&
      `The ephemeral range could not be read (${ephemeral.assumed}): taken to be ${format(assigned)}.`,
    inside.length > 0 &&
      `Port ${inside.join(', ')} lies in this machine's ephemeral range (${format(assigned)}): the OS may assign ` +
        `it before the workflow binds it. Use another, or make the range smaller, as the README says.`,
    refused.length > 0 &&
      `Browsers refuse to connect to port ${refused.join(', ')} (a "bad port" in the Fetch standard).`,
  ].filter((warning) => warning !== false);
}
