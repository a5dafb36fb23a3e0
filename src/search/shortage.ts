import { PortSet } from '../ports/port-set.ts';
import type { Request } from '../request.ts';
import { describeRefusal, type Refusal, type Refusals } from './reservations.ts';

/** Why a request can never be met; undefined if it can. */
export function describeImpossibility(request: Request, candidates: PortSet): string | undefined {
  if (isEnough(request, candidates)) return undefined;
  const most = request.contiguous ? longestRun(candidates) : candidates.size;
  const left = most === 0 ? 'none' : `only ${most}`;
  const reason =
    request.exclude.size > 0
      ? `"exclude" leaves ${left} of`
      : `there ${most > 1 ? 'are' : 'is'} ${left} in`;
  return `Needed ${describeWish(request)}, but ${reason} ${describePlace(request)}`;
}

/** Whether a retry can help: ports in use or leased may become free. */
export function canRetryHelp(request: Request, candidates: PortSet, refusals: Refusals): boolean {
  const forbidden = [...collectRefused(candidates, refusals)].filter(
    ([, refusal]) => refusal === 'not permitted',
  );
  return isEnough(request, candidates.difference(PortSet.of(forbidden.map(([port]) => port))));
}

/** The result of a search that found too few ports. */
export interface SearchResult {
  /** How many ports were found. */
  readonly found: number;
  /** Milliseconds, if time ran out. */
  readonly gaveUpAfter: number | undefined;
  /** The code with which the OS refuses to choose a port for this process, if it does. */
  readonly bindBan?: string | undefined;
}

/** How many ports were found, how many were needed, and why the others were refused. */
export function describeShortage(
  request: Request,
  candidates: PortSet,
  refusals: Refusals,
  { found, gaveUpAfter, bindBan }: SearchResult,
): string {
  const { count, range, exclude, contiguous } = request;
  const refused = collectRefused(candidates, refusals);
  const free = candidates.difference(PortSet.of(refused.keys()));
  // If time ran out, longer runs may be free that were not tried.
  const most = contiguous ? Math.min(longestRun(free), count - 1) : found;
  const reasons =
    range === 'ephemeral'
      ? ['the OS gave no other port that is not excluded or taken']
      : countReasons(refused);
  if (typeof range === 'object') {
    const excluded = range.intersection(exclude).size;
    if (excluded > 0) reasons.push(`${excluded} excluded`);
  }
  const gaveUp =
    gaveUpAfter === undefined ? '' : `. Gave up after ${gaveUpAfter / 1000} s without another port`;
  const isBanned = bindBan !== undefined && [...refused.values()].includes('not permitted');
  const ban = isBanned
    ? `. This process may bind no port${range === 'auto' ? '' : ' there'}, nor let the OS choose one (${bindBan})`
    : '';
  return (
    `Needed ${describeWish(request)}, found ${contiguous && most > 0 ? 'at most ' : ''}` +
    `${most === 0 ? 'none' : most} in ${describePlace(request)}` +
    `${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}${gaveUp}${ban}`
  );
}

/** How many ports are refused for each reason. Names the three owners with the most of them. */
function countReasons(refused: ReadonlyMap<number, Refusal>): string[] {
  const counts = new Map<string, number>();
  for (const refusal of refused.values()) {
    const reason = describeRefusal(refusal);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const taken = [...counts]
    .filter(([reason]) => reason !== 'in use' && reason !== 'not permitted')
    .sort(([, one], [, other]) => other - one);
  const others = taken.slice(3).reduce((sum, [, count]) => sum + count, 0);
  return [
    ['in use', counts.get('in use') ?? 0] as const,
    ...taken.slice(0, 3),
    ['taken by others', others] as const,
    [describeForbidden(refused), counts.get('not permitted') ?? 0] as const,
  ]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`);
}

function describeForbidden(refused: ReadonlyMap<number, Refusal>): string {
  const isPrivileged = [...refused].some(([port, why]) => why === 'not permitted' && port < 1024);
  return isPrivileged
    ? 'that this user may not bind (ports below 1024 need privileges)'
    : 'that this process may not bind';
}

/** The refused ports, each with its reason. */
function collectRefused(candidates: PortSet, refusals: Refusals): Map<number, Refusal> {
  const refused = new Map<number, Refusal>();
  for (const port of candidates) {
    const refusal = refusals.refusalOf(port);
    if (refusal !== undefined) refused.set(port, refusal);
  }
  return refused;
}

function isEnough({ count, contiguous }: Request, candidates: PortSet): boolean {
  return (contiguous ? longestRun(candidates) : candidates.size) >= count;
}

function longestRun({ ranges }: PortSet): number {
  return ranges.reduce((most, { first, last }) => Math.max(most, last - first + 1), 0);
}

function describeWish({ count, contiguous }: Request): string {
  return `${count} port${count > 1 ? 's' : ''}${contiguous ? ' in a row' : ''}`;
}

function describePlace({ range, prefer }: Request): string {
  const text =
    typeof range === 'object'
      ? shorten(`${range}`)
      : { auto: '"range": auto', ephemeral: 'the ephemeral range' }[range];
  const isBeside = prefer.some((port) => typeof range !== 'object' || !range.has(port));
  return isBeside ? `${text} and "prefer"` : text;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}
