import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numbers } from '../../src/ports/port-set.ts';
import type { SocketType } from '../../src/request.ts';
import { findEach } from '../../src/search/find-each.ts';
import {
  bindUdp,
  freshLeases,
  listen,
  oneRound,
  ownRange,
  ports,
  stream,
  temporaryDirectory,
} from '../support.ts';
import { watched } from './support.ts';

/** What a search among these numbers alone finds, and how many it has tried at a time. */
async function search(types: readonly SocketType[], among: readonly number[], pace = oneRound) {
  const { reservations, patience, batches } = watched(freshLeases(), pace);
  const found = await findEach(types, among, reservations, patience);
  return { found, batches: batches().map(({ length }) => length) };
}

describe('ports of mixed types', () => {
  test('take each number at most once', async () => {
    const range = await ownRange(6);
    const types: SocketType[] = ['stream', 'dgram', 'stream', 'both', 'dgram', 'both'];
    expect((await ports({ types, range: [range] })).toSorted()).toEqual([...numbers([range])]);
  });

  test('leave a number that is in use for one to the other', async () => {
    const range = await ownRange(2);
    await listen('127.0.0.1', range.first);
    for (let i = 0; i < 10; i++) {
      expect(await ports({ types: ['dgram', 'stream'], range: [range] })).toEqual([
        range.first,
        range.last,
      ]);
    }
  });

  test('get a number that was refused for another type before', async () => {
    const { first } = await ownRange(1);
    await listen('127.0.0.1', first);
    const { found } = await search(['stream', 'dgram'], [first]);
    expect(found).toEqual([undefined, first]);
  });

  test('get numbers that were tried for them, whatever was refused before', async () => {
    const { first, last } = await ownRange(4);
    await listen('127.0.0.1', first);
    await listen('127.0.0.1', first + 1);
    const { found } = await search(
      ['stream', 'dgram', 'stream'],
      [first, first + 1, first + 2, last],
    );
    expect(found).toEqual([first + 2, first + 1, last]);
  });

  test('make room for each other along any chain', async () => {
    const range = await ownRange(3);
    await listen('127.0.0.1', range.first);
    await bindUdp('127.0.0.1', range.first + 1);
    // UDP must have the first number and TCP the second, since only the third is left for both.
    const types: SocketType[] = ['dgram', 'stream', 'both'];
    const prefer = [range.last, range.first + 1, range.first];
    expect(await ports({ types, prefer, range: [range] })).toEqual([
      range.first,
      range.first + 1,
      range.last,
    ]);
  });

  test('make room along a chain of three', async () => {
    const { first, last } = await ownRange(3);
    await listen('127.0.0.1', last);
    // The first number goes to TCP and the second to UDP. For both, UDP must move and then TCP.
    const { found } = await search(['stream', 'dgram', 'both'], [first, first + 1, last]);
    expect(found).toEqual([first + 1, last, first]);
  });

  test('pass over a number that the type without one cannot have', async () => {
    const { first, last } = await ownRange(3);
    await bindUdp('127.0.0.1', first);
    await bindUdp('127.0.0.1', last);
    const { found } = await search(['stream', 'stream', 'both'], [first, first + 1, last]);
    expect(found).toEqual([first, last, first + 1]);
  });

  test('are as many as there are numbers, where those are too few', async () => {
    const range = await ownRange(3);
    const types: SocketType[] = ['stream', 'dgram', 'stream', 'both', 'dgram'];
    const { found } = await search(types, [...numbers([range])]);
    expect(found.filter((port) => port !== undefined).toSorted()).toEqual([...numbers([range])]);
  });

  test('are never given twice, however early time runs out', async () => {
    const range = await ownRange(4);
    await listen('127.0.0.1', range.last);
    await bindUdp('127.0.0.1', range.first + 2);
    const among = [...numbers([range])];
    for (let looks = 0; ; looks++) {
      let [left, late] = [looks, 0];
      const now = () => {
        if (left-- <= 0) late += oneRound.timeout;
        return late;
      };
      const pace = { ...oneRound, now };
      const { found } = await search(['stream', 'dgram', 'both', 'stream'], among, pace);
      const given = found.filter((port) => port !== undefined);
      expect(new Set(given).size).toBe(given.length);
      if (left > 0) return expect(given).toHaveLength(4);
    }
  });

  test('get an assignment wherever there is one', async () => {
    const range = await ownRange(5);
    const use = fc.constantFrom<'stream' | 'dgram' | undefined>('stream', 'dgram', undefined);
    const uses = Array.from({ length: 5 }, () => use);
    // Sockets stay bound until the test ends, so one situation is tried with many requests.
    const [situation = []] = fc.sample(fc.tuple(...uses), 1);
    for (const [i, used] of situation.entries()) {
      if (used === 'stream') await listen('127.0.0.1', range.first + i);
      if (used === 'dgram') await bindUdp('127.0.0.1', range.first + i);
    }
    const fits = (type: SocketType, i: number) =>
      situation[i] === undefined || (type !== 'both' && situation[i] !== type);
    const isPossible = (types: readonly SocketType[], taken: readonly number[] = []): boolean => {
      const [type, ...rest] = types;
      if (type === undefined) return true;
      return [0, 1, 2, 3, 4].some(
        (i) => !taken.includes(i) && fits(type, i) && isPossible(rest, [...taken, i]),
      );
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<SocketType>('stream', 'dgram', 'both'), {
          minLength: 1,
          maxLength: 5,
        }),
        async (types) => {
          const found = await ports({ types, range: [range] }).catch(() => undefined);
          const fit = found?.every((port, i) => fits(types[i] as SocketType, port - range.first));
          expect([situation, types, fit]).toEqual([
            situation,
            types,
            isPossible(types) ? true : undefined,
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('a number that another step has leased for one type is given for none', async () => {
  const range = await ownRange(2);
  const root = temporaryDirectory();
  const [udp] = await ports({ types: ['dgram'], range: [range] }, freshLeases(root));
  const [tcp] = await ports({ types: ['stream'], range: [range] }, freshLeases(root));
  expect([udp, tcp].toSorted()).toEqual([range.first, range.last]);
});

test.each<[SocketType, number[]]>([
  ['stream', [30, 5]],
  ['dgram', [15, 15, 5]],
  ['both', [10, 10, 10, 5]],
])('%s: numbers are tried in batches of limited size', async (type, sizes) => {
  const range = await ownRange(35);
  const { batches } = await search(Array(35).fill(type), [...numbers([range])]);
  expect(batches).toEqual(sizes);
});

test('a search that finds one port after the other takes as long as it needs', async () => {
  const range = await ownRange(120);
  let now = 0;
  // The clock moves by less than the timeout whenever it is read, and by more in all.
  const pace = { ...oneRound, now: () => (now += 0.4 * oneRound.timeout) };
  const { found } = await search(stream(120), [...numbers([range])], pace);
  expect(found).not.toContain(undefined);
});
