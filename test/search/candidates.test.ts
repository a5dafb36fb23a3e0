import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  intersect,
  numbers,
  type PortSet,
  parsePorts,
  portSet,
  size,
} from '../../src/ports/port-set.ts';
import { autoRanges } from '../../src/ports/well-known-ports.ts';
import { levels, runsForBlocks, shuffled } from '../../src/search/candidates.ts';

const avoided = portSet(parsePorts(autoRanges.map(({ avoid }) => avoid).join(' ')));

const sets = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 30 })), {
    maxLength: 8,
  })
  .map((list) => portSet(list.map(([first, more]) => ({ first, last: first + more }))));
const ports = fc.integer({ min: 1, max: 65535 });
const ephemeralRanges = fc
  .tuple(ports, ports)
  .map(([a, b]): PortSet => [{ first: Math.min(a, b), last: Math.max(a, b) }]);

describe('range: auto', () => {
  test('never has what servers hard-code or browsers refuse', () => {
    fc.assert(
      fc.property(ephemeralRanges, (ephemeral) => {
        for (const level of levels(undefined, ephemeral)) {
          expect(intersect(level, avoided)).toEqual([]);
        }
      }),
    );
  });

  test('has every other number once, and those of the ephemeral range last', () => {
    fc.assert(
      fc.property(ephemeralRanges, (ephemeral) => {
        const all = [...levels(undefined, ephemeral)];
        const last = all.at(-1) as PortSet;
        expect(size(portSet(all.flat()))).toBe(all.reduce((sum, level) => sum + size(level), 0));
        expect(size(portSet(all.flat()))).toBe(65535 - size(avoided));
        for (const level of all.slice(0, -1)) expect(intersect(level, ephemeral)).toEqual([]);
        expect(intersect(last, ephemeral)).toEqual(last);
      }),
    );
  });

  test('begins with 20000-29999 where the system has its default range', () => {
    const [first = []] = levels(undefined, [{ first: 32768, last: 60999 }]);
    expect(first[0]?.first).toBeGreaterThanOrEqual(20000);
    expect(first.at(-1)?.last).toBeLessThanOrEqual(29999);
    expect(size(first)).toBeGreaterThan(9000);
  });

  test.each([
    [{ first: 1024, last: 65535 }, [1, 1023]],
    [{ first: 1024, last: 65534 }, [1, 65535]],
  ])('takes what an ephemeral range of %j leaves', (ephemeral, [lowest, highest]) => {
    const outside = portSet([...levels(undefined, [ephemeral])].slice(0, -1).flat());
    expect(size(outside)).toBeGreaterThan(500);
    expect(outside[0]?.first).toBeGreaterThanOrEqual(lowest as number);
    expect(outside.at(-1)?.last).toBeLessThanOrEqual(highest as number);
  });
});

test('an explicit range is had whole, with the numbers that others expect to use last', () => {
  const range = [{ first: 5990, last: 6010 }];
  const [good = [], bad = []] = levels(range, []);
  expect(portSet([...good, ...bad])).toEqual(range);
  expect(contains(bad, 6000)).toBe(true);
  expect(contains(good, 6001)).toBe(true);
});

describe('the order of candidates', () => {
  test('has each number of the set once', () => {
    fc.assert(
      fc.property(sets, (set) => {
        const order = [...shuffled(set)];
        expect(order.toSorted((a, b) => a - b)).toEqual([...numbers(set)]);
      }),
    );
  });

  test('differs from run to run', () => {
    const set = [{ first: 20000, last: 29999 }];
    const firsts = Array.from({ length: 20 }, () => shuffled(set).next().value);
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });
});

describe('the runs for blocks', () => {
  test('have every block of the set, and nothing that is not in it', () => {
    fc.assert(
      fc.property(sets, fc.integer({ min: 1, max: 12 }), (set, length) => {
        const inSet = new Set(numbers(set));
        const starts = [...inSet].filter((first) =>
          Array.from({ length }, (_, i) => first + i).every((port) => inSet.has(port)),
        );
        const found = runsForBlocks(set, length).flatMap(({ first, last }) => [
          ...numbers([{ first, last: last - length + 1 }]),
        ]);
        expect(found.toSorted((a, b) => a - b)).toEqual(starts.toSorted((a, b) => a - b));
      }),
    );
  });
});
