import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  format,
  intersect,
  numbers,
  type PortRange,
  parsePorts,
  portSet,
  size,
  splitList,
  subtract,
} from '../../src/ports/port-set.ts';

// Few numbers, so that ranges meet, overlap and touch.
const range = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }))
  .map(([first, more]): PortRange => ({ first, last: first + more }));
const ranges = fc.array(range, { maxLength: 8 });
const members = (set: Iterable<PortRange>) => new Set(numbers(set));

describe('a set of ports', () => {
  test('holds the numbers of all its ranges, in order, none of which touch', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const set = portSet(list);
        expect(members(set)).toEqual(members(list));
        expect(size(set)).toBe(members(list).size);
        set.slice(1).forEach(({ first }, i) => {
          expect(first).toBeGreaterThan((set[i] as PortRange).last + 1);
        });
      }),
    );
  });

  test('is subtracted from and intersected with another as sets of numbers are', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const [left, right] = [portSet(a), portSet(b)];
        const [inLeft, inRight] = [[...members(left)], members(right)];
        expect([...numbers(subtract(left, right))]).toEqual(
          inLeft.filter((port) => !inRight.has(port)),
        );
        expect([...numbers(intersect(left, right))]).toEqual(
          inLeft.filter((port) => inRight.has(port)),
        );
      }),
    );
  });

  test('contains its members only', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 60 }), (list, port) => {
        expect(contains(portSet(list), port)).toBe(members(list).has(port));
      }),
    );
  });

  test('is read back from its text', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        expect(parsePorts(format(portSet(list)))).toEqual(portSet(list));
      }),
    );
  });
});

describe('a list of ports', () => {
  test.each([
    ['', []],
    [' \n', []],
    ['80', [{ first: 80, last: 80 }]],
    [
      '20000-20999, 30000',
      [
        { first: 20000, last: 20999 },
        { first: 30000, last: 30000 },
      ],
    ],
    ['1 2\n3,4', [1, 2, 3, 4].map((port) => ({ first: port, last: port }))],
    ['20000 - 20999', [{ first: 20000, last: 20999 }]],
    ['1-65535', [{ first: 1, last: 65535 }]],
    ['7-7', [{ first: 7, last: 7 }]],
  ])('%j is read', (text, expected) => {
    expect(parsePorts(text)).toEqual(expected);
  });

  test.each([
    '0',
    '65536',
    'x',
    '-1',
    '1-',
    '1-2-3',
    '1.5',
    '1e3',
    '0x10',
    '+5',
    '1,,2',
    ',',
    '٣',
    '1-65536',
    '0-5',
  ])('%j is refused with the item in the message', (text) => {
    expect(() => parsePorts(text)).toThrow(/^"[^"]*" is not a port from 1 to 65535 or a range/);
  });

  test('that runs backwards is refused with what to write', () => {
    expect(() => parsePorts('5, 20-10')).toThrow('"20-10" runs backwards: write 10-20');
  });

  test('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-, \nx') }), (text) => {
        let read: PortRange[];
        try {
          read = parsePorts(text);
        } catch (error) {
          expect((error as Error).message).toMatch(/^".*" (is not a port|runs backwards)/);
          return;
        }
        for (const { first, last } of read) {
          expect(first).toBeGreaterThanOrEqual(1);
          expect(last).toBeGreaterThanOrEqual(first);
          expect(last).toBeLessThanOrEqual(65535);
        }
      }),
    );
  });
});

test('a list has an empty item between two commas, and none where it is blank', () => {
  expect(splitList(' a ,b\n c  d')).toEqual(['a', 'b', 'c', 'd']);
  expect(splitList('a,,b,')).toEqual(['a', '', 'b', '']);
  expect(splitList(' \t ')).toEqual([]);
});
