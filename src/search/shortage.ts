import {
  contains,
  format,
  intersect,
  numbers,
  type PortSet,
  portSet,
  setOf,
  size,
  subtract,
} from '../ports/port-set.ts';
import type { Request } from '../request.ts';
import { type Refusal, type Reservations, words } from './reservations.ts';

const all: PortSet = [{ first: 1, last: 65_535 }];

/**
 * Says why a request cannot be met even if nobody has a number; undefined if it can.
 *
 * @param sets the numbers to try, besides preferred ones
 */
export function impossibility(request: Request, sets: Iterable<PortSet>): string | undefined {
  let candidates = candidatesOf(request, []);
  for (const set of sets) {
    if (isEnough(request, candidates)) break;
    candidates = portSet([...candidates, ...set]);
  }
  if (isEnough(request, candidates)) return undefined;
  const most = request.contiguous ? longestRun(candidates) : size(candidates);
  const there = most === 0 ? 'there is none' : `there ${most === 1 ? 'is' : 'are'} only ${most}`;
  const without = request.exclude.length > 0 ? ', without "exclude"' : '';
  return `Needed ${wanted(request)}, but ${there} in ${place(request)}${without}.`;
}

/** Whether waiting can help: numbers that are in use or leased may be left. */
export function mayChange(
  request: Request,
  sets: Iterable<PortSet>,
  reservations: Reservations,
): boolean {
  const candidates = candidatesOf(request, sets);
  const refused = [...refusals(request, candidates, reservations)];
  const forbidden = refused.filter(([, refusal]) => refusal === 'not permitted');
  return isEnough(request, subtract(candidates, setOf(forbidden.map(([port]) => port))));
}

/**
 * Says how many ports were found, how many were needed, and why the others were refused.
 *
 * @param gaveUpAfter milliseconds, if time ran out
 */
export function shortage(
  request: Request,
  sets: Iterable<PortSet>,
  found: number,
  reservations: Reservations,
  gaveUpAfter: number | undefined,
): string {
  const candidates = candidatesOf(request, sets);
  const refused = refusals(request, candidates, reservations);
  const most = request.contiguous
    ? longestRun(subtract(candidates, setOf([...refused.keys()])))
    : found;
  const reasons = request.range === 'ephemeral' ? ['the OS has no others'] : counted(refused);
  if (typeof request.range === 'object') {
    const excluded = size(intersect(request.range, request.exclude));
    if (excluded > 0) reasons.push(`${excluded} excluded`);
  }
  const gaveUp =
    gaveUpAfter === undefined ? '' : ` Gave up after ${gaveUpAfter / 1000} s without another port.`;
  return (
    `Needed ${wanted(request)}, found ${request.contiguous && most > 0 ? 'at most ' : ''}` +
    `${most === 0 ? 'none' : most} in ${place(request)}` +
    `${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}.${gaveUp}`
  );
}

/** How many numbers are refused for each reason. Of those who have leases the three with the most are named. */
function counted(refused: ReadonlyMap<number, Refusal>): string[] {
  const counts = new Map<string, number>();
  for (const refusal of refused.values()) {
    counts.set(words(refusal), (counts.get(words(refusal)) ?? 0) + 1);
  }
  const leased = [...counts]
    .filter(([reason]) => reason.startsWith('leased'))
    .sort(([, one], [, other]) => other - one);
  const others = leased.slice(3).reduce((sum, [, count]) => sum + count, 0);
  return [
    ['in use', counts.get('in use') ?? 0] as const,
    ...leased.slice(0, 3),
    ['leased to others', others] as const,
    ['not permitted', counts.get('not permitted') ?? 0] as const,
  ]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`);
}

/** Why each number is refused that is, for any of the types. */
function refusals(
  { types }: Request,
  candidates: PortSet,
  reservations: Reservations,
): Map<number, Refusal> {
  const found = new Map<number, Refusal>();
  for (const type of new Set(types)) {
    for (const port of numbers(candidates)) {
      const refusal = reservations.refusalOf({ port, type });
      if (refusal !== undefined) found.set(port, refusal);
    }
  }
  return found;
}

function candidatesOf({ prefer, range, exclude }: Request, sets: Iterable<PortSet>): PortSet {
  const preferred = prefer.map((port) => ({ first: port, last: port }));
  return portSet([
    ...preferred,
    ...(range === 'ephemeral' ? subtract(all, exclude) : [...sets].flat()),
  ]);
}

function isEnough({ types, contiguous, prefer, exclude }: Request, candidates: PortSet): boolean {
  if (!contiguous) return size(candidates) >= types.length;
  // A block that starts at a preferred number may leave the range.
  return (
    longestRun(candidates) >= types.length ||
    prefer.some((first) => {
      const last = first + types.length - 1;
      return last <= 65_535 && intersect([{ first, last }], exclude).length === 0;
    })
  );
}

function longestRun(set: PortSet): number {
  return set.reduce((most, run) => Math.max(most, size([run])), 0);
}

function wanted({ types, contiguous }: Request): string {
  return `${types.length} port${types.length > 1 ? 's' : ''}${contiguous ? ' in a row' : ''}`;
}

function place({ range, prefer }: Request): string {
  if (range === 'ephemeral') return 'the ephemeral range';
  const text = range === 'auto' ? '"range": auto' : shortened(format(range));
  const beside = prefer.some((port) => range === 'auto' || !contains(range, port));
  return beside ? `${text} and "prefer"` : text;
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}
