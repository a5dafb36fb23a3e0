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
 * The numbers to hand out for a range, as disjoint sets, best first. They are made one by one, since the first
 * is nearly always enough.
 *
 * @param range the user's; undefined for `auto`
 * @param ephemeral what the OS assigns by itself: the last set of `auto`, for want of better ones
 */
export function* levels(range: PortSet | undefined, ephemeral: PortSet): Generator<PortSet> {
  if (range === undefined) {
    for (const { ports, avoid } of autoRanges) {
      yield subtract(subtract(listed(ports), ephemeral), listed(avoid));
    }
  }
  const unlucky = listed(autoRanges.map(({ avoid }) => avoid).join(' '));
  yield subtract(range ?? ephemeral, unlucky);
  if (range !== undefined) yield intersect(range, unlucky);
}

/** The ports that browsers refuse to connect to, of those given. */
export function unreachable(ports: readonly number[]): number[] {
  // Nearly always there is nothing to look up: the highest of them is 10080.
  return ports.filter((port) => port <= 10080 && contains(listed(browserRefused), port));
}

/** Each number of `set` once, in an order that differs from run to run, so that two askers seldom meet. */
export function* shuffled(set: PortSet): Generator<number, undefined> {
  const total = size(set);
  const start = randomBelow(total);
  // Steps of a length that has no factor in common with the total visit every index before any again.
  let step = 1 + randomBelow(total);
  while (greatestCommonDivisor(step, total) > 1) step = 1 + randomBelow(total);
  for (let i = 0; i < total; i++) yield nth(set, (start + i * step) % total);
  return undefined;
}

/**
 * Runs of consecutive numbers in which every block of `length` numbers in `set` lies, in ascending order from a
 * random place on and around.
 */
export function runsForBlocks(set: PortSet, length: number): PortRange[] {
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
