import type { Leases } from '../leases/leases.ts';
import { format, type PortSet, subtract } from '../ports/port-set.ts';
import { type Allocation, type Request, transportsOf } from '../request.ts';
import { ephemeralRange } from '../system/ephemeral-range.ts';
import { resolveHosts } from '../system/hosts.ts';
import { ownAddresses } from '../system/probe.ts';
import { bindEphemeral } from './bind-ephemeral.ts';
import { runsForBlocks, shuffled, tiers } from './candidates.ts';
import { findBlock } from './find-block.ts';
import { findEach } from './find-each.ts';
import { LazyList } from './lazy-list.ts';
import { noticesOn, warningsOn } from './messages.ts';
import { defaultPace, type Pace, Patience } from './pace.ts';
import { Reservations } from './reservations.ts';
import { impossibility, mayChange, shortage } from './shortage.ts';

/**
 * Finds unused ports and leases them.
 *
 * @param debug is told what a reader of the debug log wants to know
 * @param pace how long to go on
 * @throws Error if there are not enough; then nothing is leased
 */
export async function allocate(
  request: Request,
  leases: Leases,
  debug?: (detail: string) => void,
  pace: Pace = defaultPace,
): Promise<Allocation> {
  const { types, range } = request;
  // On Windows it takes other processes, which run while hosts are looked up.
  const transports = [...new Set(types.flatMap(transportsOf))];
  const reading = range === 'auto' ? ephemeralRange(transports) : undefined;
  const hosts = await resolveHosts(request.family, request.host);
  const ephemeral = await reading;
  if (ephemeral !== undefined) {
    debug?.(`The ephemeral range is ${format(ephemeral.ports)} (${ephemeral.source}).`);
  }
  // The first set is nearly always enough.
  const sets = new LazyList(candidateSets(request, ephemeral?.ports ?? []));
  const impossible = impossibility(request, sets);
  if (impossible !== undefined) throw new Error(impossible);

  const reservations = new Reservations(leases, ownAddresses(process.platform, hosts), debug);
  const patience = new Patience(pace);
  for (let round = 0; ; round++) {
    reservations.startAgain();
    debug?.(leases.summary);
    const found = await search(request, sets, hosts, reservations, patience);
    const ports = found.filter((port) => port !== undefined);
    if (ports.length === types.length) {
      return {
        ports,
        warnings: warningsOn(ports, request, leases, ephemeral),
        notices: noticesOn(ports, request, reservations),
      };
    }
    // Two steps that kept what they have and waited for the rest could wait for each other.
    leases.release();
    const wait = pace.backoff[round];
    const isOver = patience.isExhausted;
    if (wait === undefined || isOver || !mayChange(request, sets, reservations)) {
      const gaveUpAfter = isOver ? pace.timeout : undefined;
      throw new Error(shortage(request, sets, ports.length, reservations, gaveUpAfter));
    }
    // Steps that wait for each other's numbers should not try again at the same time.
    await pace.sleep(wait * (0.5 + Math.random()));
  }
}

/** The numbers to try, besides preferred ones, best first. */
function* candidateSets({ range, exclude }: Request, ephemeral: PortSet): Generator<PortSet> {
  if (range === 'ephemeral') return;
  for (const tier of tiers(range === 'auto' ? undefined : range, ephemeral)) {
    yield subtract(tier, exclude);
  }
}

/** Goes through the numbers once. */
async function search(
  request: Request,
  sets: Iterable<PortSet>,
  hosts: readonly string[],
  reservations: Reservations,
  patience: Patience,
): Promise<readonly (number | undefined)[]> {
  const { types, prefer, exclude, range } = request;
  if (request.contiguous) {
    const runs = runsForBlocks(prefer, sets, exclude, types.length);
    return (await findBlock(types, runs, reservations, patience)) ?? [];
  }
  const found = await findEach(types, inOrder(prefer, sets), reservations, patience);
  if (range !== 'ephemeral') return found;
  return bindEphemeral(types, found, hosts, exclude, reservations, patience);
}

function* inOrder(prefer: readonly number[], sets: Iterable<PortSet>): Generator<number> {
  yield* prefer;
  for (const set of sets) yield* shuffled(set);
}
