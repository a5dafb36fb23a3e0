import {
  contains,
  intersect,
  type PortRange,
  type PortSet,
  parsePorts,
  portSet,
  size,
  subtract,
} from '../ports/port-set.ts';
import { autoRanges, browserRefused } from '../ports/well-known-ports.ts';

/** The ports in the text of a list. */
const listed = (text: string): PortSet => portSet(parsePorts(text));

/**
 * The numbers of a range as disjoint sets, best first.
 *
 * @param range the user's; undefined for `auto`
 * @param ephemeral what the OS assigns by itself: the last set of `auto`, where nothing else is left
 */
export function* tiers(range: PortSet | undefined, ephemeral: PortSet): Generator<PortSet> {
  if (range === undefined) {
    for (const { ports, avoid } of autoRanges) {
      yield subtract(subtract(listed(ports), ephemeral), listed(avoid));
    }
  }
  const avoided = portSet(autoRanges.flatMap(({ avoid }) => parsePorts(avoid)));
  yield subtract(range ?? subtract(ephemeral, privileged), avoided);
  if (range !== undefined) yield intersect(range, avoided);
}

/** Those below 1024 are for those who ask for them. */
const privileged: PortSet = [{ first: 1, last: 1023 }];

/** The ports that browsers refuse to connect to, of those given. */
export function refusedByBrowsers(ports: readonly number[]): number[] {
  // Nearly always there is nothing to look up: the highest of them is 10080.
  return ports.filter((port) => port <= 10080 && contains(listed(browserRefused), port));
}

/** Each number of `set` once, in an order that differs from run to run, so that two steps seldom meet. */
export function* shuffled(set: PortSet): Generator<number, undefined> {
  const total = size(set);
  const start = randomBelow(total);
  // Steps of a length that has no factor in common with the total visit every index before any again.
  let step = 1 + randomBelow(total);
  while (greatestCommonDivisor(step, total) > 1) step = 1 + randomBelow(total);
  for (let i = 0; i < total; i++) yield nth(set, (start + i * step) % total);
  return undefined;
}

/** Where blocks of `length` numbers can lie: at the preferred numbers, then in ever more of the sets. */
export function* runsForBlocks(
  prefer: readonly number[],
  sets: Iterable<PortSet>,
  exclude: PortSet,
  length: number,
): Generator<PortRange> {
  for (const first of prefer) {
    const run = { first, last: first + length - 1 };
    if (run.last <= 65_535 && intersect([run], exclude).length === 0) yield run;
  }
  let all: PortSet = [];
  for (const set of sets) {
    // A block may lie across sets.
    all = portSet([...all, ...set]);
    yield* runsFromRandomPlace(all, length);
  }
}

/** The runs in which all blocks of a set lie, in ascending order from a random place on and around. */
function runsFromRandomPlace(set: PortSet, length: number): PortRange[] {
  const start = shuffled(set).next().value ?? 1;
  return [
    ...subtract(set, [{ first: 0, last: start - 1 }]),
    ...intersect(set, [{ first: 0, last: start + length - 2 }]),
  ].filter(({ first, last }) => last - first + 1 >= length);
}

function nth(set: PortSet, index: number): number {
  let rest = index;
  for (const { first, last } of set) {
    if (first + rest <= last) return first + rest;
    rest -= last - first + 1;
  }
  throw new RangeError(`${index}`);
}

function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
