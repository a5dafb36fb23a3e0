import type { Leases } from '../leases/leases.ts';
import { PortSet } from '../ports/port-set.ts';
import type { Allocation, Request } from '../request.ts';
import { ephemeralRange } from '../system/ephemeral-range.ts';
import { resolveHosts } from '../system/hosts.ts';
import { probeTarget } from '../system/probe.ts';
import { findBindBan } from '../system/sockets.ts';
import { allCandidates, candidateSets, orderCandidates, runsForBlocks } from './candidates.ts';
import { findBlock } from './find-block.ts';
import { candidateSource, findEach, type Source } from './find-each.ts';
import { describeNotices, describeWarnings } from './messages.ts';
import { OsChoice } from './os-choice.ts';
import { defaultPace, type Pace, Patience } from './pace.ts';
import { Reservations } from './reservations.ts';
import { canRetryHelp, describeImpossibility, describeShortage } from './shortage.ts';

/**
 * Finds unused ports and leases them.
 *
 * @param debug receives debug details
 * @throws Error if there are not enough; then nothing is leased
 */
export async function allocate(
  request: Request,
  leases: Leases,
  debug?: (detail: string) => void,
  pace: Pace = defaultPace,
): Promise<Allocation> {
  const { count, transports, family, host, range } = request;
  // On macOS and Windows this starts processes; they run during the look-up. On Windows they are slow, so only `auto`
  // starts them.
  const isNeeded = range === 'auto' || (range !== 'ephemeral' && process.platform !== 'win32');
  const reading = isNeeded ? ephemeralRange(transports) : undefined;
  const hosts = await resolveHosts(family, host);
  const ephemeral = await reading;
  if (ephemeral !== undefined) {
    debug?.(`The ephemeral range is ${ephemeral.ports} (${ephemeral.source}).`);
  }
  const sets = candidateSets(request, ephemeral?.ports ?? PortSet.of([]));
  const candidates = allCandidates(request, sets);
  const impossibility = describeImpossibility(request, candidates);
  if (impossibility !== undefined) throw new Error(impossibility);

  const reservations = new Reservations(leases, probeTarget(transports, hosts), debug);
  reservations.beginRound();
  debug?.(leases.summary);
  const patience = new Patience(pace);
  for (let round = 0; ; round++) {
    const ports = await search({ request, sets, hosts }, reservations, patience);
    if (ports.length === count) {
      const { recordProblem, lookProblem } = leases;
      const { connectionsProblem } = reservations;
      return {
        ports,
        warnings: describeWarnings(
          ports,
          request,
          { recordProblem, lookProblem, connectionsProblem },
          ephemeral,
        ),
        notices: describeNotices(ports, request, reservations),
      };
    }
    // Give everything back first: two steps that hold on could wait for each other.
    reservations.release();
    const delay = canRetryHelp(request, candidates, reservations) ? pace.backoff[round] : undefined;
    // Steps that wait for each other's ports should not try again at the same time.
    if (delay !== undefined && !patience.isExhausted) {
      await pace.sleep(delay * (0.5 + Math.random()));
    }
    if (delay === undefined || patience.isExhausted) {
      const gaveUpAfter = patience.isExhausted ? pace.timeout : undefined;
      const bindBan = ports.length === 0 ? await findBindBan(transports) : undefined;
      const result = { found: ports.length, gaveUpAfter, bindBan };
      throw new Error(describeShortage(request, candidates, reservations, result));
    }
    reservations.beginRound();
  }
}

/** Where to search. */
interface SearchPlan {
  readonly request: Request;
  /** The ports to try besides preferred ones, best first. */
  readonly sets: readonly PortSet[];
  /** One address for each family. */
  readonly hosts: readonly string[];
}

/** One round of the search. Returns fewer ports than requested if it does not find all. */
async function search(
  { request, sets, hosts }: SearchPlan,
  reservations: Reservations,
  patience: Patience,
): Promise<readonly number[]> {
  const { count, prefer, exclude } = request;
  if (request.contiguous) {
    const runs = runsForBlocks(prefer, sets, exclude, count);
    return findBlock(count, runs, reservations, patience);
  }
  const candidates = candidateSource(orderCandidates(prefer, sets), reservations);
  if (request.range !== 'ephemeral') return findEach(count, candidates, reservations, patience);
  const osChoice = new OsChoice(request, hosts, reservations);
  try {
    const source: Source = async (wanted) =>
      (await candidates(wanted)) ?? (await osChoice.source(wanted));
    return await findEach(count, source, reservations, patience);
  } finally {
    await osChoice.close();
  }
}
