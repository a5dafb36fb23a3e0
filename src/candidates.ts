import { intersect, type PortRange, type PortSet, portSet, size, subtract } from './port-set.ts';
import { browserRefused, hardCoded } from './well-known-ports.ts';

/**
 * Where `range: auto` looks, best first. 20000-29999 is outside the default ephemeral range of all three
 * systems. Below 10080 most numbers are some server's, 30000-32767 are Kubernetes NodePorts, and those
 * below 1024 are for privileged processes.
 */
const preference: readonly PortSet[] = [
  [{ first: 20000, last: 29999 }],
  [
    { first: 10081, last: 19999 },
    { first: 32768, last: 65535 },
  ],
  [
    { first: 1024, last: 10080 },
    { first: 30000, last: 32767 },
  ],
  [{ first: 1, last: 1023 }],
];

/**
 * The numbers to hand out for a range, as disjoint sets, best first. They are made one by one, since the first
 * is nearly always enough.
 *
 * @param range the user's; undefined for `auto`
 * @param ephemeral what the OS assigns by itself: the last set of `auto`, for want of better ones
 */
export function* levels(range: PortSet | undefined, ephemeral: PortSet): Generator<PortSet> {
  const unlucky = portSet([...browserRefused, ...hardCoded]);
  if (range !== undefined) {
    yield subtract(range, unlucky);
    yield intersect(range, unlucky);
    return;
  }
  for (const ports of preference) yield subtract(subtract(ports, ephemeral), unlucky);
  yield subtract(ephemeral, unlucky);
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
