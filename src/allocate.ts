import { levels, runsForBlocks, shuffled, unreachable } from './candidates.ts';
import { draw } from './draw.ts';
import { type EphemeralRange, ephemeralRange, remedy } from './ephemeral-range.ts';
import { isOutOfFiles } from './errors.ts';
import { type Family, resolveHosts } from './hosts.ts';
import type { Leases } from './leases.ts';
import { contains, format, intersect, type PortSet, portSet, size, subtract } from './port-set.ts';
import { probe } from './probe.ts';
import type { BindRefusal, PortRequest, SocketType } from './sockets.ts';

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
  const hosts = await resolveHosts(request.family, request.host);
  const ephemeral = range === 'auto' ? await ephemeralRange() : undefined;
  const search = new Search({ ...request, hosts, leases, ephemeral: ephemeral?.ports ?? [] });
  const ports = await search.run();
  if (range === 'ephemeral') await draw(request, hosts, leases, ports);
  if (ports.length < types.length) throw new Error(search.shortage());
  return { ports, warnings: warningsOn(ports, request, leases, ephemeral) };
}

interface Given extends Request {
  readonly hosts: readonly string[];
  readonly leases: Leases;
  readonly ephemeral: PortSet;
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
    const { types, contiguous, range } = this.#given;
    const start = Date.now();
    for (const pause of [...pauses, 0]) {
      this.#refused.clear();
      this.#connected = new Set();
      await (contiguous ? this.#findBlock() : this.#findEach());
      const mayChange = [...this.#refused.values()].some((refusal) => refusal !== 'not permitted');
      const late = Date.now() - start > longestSearch;
      if (this.#ports.length === types.length || !mayChange || late || range === 'ephemeral') break;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
    }
    return this.#ports;
  }

  /** Says how many ports were found, how many were asked for, and why there are no more. */
  shortage(): string {
    const { types, contiguous, range, exclude } = this.#given;
    const all = portSet([...this.#levels([])].flat());
    const refused = [...this.#refused.keys()].map((key) => Number.parseInt(key, 10));
    const rest = subtract(
      subtract(all, exclude),
      portSet(refused.map((port) => ({ first: port, last: port }))),
    );
    const inRow = Math.max(0, ...rest.map((run) => size([run])));
    const reasons = [...this.#refused.values()];
    const count = (start: string) => reasons.filter((reason) => reason.startsWith(start)).length;
    const owners = new Set(reasons.filter((reason) => reason.startsWith('leased')));
    const to =
      owners.size > 0 ? ` (${[...owners].slice(0, 3).join('; ')})`.replaceAll('leased ', '') : '';
    return (
      `Found ${contiguous ? inRow : this.#ports.length} of ${types.length} unused ports` +
      `${contiguous ? ' in a row' : ''} with "range": ${typeof range === 'object' ? format(range).slice(0, 200) : range}. ` +
      `Of its ${size(all)} ports ${count('in use')} are in use, ${count('leased')} leased${to}, ` +
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
        const batch: PortRequest[] = [];
        while (batch.length < end - ports.length) {
          const { value, done } = candidates.next();
          if (done) break;
          batch.push(value);
        }
        if (batch.length === 0) return;
        const taken = await this.#take(batch);
        ports.push(...batch.filter((_, i) => taken[i]).map(({ port }) => port));
      }
    }
  }

  /** What to try, best first. */
  *#candidates(type: SocketType): Generator<PortRequest, undefined> {
    const passed = new Set(this.#ports);
    for (const port of this.#numbers()) {
      if (passed.has(port) || this.#isKnown({ port, type })) continue;
      passed.add(port);
      yield { port, type };
    }
    return undefined;
  }

  *#numbers(): Generator<number> {
    yield* this.#given.prefer;
    for (const level of this.#levels()) yield* shuffled(level);
  }

  /** Finds consecutive numbers, one for each type, if there are any. */
  async #findBlock(): Promise<void> {
    const { types, prefer, exclude } = this.#given;
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
        const block = types.map((type, i) => ({ port: start + i, type }));
        if (!block.some((request) => this.#isKnown(request))) {
          const taken = await this.#take(block);
          if (!taken.includes(false)) {
            this.#ports.push(...block.map(({ port }) => port));
            return;
          }
          this.#given.leases.withdraw(block);
        }
        // No block has a number that was refused.
        start += 1 + block.findLastIndex((request) => this.#isRefused(request));
      }
    }
  }

  /** Takes what can be had, as many at a time as there are file descriptors for: true for each that is ours. */
  async #take(requests: readonly PortRequest[]): Promise<boolean[]> {
    const taken: boolean[] = [];
    let atOnce = requests.length;
    while (taken.length < requests.length) {
      const some = requests.slice(taken.length, taken.length + atOnce);
      try {
        taken.push(...(await this.#takeAtOnce(some)));
      } catch (error) {
        this.#given.leases.withdraw(some);
        if (!isOutOfFiles(error) || atOnce === 1) throw error;
        atOnce = Math.ceil(atOnce / 2);
      }
    }
    return taken;
  }

  async #takeAtOnce(requests: readonly PortRequest[]): Promise<boolean[]> {
    const { refusals, connected, release } = await probe(requests, this.#given.hosts);
    try {
      for (const [i, request] of requests.entries()) this.#refuse(request, refusals[i]);
      const unused = requests.filter((request) => !this.#isRefused(request));
      for (const [i, owner] of this.#given.leases.claim(unused).entries()) {
        this.#refuse(unused[i] as PortRequest, owner && `leased to ${owner}`);
      }
      const mine = unused.filter((request) => !this.#isRefused(request));
      // A long table to read, and of no use where a block is incomplete as it is.
      const useful = mine.length === requests.length || !this.#given.contiguous;
      if (useful && mine.some(({ type }) => type !== 'dgram')) {
        this.#connected = connected();
        this.#given.leases.withdraw(mine.filter((request) => this.#isRefused(request)));
      }
      return requests.map((request) => !this.#isRefused(request));
    } finally {
      await release();
    }
  }

  #refuse({ port, type }: PortRequest, reason: Refusal | '' | undefined): void {
    if (reason) this.#refused.set(`${port} ${type}`, reason);
  }

  #isRefused(request: PortRequest): boolean {
    const { port, type } = request;
    if (type !== 'dgram' && this.#connected.has(port)) this.#refuse(request, 'in use');
    return this.#refused.has(`${port} ${type}`);
  }

  /** Whether a number that is not ours yet need not be probed, since it is refused or leased. */
  #isKnown(request: PortRequest): boolean {
    const owner = this.#given.leases.ownerOf(request);
    this.#refuse(request, owner && `leased to ${owner}`);
    return this.#isRefused(request);
  }
}

function warningsOn(
  ports: readonly number[],
  { types }: Request,
  { problem }: Leases,
  ephemeral: EphemeralRange | undefined,
): string[] {
  const inside = ports.filter((port) => contains(ephemeral?.ports ?? [], port));
  const refused = unreachable(ports.filter((_, i) => types[i] !== 'dgram'));
  return [
    problem !== undefined &&
      `Ports cannot be recorded as handed out (${problem}): other steps may get the same ones.`,
    ephemeral?.assumed !== undefined &&
      `The ephemeral range could not be read (${ephemeral.assumed}): taken to be ${format(ephemeral.ports)}.`,
    inside.length > 0 &&
      `Port ${inside.join(', ')} lies in this machine's ephemeral range: the OS may assign it before the workflow ` +
        `binds it. Make the range smaller: ${remedy(process.platform)}`,
    refused.length > 0 &&
      `Browsers refuse to connect to port ${refused.join(', ')} (a "bad port" in the Fetch standard).`,
  ].filter((warning) => warning !== false);
}
