import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePortList, parsePorts, parseRange, splitList } from '../../src/ports/parse-ports.ts';
import { PortSet } from '../../src/ports/port-set.ts';

const message = (text: string) => new Error(text);

describe('a list of ports', () => {
  test.each([
    ['', ''],
    [' \n', ''],
    ['80', '80'],
    ['20000-20999, 30000', '20000-20999, 30000'],
    ['9000 8500 8000', '8000, 8500, 9000'],
    ['3 2 1-2', '1-3'],
    ['1 2\n3,4', '1-4'],
    ['20000 - 20999', '20000-20999'],
    ['20000  -\t\n20999', '20000-20999'],
    ['1-65535', '1-65535'],
    ['7-7', '7'],
  ])('the list %j is the set %j', (text, expected) => {
    expect(`${parsePorts(text)}`).toBe(expected);
  });

  test('a set has each port of its list, whatever the order', () => {
    const set = parsePorts('9000 8500 8000');
    for (const port of [8000, 8500, 9000]) expect(set.has(port)).toBe(true);
  });

  test('a list that keeps its order has each port once', () => {
    expect(parsePortList('9000, 8000-8002, 8001, 7000 9000')).toEqual([
      9000, 8000, 8001, 8002, 7000,
    ]);
    const port = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.array(port, { maxLength: 20 }), (ports) => {
        expect(parsePortList(ports.join(' '))).toEqual([...new Set(ports)]);
      }),
    );
  });

  test.each('0 65536 x -1 1- 1-2-3 1.5 1e3 0x10 +5 ٣ 1-65536 0-5 80: x:80 80:90x'.split(' '))(
    'the list %j is refused, and the error quotes the item',
    (text) => {
      for (const parse of [parsePorts, parsePortList]) {
        expect(() => parse(text)).toThrow(/^"[^"]*" is not a port from 1 to 65535 or a range/);
      }
    },
  );

  test('a range with a colon is refused, and the error has the right one', () => {
    expect(() => parsePorts('8000:8010')).toThrow(
      message('"8000:8010" is not a range: write 8000-8010'),
    );
    expect(() => parsePortList('5, 8:9')).toThrow(message('"8:9" is not a range: write 8-9'));
  });

  test('a range that runs backwards is refused, and the error has the right one', () => {
    expect(() => parsePorts('5, 20-10')).toThrow(message('"20-10" runs backwards: write 10-20'));
  });

  test('a list of more than 1000 items is refused', () => {
    const items = (length: number) => Array.from({ length }, (_, i) => 2 * i + 1).join(',');
    expect(parsePorts(items(1000)).size).toBe(1000);
    expect(() => parsePorts(items(1001))).toThrow('1001 items, the maximum is 1000');
  });

  test('an error about a long item quotes its start', () => {
    const expected = 'is not a port from 1 to 65535 or a range of them such as 20000-20999';
    const start = '7'.repeat(100);
    expect(() => parsePorts('7'.repeat(120_000))).toThrow(message(`"${start}…" ${expected}`));
    expect(() => parsePorts(start)).toThrow(message(`"${start}" ${expected}`));
  });

  test('a list may have 1000 overlapping ranges', () => {
    const text = '1-65535 '.repeat(1000);
    expect(parsePorts(text).size).toBe(65_535);
    expect(parsePortList(text)).toHaveLength(65_535);
  });

  test('any list is read, or refused with an error that quotes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-, \nx') }), (text) => {
        let read: PortSet;
        try {
          read = parsePorts(text);
        } catch (error) {
          expect(`${error}`).toMatch(
            /^Error: ".*" (is not a port|runs backwards|(starts with|ends in) a comma|has two commas)/,
          );
          return;
        }
        expect(`${read.intersection(PortSet.ofRanges([{ first: 1, last: 65_535 }]))}`).toBe(
          `${read}`,
        );
        expect(`${parsePorts(`${read}`)}`).toBe(`${read}`);
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
])('the text %j is the range %j', (text, expected) => {
  expect(parseRange(text)).toEqual(expected);
});

test('commas, spaces and new lines separate the items of a list', () => {
  expect(splitList(' a ,b\n c  d')).toEqual(['a', 'b', 'c', 'd']);
  expect(splitList(' \t ')).toEqual([]);
});

test.each([
  ['20000-20999,', '"20000-20999," ends in a comma'],
  ['1, 2 ,\n', '"2," ends in a comma'],
  ['1,,2', '"1,,2" has two commas in a row'],
  ['1 2 , , 3-4', '"2,,3-4" has two commas in a row'],
  [',5', '",5" starts with a comma'],
  [',', '"," starts with a comma'],
])('the list %j is refused, and the error shows the comma', (text, expected) => {
  expect(() => splitList(text)).toThrow(message(expected));
});
