import { once } from 'node:events';
import { createServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import type { Request } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { defaultPace, type Pace, Patience } from '../../src/search/pace.ts';
import * as sockets from '../../src/system/sockets.ts';
import {
  ascending,
  freshLeases,
  listen,
  type OwnRange,
  onUnix,
  ownRange,
  ports,
  request,
  span,
  spyOn,
  systemError,
  temporaryDirectory,
} from '../support.ts';
import { ContestedLeases } from './support.ts';

describe('patience', () => {
  test('patience lasts from the start until the timeout', () => {
    let now = 7;
    const patience = new Patience({ ...defaultPace, now: () => now, timeout: 100 });
    now = 106;
    expect(patience.isExhausted).toBe(false);
    now = 107;
    expect(patience.isExhausted).toBe(true);
  });

  test('patience is extended only by more ports than ever before', () => {
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

test('a search uses a monotonic clock, and gives up after ten seconds', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const before = defaultPace.now();
  vi.setSystemTime(0);
  expect(defaultPace.now() - before).toBeGreaterThanOrEqual(0);
  expect(defaultPace.timeout).toBe(10_000);
});

test('the clock and the waits of a search are in milliseconds', async () => {
  spyOn(process, 'uptime').mockReturnValue(7);
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

/** A pace without real waits, and its clock. */
function fakePace(during: () => void = () => {}) {
  const clock = { now: 0 };
  const waits: number[] = [];
  const pace: Pace = {
    ...defaultPace,
    now: () => clock.now,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      await nextTurn();
      during();
    },
  };
  return { clock, waits, pace };
}

describe('searches without another port for ten seconds', () => {
  /** A pace with a clock that moves by eleven seconds whenever it is read. */
  const slowPace = () => {
    const { clock, waits, pace } = fakePace();
    return { waits, pace: { ...pace, now: () => (clock.now += 11_000) } };
  };

  test.each<[string, (range: OwnRange) => Partial<Request>, string]>([
    [
      'single ports',
      ({ first }) => ({ prefer: [first] }),
      'Needed 1 port, found none in .*: 1 in use',
    ],
    [
      'blocks',
      ({ first }) => ({ prefer: [first], contiguous: true, count: 2 }),
      'Needed 2 ports in a row, found at most 1 in .*: 1 in use',
    ],
    [
      'ports that the OS chooses',
      ({ first }) => ({
        range: 'ephemeral',
        exclude: span(1, 65_535).difference(span(first)),
      }),
      'Needed 1 port, found none in the ephemeral range: .*',
    ],
  ])('a search for %s gives up after ten seconds', async (_, given, message) => {
    const range = await ownRange(4);
    await listen('127.0.0.1', range.first);
    const { waits, pace } = slowPace();
    const search = ports({ range: range.ports, ...given(range) }, freshLeases(), pace);
    await expect(search).rejects.toThrow(
      new RegExp(`^${message}\\. Gave up after 10 s without another port$`),
    );
    expect(waits).toEqual([]);
  });

  test('a search tries some ports, even if time is up at once', async () => {
    const range = await ownRange(30);
    for (const contiguous of [false, true]) {
      const given = { count: 30, range: range.ports, contiguous };
      expect(await ports(given, freshLeases(), slowPace().pace)).toHaveLength(30);
    }
  });

  test('a search fails if time is up when another step takes its port at the last look', async () => {
    const range = await ownRange(5);
    const { clock, pace } = fakePace();
    for (const contiguous of [false, true]) {
      const leases = new ContestedLeases();
      let taken: number[] = [];
      leases.beforeLook = () => {
        if (leases.claimed.length === 0) return;
        clock.now += 11_000;
        taken = [...taken, ...leases.claimed];
        leases.rivalClaims(taken);
      };
      await expect(ports({ range: range.ports, contiguous }, leases, pace)).rejects.toThrow(
        'Gave up after 10 s',
      );
      expect(taken).toHaveLength(1);
    }
  });

  test('a search does not count the time of the first look', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', first);
    const { clock, pace } = fakePace();
    class SlowLeases extends ContestedLeases {
      override lookAfresh(): void {
        clock.now += 11_000;
        super.lookAfresh();
      }
    }
    const given = { prefer: [first], range: span(last) };
    expect(await ports(given, new SlowLeases(), pace)).toEqual([last]);
  });

  test('a search that runs out of time while it waits reports what it found before', async () => {
    const range = await ownRange(3);
    await listen('127.0.0.1', range.first);
    const { clock, waits, pace } = fakePace(() => {
      clock.now += 11_000;
    });
    await expect(ports({ count: 3, range: range.ports }, freshLeases(), pace)).rejects.toThrow(
      `Needed 3 ports, found 2 in ${range.first}-${range.last}: 1 in use. ` +
        'Gave up after 10 s without another port',
    );
    expect(waits).toHaveLength(1);
  });
});

describe('searches that find too few ports', () => {
  test('a search tries again after ever longer waits of random length, and then fails', async () => {
    const range = await ownRange(1);
    await listen('127.0.0.1', range.first);
    const random = spyOn(Math, 'random');
    for (const [value, factor] of [
      [0, 0.5],
      [0.5, 1],
    ] as const) {
      random.mockReturnValue(value);
      const { waits, pace } = fakePace();
      await expect(ports({ range: range.ports }, freshLeases(), pace)).rejects.toThrow(
        `Needed 1 port, found none in ${range.first}: 1 in use`,
      );
      expect(waits).toEqual([25, 50, 100, 200, 400, 800, 1600].map((wait) => wait * factor));
    }
  });

  test('a search gives up after ten seconds in all, however many rounds there are', async () => {
    const range = await ownRange(1);
    await listen('127.0.0.1', range.first);
    const { clock, waits, pace } = fakePace(() => {
      clock.now += 3000;
    });
    await expect(ports({ range: range.ports }, freshLeases(), pace)).rejects.toThrow('Gave up');
    expect(waits).toHaveLength(4);
  });

  test('each further port gives a search ten more seconds, also in later rounds', async () => {
    const { first, last, ports: range } = await ownRange(2);
    const root = temporaryDirectory();
    const other = freshLeases(root);
    other.write([last]);
    class SlowLeases extends Leases {
      override write(claimed: readonly number[]): void {
        clock.now += 9000;
        super.write(claimed);
      }
    }
    const { clock, pace } = fakePace(() => {
      clock.now += 3000;
      other.release();
    });
    const leases = new SlowLeases('a step', root);
    expect(ascending(await ports({ count: 2, range }, leases, pace))).toEqual([first, last]);
  });

  test('a search takes a port that another step gives back while it waits', async () => {
    const range = await ownRange(1);
    const root = temporaryDirectory();
    const other = freshLeases(root);
    other.write([range.first]);
    const { waits, pace } = fakePace(() => other.release());
    expect(await ports({ range: range.ports }, freshLeases(root), pace)).toEqual([range.first]);
    expect(waits).toHaveLength(1);
  });

  test('a search takes a port that a server gives back while it waits', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', first);
    const server = createServer();
    onTestFinished(() => {
      server.close();
    });
    await once(server.listen(last), 'listening');
    const { pace } = fakePace(() => server.close());
    const given = request({ prefer: [first], range: span(last) });
    const found = await allocate(given, freshLeases(), undefined, pace);
    expect(found.ports).toEqual([last]);
    expect(found.notices).toEqual([`${first} is in use; took ${last} instead`]);
  });

  test('a search holds nothing while it waits', async () => {
    const range = await ownRange(3);
    await listen('127.0.0.1', range.first);
    const leases = new ContestedLeases();
    const { waits, pace } = fakePace(() => expect(leases.seenByOthers()).toEqual([]));
    const given = { count: 3, range: range.ports };
    await expect(ports(given, leases, pace)).rejects.toThrow('found 2');
    expect(waits).toHaveLength(7);
  });

  test('of two steps that want 6 of 10 ports, one gets them', async () => {
    const range = await ownRange(10);
    const root = temporaryDirectory();
    const pace = { ...defaultPace, sleep, backoff: [1, 2, 4, 8, 16, 32, 64, 128] };
    const step = () => ports({ count: 6, range: range.ports }, freshLeases(root), pace);
    const steps = await Promise.allSettled([step(), step()]);
    expect(steps.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  onUnix.test('a search that may bind some ports does not say that it may bind none', async () => {
    const { first, last, ports: range } = await ownRange(2);
    const { bind } = sockets;
    spyOn(sockets, 'bind').mockImplementation((transport, endpoint) =>
      endpoint.port === last ? Promise.reject(systemError('EACCES')) : bind(transport, endpoint),
    );
    spyOn(sockets, 'findBindBan').mockResolvedValue('EACCES');
    await expect(ports({ count: 2, range }, freshLeases())).rejects.toThrow(
      new Error(`Needed 2 ports, found 1 in ${first}-${last}: 1 that this process may not bind`),
    );
  });

  onUnix.test('a search does not wait for ports that it is not permitted to bind', async () => {
    const { first, ports: range } = await ownRange(1);
    spyOn(sockets, 'bind').mockRejectedValue(systemError('EACCES'));
    spyOn(sockets, 'findBindBan').mockImplementation(async ([transport]) =>
      transport === 'stream' ? 'EACCES' : undefined,
    );
    const { waits, pace } = fakePace();
    await expect(ports({ range }, freshLeases(), pace)).rejects.toThrow(
      `Needed 1 port, found none in ${first}: 1 that this process may not bind. ` +
        'This process may bind no port there, nor let the OS choose one (EACCES)',
    );
    expect(waits).toEqual([]);
  });

  test.each<[string, (range: OwnRange) => Partial<Request>, string]>([
    ['more ports than there are', () => ({ count: 500 }), 'there are only 3 in'],
    [
      'a range that is excluded',
      ({ ports: exclude }) => ({ exclude }),
      'but "exclude" leaves none of',
    ],
    [
      'a block that is longer than any run',
      ({ first }) => ({ count: 2, contiguous: true, exclude: span(first + 1) }),
      'but "exclude" leaves only 1 of',
    ],
  ])('a search does not wait for %s', async (_, given, message) => {
    const range = await ownRange(3);
    const { waits, pace } = fakePace();
    const search = ports({ range: range.ports, ...given(range) }, freshLeases(), pace);
    await expect(search).rejects.toThrow(message);
    expect(waits).toEqual([]);
  });
});
