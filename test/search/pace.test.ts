import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Request } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { defaultPace, type Pace, Patience } from '../../src/search/pace.ts';
import { freshLeases, listen, ownRange, request, stream, temporaryDirectory } from '../support.ts';

describe('patience', () => {
  test('lasts from the start for as long as the timeout says', () => {
    let now = 7;
    const patience = new Patience({ ...defaultPace, now: () => now, timeout: 100 });
    now = 106;
    expect(patience.isExhausted).toBe(false);
    now = 107;
    expect(patience.isExhausted).toBe(true);
  });

  test('is renewed by more ports than ever before, and by nothing else', () => {
    let now = 0;
    const patience = new Patience({ ...defaultPace, now: () => now, timeout: 100 });
    now = 99;
    patience.note(2);
    now = 198;
    expect(patience.isExhausted).toBe(false);
    patience.note(1);
    patience.note(2);
    now = 199;
    expect(patience.isExhausted).toBe(true);
  });
});

test('a search goes by a clock that nobody sets, and gives up after ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const before = defaultPace.now();
  vi.setSystemTime(0);
  expect(defaultPace.now() - before).toBeGreaterThanOrEqual(0);
  vi.useRealTimers();
  expect(defaultPace.timeout).toBe(10_000);
});

test('a search counts and waits milliseconds', async () => {
  const uptime = vi.spyOn(process, 'uptime').mockReturnValue(7);
  onTestFinished(() => uptime.mockRestore());
  expect(defaultPace.now()).toBe(7000);
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  let isOver = false;
  const wait = defaultPace.sleep(25).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(24);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toBe(true);
  await wait;
});

/** A clock on which every look takes eleven seconds. */
const slow = (): Pace => {
  let now = 0;
  return {
    ...defaultPace,
    now: () => {
      now += 11_000;
      return now;
    },
  };
};

describe('a search that gets nowhere for ten seconds', () => {
  test.each<[string, Partial<Request>, string]>([
    ['among single numbers', {}, 'Needed 1 port, found none in '],
    ['among types', { types: ['stream', 'dgram'] }, 'Needed 2 ports, found none in '],
    ['among blocks', { contiguous: true, types: stream(2) }, 'Needed 2 ports in a row, found '],
  ])('ends %s, and the error says so', async (_, given, message) => {
    const range = await ownRange(4);
    const search = allocate(
      request({ range: [range], ...given }),
      freshLeases(),
      undefined,
      slow(),
    );
    await expect(search).rejects.toThrow(
      new RegExp(`^${message}.*\\. Gave up after 10 s without another port\\.$`),
    );
  });

  test('ends where the OS chooses, and the error says so', async () => {
    const search = allocate(request({ range: 'ephemeral' }), freshLeases(), undefined, slow());
    await expect(search).rejects.toThrow(
      /^Needed 1 port, found none in the ephemeral range.* Gave up after 10 s without another port\.$/,
    );
  });
});

describe('a search that finds too few', () => {
  /** A pace that notes what it waits, and does `during` instead. */
  const noting = (during: () => void = () => {}) => {
    const waits: number[] = [];
    const pace: Pace = {
      ...defaultPace,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        during();
      },
    };
    return { waits, pace };
  };

  test('starts again after ever longer waits of random length, and then fails', async () => {
    const range = await ownRange(1);
    await listen('127.0.0.1', range.first);
    const random = vi.spyOn(Math, 'random');
    try {
      for (const [value, factor] of [
        [0, 0.5],
        [0.5, 1],
      ] as const) {
        random.mockReturnValue(value);
        const { waits, pace } = noting();
        const search = allocate(request({ range: [range] }), freshLeases(), undefined, pace);
        await expect(search).rejects.toThrow('found none');
        expect(waits).toEqual([25, 50, 100, 200, 400, 800, 1600].map((wait) => wait * factor));
      }
    } finally {
      random.mockRestore();
    }
  });

  test('takes a number that another step gives back meanwhile', async () => {
    const range = await ownRange(1);
    const root = temporaryDirectory();
    const other = freshLeases(root);
    other.claim([range.first]);
    const { waits, pace } = noting(() => other.release());
    const { ports } = await allocate(
      request({ range: [range] }),
      freshLeases(root),
      undefined,
      pace,
    );
    expect(ports).toEqual([range.first]);
    expect(waits).toHaveLength(1);
  });

  test('takes a number that a server gives back meanwhile', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', first);
    const server = createServer();
    onTestFinished(() => {
      server.close();
    });
    await once(server.listen(last), 'listening');
    const { pace } = noting(() => server.close());
    const given = request({ prefer: [first], range: [{ first: last, last }] });
    const found = await allocate(given, freshLeases(), undefined, pace);
    expect(found.ports).toEqual([last]);
    expect(found.notices).toEqual([`${first} is in use; took ${last} instead`]);
  });

  test('keeps nothing while it waits', async () => {
    const range = await ownRange(3);
    const root = temporaryDirectory();
    await listen('127.0.0.1', range.first);
    const onlooker = freshLeases(root);
    const seen: unknown[] = [];
    const { pace } = noting(() => {
      onlooker.look();
      seen.push(onlooker.ownerOf(range.first + 1), onlooker.ownerOf(range.last));
    });
    const given = request({ types: stream(3), range: [range] });
    await expect(allocate(given, freshLeases(root), undefined, pace)).rejects.toThrow('found 2');
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  test('does not hold what another needs: of two that want 6 of 10 numbers, one gets them', async () => {
    const range = await ownRange(10);
    const root = temporaryDirectory();
    const given = request({ types: stream(6), range: [range] });
    const pace = { ...defaultPace, sleep, backoff: [1, 2, 4, 8, 16, 32, 64, 128] };
    const steps = await Promise.allSettled([
      allocate(given, freshLeases(root), undefined, pace),
      allocate(given, freshLeases(root), undefined, pace),
    ]);
    expect(steps.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test.each<[string, (range: { first: number; last: number }) => Partial<Request>, string]>([
    ['more ports than there are', () => ({ types: stream(500) }), 'there are only 3 in'],
    ['a range that is excluded whole', (range) => ({ exclude: [range] }), 'there is none in'],
    [
      'a block longer than any run',
      ({ first }) => ({
        types: stream(2),
        contiguous: true,
        exclude: [{ first: first + 1, last: first + 1 }],
      }),
      'there is only 1 in',
    ],
  ])('does not wait for %s', async (_, given, message) => {
    const range = await ownRange(3);
    const { waits, pace } = noting();
    const search = allocate(
      request({ range: [range], ...given(range) }),
      freshLeases(),
      undefined,
      pace,
    );
    await expect(search).rejects.toThrow(message);
    expect(waits).toEqual([]);
  });
});
