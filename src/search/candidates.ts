import { type PortRange, PortSet } from '../ports/port-set.ts';
import { autoRanges, avoidedPorts, badPorts } from '../ports/well-known-ports.ts';
import type { Request } from '../request.ts';

const allPorts = PortSet.ofRanges([{ first: 1, last: 65_535 }]);

/** `auto` never gives ports below 1024. */
const privileged = PortSet.ofRanges([{ first: 1, last: 1023 }]);

/**
 * The ports to try besides preferred ones, as disjoint sets, best first.
 *
 * @param ephemeral the ephemeral range; `auto` uses it last
 */
export function candidateSets({ range, exclude }: Request, ephemeral: PortSet): PortSet[] {
  if (range === 'ephemeral') return [];
  if (range !== 'auto') {
    const wanted = range.difference(exclude);
    return [wanted.difference(avoidedPorts), wanted.intersection(avoidedPorts)];
  }
  const never = avoidedPorts.union(privileged, exclude);
  return [...autoRanges.map((ports) => ports.difference(ephemeral)), ephemeral].map((set) =>
    set.difference(never),
  );
}

/** All ports that the request could get. Preferred blocks may lie outside the range. */
export function allCandidates(request: Request, sets: readonly PortSet[]): PortSet {
  const { count, prefer, range, exclude, contiguous } = request;
  const more = contiguous ? count - 1 : 0;
  const preferred = prefer.map((first) => ({ first, last: Math.min(first + more, 65_535) }));
  const others = range === 'ephemeral' ? [allPorts] : sets;
  return PortSet.ofRanges(preferred)
    .union(...others)
    .difference(exclude);
}

/** Those of the given ports that browsers refuse. */
export function findBadPorts(ports: readonly number[]): number[] {
  return ports.filter((port) => badPorts.has(port));
}

/** Each port to try: preferred ones in their order, then each set in random order. */
export function* orderCandidates(
  prefer: readonly number[],
  sets: readonly PortSet[],
): Generator<number, undefined> {
  yield* prefer;
  const preferred = PortSet.of(prefer);
  for (const set of sets) yield* shuffle(set.difference(preferred));
}

/** Every port once, in random order, so steps rarely meet. */
export function* shuffle(set: PortSet): Generator<number, undefined> {
  const { size } = set;
  const start = randomBelow(size);
  // A step coprime to the size visits every index once.
  let step = 1 + randomBelow(size);
  while (greatestCommonDivisor(step, size) > 1) step = 1 + randomBelow(size);
  for (let i = 0; i < size; i++) yield nth(set, (start + i * step) % size);
  return undefined;
}

/** Where blocks of `length` ports lie: first at preferred ports, then in the first set, the first two, and so on. */
export function* runsForBlocks(
  prefer: readonly number[],
  sets: readonly PortSet[],
  exclude: PortSet,
  length: number,
): Generator<PortRange> {
  for (const first of prefer) {
    const run = { first, last: first + length - 1 };
    const isExcluded = PortSet.ofRanges([run]).intersection(exclude).size > 0;
    if (run.last <= 65_535 && !isExcluded) yield run;
  }
  let all = PortSet.of([]);
  for (const set of sets) {
    // A block may span sets.
    all = all.union(set);
    yield* runsFromRandomPlace(all, length);
  }
}

/** The runs in which all blocks of a set lie, in ascending order, starting at a random port and wrapping around. */
function runsFromRandomPlace(set: PortSet, length: number): PortRange[] {
  const start = shuffle(set).next().value ?? 1;
  return [
    ...set.difference(PortSet.ofRanges([{ first: 0, last: start - 1 }])).ranges,
    ...set.intersection(PortSet.ofRanges([{ first: 0, last: start + length - 2 }])).ranges,
  ].filter(({ first, last }) => last - first + 1 >= length);
}

function nth({ ranges }: PortSet, index: number): number {
  let rest = index;
  for (const { first, last } of ranges) {
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
