import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  intersect,
  numbers,
  type PortRange,
  type PortSet,
  parsePorts,
  portSet,
  size,
  subtract,
} from '../../src/ports/port-set.ts';
import { autoRanges } from '../../src/ports/well-known-ports.ts';
import { refusedByBrowsers, runsForBlocks, shuffled, tiers } from '../../src/search/candidates.ts';

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
        for (const tier of tiers(undefined, ephemeral)) {
          expect(intersect(tier, avoided)).toEqual([]);
        }
      }),
    );
  });

  test.each([
    ['Minecraft', 25565],
    ['MongoDB', 27017],
    ['gRPC', 50051],
    ['PostgreSQL', 5432],
    ['X11', 6000],
  ])('never has what %s listens on', (_, port) => {
    for (const tier of tiers(undefined, [])) expect(contains(tier, port)).toBe(false);
  });

  test('has every other number from 1024 up once, and those of the ephemeral range last', () => {
    fc.assert(
      fc.property(ephemeralRanges, (ephemeral) => {
        const all = [...tiers(undefined, ephemeral)];
        const last = all.at(-1) as PortSet;
        const unprivileged = subtract([{ first: 1024, last: 65535 }], avoided);
        expect(size(portSet(all.flat()))).toBe(all.reduce((sum, tier) => sum + size(tier), 0));
        expect(portSet(all.flat())).toEqual(unprivileged);
        for (const tier of all.slice(0, -1)) expect(intersect(tier, ephemeral)).toEqual([]);
        expect(intersect(last, ephemeral)).toEqual(last);
      }),
    );
  });

  test('begins with 20000-29999 where the system has its default range', () => {
    const [first = []] = tiers(undefined, [{ first: 32768, last: 60999 }]);
    expect(first[0]?.first).toBeGreaterThanOrEqual(20000);
    expect(first.at(-1)?.last).toBeLessThanOrEqual(29999);
    expect(size(first)).toBeGreaterThan(9000);
  });

  test('has nothing but ephemeral numbers where all from 1024 up are ephemeral', () => {
    const ephemeral = [{ first: 1024, last: 65535 }];
    const all = [...tiers(undefined, ephemeral)];
    expect(all.slice(0, -1).flat()).toEqual([]);
    expect(intersect(all.at(-1) as PortSet, ephemeral)).toEqual(all.at(-1));
  });
});

test('an explicit range is had whole, with the numbers that others expect to use last', () => {
  const range = [{ first: 5990, last: 6010 }];
  const [good = [], bad = []] = tiers(range, []);
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
  const length = fc.integer({ min: 1, max: 12 });
  const starts = (runs: Iterable<PortRange>, size: number) =>
    [...runs].flatMap(({ first, last }) => [...numbers([{ first, last: last - size + 1 }])]);

  test('have every block of the sets, the best sets first, and nothing that is not in them', () => {
    fc.assert(
      fc.property(sets, sets, length, (good, bad, size) => {
        const runs = [...runsForBlocks([], [good, subtract(bad, good)], [], size)];
        const isBlock = (set: PortSet) => (first: number) =>
          subtract([{ first, last: first + size - 1 }], set).length === 0;
        const all = portSet([...good, ...bad]);
        const inGood = [...numbers(good)].filter(isBlock(good));
        const inAll = [...numbers(all)].filter(isBlock(all));
        const found = starts(runs, size);
        expect(new Set(found.slice(0, inGood.length))).toEqual(new Set(inGood));
        expect(found.slice(inGood.length).toSorted((a, b) => a - b)).toEqual(inAll);
      }),
    );
  });

  test('begin at a random place', () => {
    const set = [{ first: 20000, last: 29999 }];
    const firsts = Array.from({ length: 20 }, () => [...runsForBlocks([], [set], [], 5)][0]?.first);
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });

  test('begin with the preferred ones that nothing of is excluded, whatever the sets', () => {
    const exclude = [{ first: 8082, last: 8082 }];
    const set = [{ first: 9000, last: 9001 }];
    const runs = [...runsForBlocks([65_534, 65_533, 8080, 8083], [set], exclude, 3)];
    expect(runs).toEqual([
      { first: 65_533, last: 65_535 },
      { first: 8083, last: 8085 },
    ]);
  });
});

test('browsers refuse the bad ports of the Fetch standard', () => {
  const ports = [1, 24, 6000, 6001, 10080, 10081, 65535];
  expect(refusedByBrowsers(ports)).toEqual([1, 6000, 10080]);
});
