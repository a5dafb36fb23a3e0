import type { Leases } from '../leases/leases.ts';
import { PortSet } from '../ports/port-set.ts';
import type { Request } from '../request.ts';
import type { EphemeralRange } from '../system/ephemeral-range.ts';
import { findBadPorts } from './candidates.ts';
import { describeRefusal, type Refusals } from './reservations.ts';

const help =
  'https://github.com/find-unused-port/find-unused-port#make-the-ephemeral-range-smaller';

/** What a search could not write or read, if anything. */
export type Problems = Pick<Leases, 'recordProblem' | 'lookProblem'> & {
  readonly connectionsProblem?: string | undefined;
};

/** Problems the user should fix, each on one line. */
export function describeWarnings(
  ports: readonly number[],
  { transports, range, prefer }: Request,
  { recordProblem, lookProblem, connectionsProblem }: Problems,
  ephemeral: EphemeralRange | undefined,
): string[] {
  const assigned = ephemeral?.ports ?? PortSet.of([]);
  const inside = PortSet.of(ports).intersection(assigned);
  const isChosen = range !== 'auto' || inside.difference(PortSet.of(prefer)).size === 0;
  const refused = PortSet.of(transports.includes('stream') ? findBadPorts(ports) : []);
  return [
    recordProblem !== undefined &&
      `These ports are not reserved: ${recordProblem}. Other jobs may get them too.`,
    lookProblem !== undefined &&
      `Could not read other steps' ports (${lookProblem}), so this step may get the same ones.`,
    connectionsProblem !== undefined &&
      `Could not read TCP connections (${connectionsProblem}), so a server may find its port still in use.`,
    ephemeral?.assumed !== undefined &&
      (range === 'auto' || inside.size > 0) &&
      `Could not read the ephemeral range (${ephemeral.assumed}). Assumed the default, ${assigned}.`,
    inside.size > 0 &&
      `${inside.size > 1 ? `Ports ${inside} are` : `Port ${inside} is`} in this machine's ephemeral range ` +
        `(${assigned}): the OS may assign ${inside.size > 1 ? 'them' : 'it'} before your server binds ` +
        `${inside.size > 1 ? 'them' : 'it'}. ${isChosen ? 'Use another, or make' : 'Make'} that range smaller: ${help}`,
    refused.size > 0 &&
      `Browsers refuse to connect to port ${refused} (a "bad port" in the Fetch standard).`,
  ].filter((warning) => warning !== false);
}

/** The most preferred ports that notices explain. */
const maxNotices = 100;

/** Why preferred ports were not given, one line for each reason. */
export function describeNotices(
  ports: readonly number[],
  { prefer, contiguous }: Request,
  refusals: Refusals,
): string[] {
  const reasons = new Map<string, number[]>();
  const given = contiguous ? ports.slice(0, 1) : ports;
  for (const first of findTried(prefer.slice(0, maxNotices), given)) {
    // Any port of a block may be the reason.
    for (let port = first; port < first + (contiguous ? ports.length : 1); port++) {
      const refusal = refusals.refusalOf(port);
      if (refusal === undefined) continue;
      const reason = describeRefusal(refusal);
      reasons.set(reason, [...(reasons.get(reason) ?? []), port]);
    }
  }
  const instead = contiguous || ports.length === 1 ? `; took ${PortSet.of(ports)} instead` : '';
  return [...reasons].map(([reason, refused]) => {
    const set = PortSet.of(refused);
    return `${set} ${set.size > 1 ? 'are' : 'is'} ${reason}${instead}`;
  });
}

/** The preferred ports that were tried: if there were enough, those before the last given one. */
function findTried(prefer: readonly number[], ports: readonly number[]): readonly number[] {
  const isEnough = ports.every((port) => prefer.includes(port));
  return isEnough
    ? prefer.slice(
        0,
        prefer.findLastIndex((port) => ports.includes(port)),
      )
    : prefer;
}
