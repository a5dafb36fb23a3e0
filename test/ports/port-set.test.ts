import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  format,
  intersect,
  missingItem,
  numbers,
  type PortRange,
  parsePorts,
  parseRange,
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

  test('has each number once, in the order of its ranges', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const all = list.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, i) => first + i),
        );
        expect([...numbers(list)]).toEqual([...new Set(all)]);
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

  test('is written as a user would write it', () => {
    expect(format(portSet(parsePorts('80, 8080-8081, 8082')))).toBe('80, 8080-8082');
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
    ['20000  -\t\n20999', [{ first: 20000, last: 20999 }]],
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
    '٣',
    '1-65536',
    '0-5',
  ])('%j is refused with the item in the message', (text) => {
    expect(() => parsePorts(text)).toThrow(/^"[^"]*" is not a port from 1 to 65535 or a range/);
  });

  test('that runs backwards is refused with what to write', () => {
    expect(() => parsePorts('5, 20-10')).toThrow('"20-10" runs backwards: write 10-20');
  });

  test.each([
    ['20000-20999,', '"20000-20999," ends in a comma'],
    ['1, 2 ,\n', '"2," ends in a comma'],
    ['1,,2', '"1,,2" has two commas in a row'],
    ['1 2 , , 3-4', '"2,,3-4" has two commas in a row'],
    [',5', '",5" starts with a comma'],
    [',', '"," starts with a comma'],
  ])('%j is refused for its comma', (text, message) => {
    expect(() => parsePorts(text)).toThrow(new Error(message));
  });

  test('takes 1000 items, and no more', () => {
    const items = (length: number) => Array.from({ length }, (_, i) => 2 * i + 1).join(',');
    expect(parsePorts(items(1000))).toHaveLength(1000);
    expect(() => parsePorts(items(1001))).toThrow(
      'a list of 1001 items is too long: it takes 1000 at most',
    );
  });

  test('that is refused for a long item quotes its start', () => {
    const expected = 'is not a port from 1 to 65535 or a range of them such as 20000-20999';
    const start = '7'.repeat(100);
    expect(() => parsePorts('7'.repeat(120_000))).toThrow(new Error(`"${start}…" ${expected}`));
    expect(() => parsePorts(start)).toThrow(new Error(`"${start}" ${expected}`));
  });

  test('of 1000 overlapping ranges has 65535 numbers', () => {
    let count = 0;
    for (const _ of numbers(parsePorts('1-65535 '.repeat(1000)))) count++;
    expect(count).toBe(65_535);
  });

  test('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-, \nx') }), (text) => {
        let read: PortRange[];
        try {
          read = parsePorts(text);
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^".*" (is not a port|runs backwards|(starts with|ends in) a comma|has two commas)/,
          );
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

test.each([
  ['0', { first: 0, last: 0 }],
  ['0-65535', { first: 0, last: 65535 }],
  ['9-5', { first: 9, last: 5 }],
  ['65536', undefined],
  ['1-65536', undefined],
  ['1,2', undefined],
  ['', undefined],
])('%j as a number or two', (text, expected) => {
  expect(parseRange(text)).toEqual(expected);
});

test('a list without an empty item lacks none', () => {
  expect(missingItem([])).toBeUndefined();
  expect(missingItem(['a', 'b'])).toBeUndefined();
  expect(missingItem(['a', 'b', ''])).toBe('"b," ends in a comma');
});

test('a list has an empty item between two commas, and none where it is blank', () => {
  expect(splitList(' a ,b\n c  d')).toEqual(['a', 'b', 'c', 'd']);
  expect(splitList('a,,b,')).toEqual(['a', '', 'b', '']);
  expect(splitList(' \t ')).toEqual([]);
});
