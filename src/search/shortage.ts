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
import { type Refusal, type Refusals, words } from './reservations.ts';

const all: PortSet = [{ first: 1, last: 65_535 }];

/**
 * Says why a request cannot be met even if nobody has a number; undefined if it can.
 *
 * @param sets the numbers to try, besides preferred ones
 */
export function impossibility(request: Request, sets: Iterable<PortSet>): string | undefined {
  let candidates = candidatesOf(request, []);
  if (isEnough(request, candidates)) return undefined;
  for (const set of sets) {
    candidates = portSet([...candidates, ...set]);
    if (isEnough(request, candidates)) return undefined;
  }
  const most = request.contiguous ? longestRun(candidates) : size(candidates);
  const there = most === 0 ? 'there is none' : `there ${most === 1 ? 'is' : 'are'} only ${most}`;
  const without = request.exclude.length > 0 ? ', without "exclude"' : '';
  return `Needed ${wanted(request)}, but ${there} in ${place(request)}${without}.`;
}

/** Whether waiting can help: numbers that are in use or leased may be left. */
export function mayChange(
  request: Request,
  sets: Iterable<PortSet>,
  reservations: Refusals,
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
  reservations: Refusals,
  gaveUpAfter: number | undefined,
): string {
  const candidates = candidatesOf(request, sets);
  const refused = refusals(request, candidates, reservations);
  const free = subtract(candidates, setOf([...refused.keys()]));
  // Where time ran out, longer runs may not have been tried.
  const most = request.contiguous ? Math.min(longestRun(free), request.types.length - 1) : found;
  const reasons =
    request.range === 'ephemeral'
      ? ['the OS has no others that are neither excluded nor leased']
      : counted(refused);
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
  reservations: Refusals,
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

/** The numbers that can be part of an answer: those of preferred blocks can lie outside the range. */
function candidatesOf(request: Request, sets: Iterable<PortSet>): PortSet {
  const { types, prefer, range, exclude, contiguous } = request;
  const more = contiguous ? types.length - 1 : 0;
  const preferred = prefer.map((first) => ({ first, last: Math.min(first + more, 65_535) }));
  const others = range === 'ephemeral' ? all : [...sets].flat();
  return subtract(portSet([...preferred, ...others]), exclude);
}

function isEnough({ types, contiguous }: Request, candidates: PortSet): boolean {
  return (contiguous ? longestRun(candidates) : size(candidates)) >= types.length;
}

function longestRun(set: PortSet): number {
  return set.reduce((most, run) => Math.max(most, size([run])), 0);
}

function wanted({ types, contiguous }: Request): string {
  return `${types.length} port${types.length > 1 ? 's' : ''}${contiguous ? ' in a row' : ''}`;
}

function place({ range, prefer }: Request): string {
  const text =
    typeof range === 'object'
      ? shortened(format(range))
      : { auto: '"range": auto', ephemeral: 'the ephemeral range' }[range];
  const beside = prefer.some((port) => typeof range !== 'object' || !contains(range, port));
  return beside ? `${text} and "prefer"` : text;
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}
