import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PortRange, PortSet } from '../../src/ports/port-set.ts';

// Few ports, so that ranges meet, overlap and touch.
const range = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }))
  .map(([first, more]): PortRange => ({ first, last: first + more }));
const ranges = fc.array(range, { maxLength: 8 });
const sets = ranges.map((list) => PortSet.ofRanges(list));

function members(list: readonly PortRange[]): number[] {
  const all = list.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
  return [...new Set(all)].sort((a, b) => a - b);
}

describe('a set of ports', () => {
  test('a set has each port of unsorted, overlapping ranges once, in ascending order', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const set = PortSet.ofRanges(list);
        expect([...set]).toEqual(members(list));
        expect(set.size).toBe(members(list).length);
        expect(`${PortSet.of(members(list).reverse())}`).toBe(`${set}`);
      }),
    );
  });

  test('a set knows which ports it has', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 60 }), (list, port) => {
        expect(PortSet.ofRanges(list).has(port)).toBe(members(list).includes(port));
      }),
    );
    expect(PortSet.of([9000, 8500, 8000]).has(8000)).toBe(true);
  });

  test('unions, differences and intersections are those of mathematical sets', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        expect([...a.difference(b)]).toEqual([...a].filter((port) => !b.has(port)));
        expect([...a.intersection(b)]).toEqual([...a].filter((port) => b.has(port)));
        expect(`${a.union(b, c)}`).toBe(`${PortSet.of([...a, ...b, ...c])}`);
      }),
    );
  });

  test('the ranges of a set do not touch', () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        for (const { ranges } of [a.union(b), a.difference(b), a.intersection(b)]) {
          ranges.slice(1).forEach(({ first }, i) => {
            expect(first).toBeGreaterThan((ranges[i]?.last ?? 0) + 1);
          });
        }
      }),
    );
  });

  test('a set is written as a user would write it', () => {
    expect(`${PortSet.of([8082, 80, 8080, 8081])}`).toBe('80, 8080-8082');
    expect(`${PortSet.of([])}`).toBe('');
  });
});
