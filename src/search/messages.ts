import type { Leases } from '../leases/leases.ts';
import { contains, format, setOf, size } from '../ports/port-set.ts';
import type { Request } from '../request.ts';
import type { EphemeralRange } from '../system/ephemeral-range.ts';
import { refusedByBrowsers } from './candidates.ts';
import { type Refusals, words } from './reservations.ts';

/** What the reader should do something about, each in one line. */
export function warningsOn(
  ports: readonly number[],
  { types }: Request,
  { recordProblem, lookProblem }: Leases,
  ephemeral: EphemeralRange | undefined,
): string[] {
  const assigned = ephemeral?.ports ?? [];
  const inside = setOf(ports.filter((port) => contains(assigned, port)));
  const refused = setOf(refusedByBrowsers(ports.filter((_, i) => types[i] !== 'dgram')));
  return [
    recordProblem !== undefined &&
      `Ports cannot be recorded as handed out (${recordProblem}): other steps may get the same ones.`,
    lookProblem !== undefined &&
      `The ports of other steps cannot be read (${lookProblem}): this step may get the same ones.`,
    ephemeral?.assumed !== undefined &&
      `The ephemeral range could not be read (${ephemeral.assumed}): taken to be ${format(assigned)}.`,
    inside.length > 0 &&
      `In this machine's ephemeral range (${format(assigned)}), so that the OS may assign it before the workflow ` +
        `binds it: port ${format(inside)}. Use another, or make that range smaller, as the README says.`,
    refused.length > 0 &&
      `Browsers refuse to connect to port ${format(refused)} (a "bad port" in the Fetch standard).`,
  ].filter((warning) => warning !== false);
}

/** How many preferred ports are looked at for a notice: nobody reads more. */
const mostNotices = 100;

/** Why preferred ports were not given, in one line for each reason. */
export function noticesOn(
  ports: readonly number[],
  { prefer, types, contiguous }: Request,
  reservations: Refusals,
): string[] {
  const reasons = new Map<string, number[]>();
  for (const port of missed(prefer.slice(0, mostNotices), contiguous ? ports.slice(0, 1) : ports)) {
    // A block is refused for any of its numbers.
    for (let i = 0; i < (contiguous ? types.length : 1); i++) {
      const refusal = [...new Set(types)]
        .map((type) => reservations.refusalOf({ port: port + i, type }))
        .find((found) => found !== undefined);
      if (refusal === undefined) continue;
      const reason = words(refusal);
      reasons.set(reason, [...(reasons.get(reason) ?? []), port + i]);
    }
  }
  const instead = contiguous || ports.length === 1 ? `; took ${format(setOf(ports))} instead` : '';
  return [...reasons].map(([reason, refused]) => {
    const set = setOf(refused);
    return `${format(set)} ${size(set) > 1 ? 'are' : 'is'} ${reason}${instead}`;
  });
}

/** The preferred numbers that were passed over: those behind the last one that was given were not needed. */
function missed(prefer: readonly number[], ports: readonly number[]): number[] {
  const taken = new Set(ports);
  const isEnough = ports.every((port) => prefer.includes(port));
  const end = isEnough ? prefer.findLastIndex((port) => taken.has(port)) : prefer.length;
  return prefer.slice(0, end).filter((port) => !taken.has(port));
}
