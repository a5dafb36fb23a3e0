import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePorts } from '../../src/ports/parse-ports.ts';
import { type PortRange, PortSet } from '../../src/ports/port-set.ts';
import { avoidedPorts } from '../../src/ports/well-known-ports.ts';
import {
  allCandidates,
  candidateSets,
  findBadPorts,
  orderCandidates,
  runsForBlocks,
  shuffle,
} from '../../src/search/candidates.ts';
import { ascending, request, span } from '../support.ts';

const none = PortSet.of([]);
/** The different results of twenty calls. */
const twenty = (next: () => unknown) => new Set(Array.from({ length: 20 }, next));

const sets = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 30 })), {
    maxLength: 8,
  })
  .map((list) => PortSet.ofRanges(list.map(([first, more]) => ({ first, last: first + more }))));
const port = fc.integer({ min: 1, max: 65535 });
const ephemeralRanges = fc.tuple(port, port).map(([a, b]) => span(Math.min(a, b), Math.max(a, b)));

describe('range: auto', () => {
  const auto = (ephemeral: PortSet) => candidateSets(request(), ephemeral);

  test.each([
    ['Minecraft', 25565],
    ['MongoDB', 27017],
    ['torch', 29500],
    ['torchrun', 29400],
    ['TiKV', 20160],
    ['TiKV', 20180],
    ['Zeebe', 26500],
    ['Zeebe', 26501],
    ['Docker Swarm', 2377],
    ['another server for development', 3001],
    ['a Java debugger', 5001],
    ['Django', 8001],
    ['another web server', 8081],
    ['SonarQube', 9002],
    ['Alertmanager', 9093],
    ['kube-proxy', 10256],
    ['Couchbase', 11210],
    ['RabbitMQ', 15672],
    ['Jaeger', 16686],
    ['another EMQX', 18082],
    ['another Couchbase', 18094],
    ['RustDesk', 21116],
    ['CometBFT', 26657],
    ['mongod --shardsvr', 27018],
    ['VoltDB', 21212],
    ['FastDFS', 22122],
    ['FastDFS', 23000],
    ['EMQX', 18083],
    ['Couchbase', 18091],
    ['gRPC', 50051],
    ['PostgreSQL', 5432],
    ['X11', 6000],
  ])('range: auto never gives the port of %s', (_, known) => {
    for (const set of auto(none)) expect(set.has(known)).toBe(false);
  });

  test('range: auto has every port from 1024 up once, except well-known ones; ephemeral ones come last', () => {
    fc.assert(
      fc.property(ephemeralRanges, (ephemeral) => {
        const all = auto(ephemeral);
        const united = none.union(...all);
        expect(`${united}`).toBe(`${span(1024, 65535).difference(avoidedPorts)}`);
        expect(united.size).toBe(all.reduce((sum, { size }) => sum + size, 0));
        expect(`${all.at(-1)}`).toBe(`${united.intersection(ephemeral)}`);
      }),
    );
  });

  test('range: auto starts with 20000-29999 and goes on from 10081 up if the ephemeral range is the default', () => {
    const [first = none, second = none, third = none] = auto(span(32768, 60999));
    expect(first.difference(span(20000, 29999)).size).toBe(0);
    expect(first.size).toBeGreaterThan(9000);
    expect(second.difference(parsePorts('10081-19999 61000-65535')).size).toBe(0);
    expect(second.size).toBeGreaterThan(14_000);
    expect(third.difference(parsePorts('1024-10080 30000-32767')).size).toBe(0);
  });

  test('range: auto has only ephemeral ports if all from 1024 up are ephemeral', () => {
    const all = auto(span(1024, 65535));
    expect(none.union(...all.slice(0, -1)).size).toBe(0);
    expect(all.at(-1)?.size).toBeGreaterThan(60_000);
  });
});

test('all of a given range is used, well-known ports last', () => {
  const [good, bad] = candidateSets(request({ range: span(5990, 6010) }), none);
  expect(`${good}`).toBe('5990-5999, 6001-6010');
  expect(`${bad}`).toBe('6000');
});

test('excluded ports are not tried', () => {
  for (const range of ['auto', span(20000, 20009)] as const) {
    const given = request({ range, exclude: parsePorts('20005-20006, 20000-20002') });
    const all = allCandidates(given, candidateSets(given, none));
    const found = all.intersection(span(20000, 20009)).difference(avoidedPorts);
    expect(`${found}`).toBe('20003-20004, 20007-20009');
  }
});

test('preferred ports come first in their order, then each set in random order', () => {
  const order = () => [...orderCandidates([7, 103, 9], [span(100, 119), span(200, 219)])];
  const ports = order();
  expect(ports.slice(0, 3)).toEqual([7, 103, 9]);
  expect(ascending(ports.slice(3, 22))).toEqual([...span(100, 119).difference(span(103))]);
  expect(ascending(ports.slice(22))).toEqual([...span(200, 219)]);
  expect(twenty(() => `${order()}`).size).toBeGreaterThan(1);
});

test('a random order does not go up one by one', () => {
  const stride = () => {
    const [first = 0, second = 0] = shuffle(span(20_000, 29_999));
    return second - first;
  };
  expect(twenty(stride).size).toBeGreaterThan(2);
});

test('a random order has each port of the set once', () => {
  fc.assert(
    fc.property(sets, (set) => {
      expect(ascending(shuffle(set))).toEqual([...set]);
    }),
  );
});

describe('blocks', () => {
  const starts = (runs: Iterable<PortRange>, size: number) =>
    [...runs].flatMap(({ first, last }) => [...span(first, last - size + 1)]);

  test('every block of the sets is tried, those in the best set first, and no others', () => {
    const length = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(sets, sets, length, (good, others, size) => {
        const found = starts(runsForBlocks([], [good, others.difference(good)], none, size), size);
        const blocksOf = (set: PortSet) =>
          [...set].filter((first) => span(first, first + size - 1).difference(set).size === 0);
        const inGood = blocksOf(good);
        expect(ascending(found.slice(0, inGood.length))).toEqual(inGood);
        expect(ascending(found.slice(inGood.length))).toEqual(blocksOf(good.union(others)));
      }),
    );
  });

  test('the search for blocks starts at a random port', () => {
    const firstRun = () => [...runsForBlocks([], [span(20000, 29999)], none, 5)][0]?.first;
    expect(twenty(firstRun).size).toBeGreaterThan(1);
  });

  test('preferred blocks come first, in their order, whatever the sets, except those with excluded ports', () => {
    const prefer = [65_534, 8090, 65_533, 8080, 8083];
    expect([...runsForBlocks(prefer, [span(9000, 9001)], span(8082), 3)]).toEqual([
      { first: 8090, last: 8092 },
      { first: 65_533, last: 65_535 },
      { first: 8083, last: 8085 },
    ]);
  });
});

test("browsers refuse the same ports as Node's fetch", async () => {
  // Only for ports that are not bad it asks this dispatcher, which then fails instead of connecting.
  const asked = new Error();
  const dispatch = () => {
    throw asked;
  };
  const given = { dispatcher: { dispatch } } as unknown as RequestInit;
  // The highest bad port is 10080.
  const ports = [...span(1, 11_000), 65_535];
  const refused: number[] = [];
  for (const port of ports) {
    const { cause } = await fetch(`http://127.0.0.1:${port}`, given).catch((error) => error);
    if (cause !== asked) refused.push(port);
  }
  expect(findBadPorts(ports)).toEqual(refused);
});
