import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numbers } from '../../src/ports/port-set.ts';
import type { SocketType } from '../../src/request.ts';
import { bindUdp, freshLeases, listen, ownRange, ports, temporaryDirectory } from '../support.ts';

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
          const found = await ports({ types, range: [range] }).catch((error) => `${error}`);
          expect([situation, types, typeof found !== 'string']).toEqual([
            situation,
            types,
            isPossible(types),
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
