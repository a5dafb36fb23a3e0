import { beforeEach, describe, expect, test, vi } from 'vitest';
import { contains, type PortSet, subtract } from '../../src/ports/port-set.ts';
import type { Request, SocketType } from '../../src/request.ts';
import { bindEphemeral } from '../../src/search/bind-ephemeral.ts';
import { defaultPace, Patience } from '../../src/search/pace.ts';
import { Reservations } from '../../src/search/reservations.ts';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import { bind } from '../../src/system/sockets.ts';
import {
  freshLeases,
  listen,
  ownRange,
  ports,
  stream,
  systemError,
  temporaryDirectory,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

vi.mock('../../src/system/sockets.ts', async (original) => {
  const sockets = await original<typeof import('../../src/system/sockets.ts')>();
  return { ...sockets, bind: vi.fn(sockets.bind) };
});

const { bind: actuallyBind } = await vi.importActual<typeof import('../../src/system/sockets.ts')>(
  '../../src/system/sockets.ts',
);

interface Choice {
  readonly exclude?: PortSet;
  readonly count?: number;
  readonly type?: SocketType;
  readonly preferred?: readonly number[];
}

beforeEach(() => {
  vi.mocked(bind).mockReset().mockImplementation(actuallyBind);
});

const ephemeral = await ephemeralRange(['stream', 'dgram']);
const chosen = (given: Partial<Request>, leases = freshLeases()) =>
  ports({ range: 'ephemeral', ...given }, leases);

test.each(['stream', 'dgram', 'both'] as const)(
  'the OS chooses %s ports, which differ',
  async (type) => {
    const found = await chosen({ types: Array(50).fill(type) });
    expect(new Set(found).size).toBe(50);
    for (const port of found) expect(contains(ephemeral.ports, port)).toBe(true);
  },
);

withIpv6.test('the number is the same in both families', async () => {
  const [port = 0] = await chosen({ family: 'both', types: ['both'] });
  await listen('0.0.0.0', port);
  await listen('::', port, true);
});

test('what is excluded is left out', async () => {
  // All but the lower half, where the OS looks as well.
  const { first = 1, last = 1 } = ephemeral.ports[0] ?? {};
  const half = { first, last: first + Math.floor((last - first) / 2) };
  const exclude = subtract([{ first: 1, last: 65_535 }], [half]);
  for (const port of await chosen({ types: stream(5), exclude })) {
    expect(contains(exclude, port)).toBe(false);
  }
});

test('preferred ports come first', async () => {
  const { first } = await ownRange(1);
  const found = await chosen({ types: stream(3), prefer: [first] });
  expect(found[0]).toBe(first);
  expect(new Set(found).size).toBe(3);
});

test('a preferred port that another step has gives way to one that the OS chooses', async () => {
  const { first } = await ownRange(1);
  const root = temporaryDirectory();
  freshLeases(root).claim([first]);
  const [port] = await chosen({ prefer: [first] }, freshLeases(root));
  expect(port).not.toBe(first);
});

describe('the choice of the OS', () => {
  /** Chooses as many TCP ports, by a clock on which each look takes 20 ms. */
  const choose = (
    hosts: string[],
    { exclude = [], count = 1, type = 'stream', preferred = [] }: Choice = {},
  ): Promise<(number | undefined)[]> => {
    let now = 0;
    const pace = { ...defaultPace, now: () => (now += 20), timeout: 50 };
    const found = [...Array(count).fill(undefined), ...preferred];
    const types = Array<SocketType>(found.length).fill(type);
    const reservations = new Reservations(freshLeases(), []);
    const patience = new Patience(pace);
    patience.note(preferred.length);
    return bindEphemeral(types, found, hosts, exclude, reservations, patience);
  };

  test('is asked for again as long as it is refused, until time runs out', async () => {
    const exclude = [{ first: 1, last: 65_535 }];
    expect(await choose(['127.0.0.1'], { exclude })).toEqual([undefined]);
    expect(bind).toHaveBeenCalledTimes(2);
  });

  test('may take longer in all, if it brings one port after the other', async () => {
    expect(await choose(['127.0.0.1'], { count: 10 })).not.toContain(undefined);
  });

  test('may take longer beside preferred ports, which count as ports', async () => {
    const preferred = Array.from({ length: 10 }, (_, i) => i + 1);
    const found = await choose(['127.0.0.1'], { count: 10, preferred });
    expect(found).not.toContain(undefined);
  });

  test('is passed over where it is in use in the other family', async () => {
    // What is bound to an address is in the way of itself.
    expect(await choose(['127.0.0.1', '127.0.0.1'])).toEqual([undefined]);
  });

  test('is passed over where it is in use for the other type, and asked for again', async () => {
    vi.mocked(bind).mockImplementation(async (transport, endpoint) => {
      const calls = vi.mocked(bind).mock.calls.length;
      if (calls === 2) throw systemError('EADDRINUSE');
      // Another program may really have the number for the other type.
      return actuallyBind(transport, calls === 4 ? { ...endpoint, port: 0 } : endpoint);
    });
    expect(await choose(['127.0.0.1'], { type: 'both' })).toEqual([expect.any(Number)]);
    expect(bind).toHaveBeenCalledTimes(4);
  });

  test('is none where all are in use', async () => {
    vi.mocked(bind).mockRejectedValue(systemError('EADDRINUSE'));
    expect(await choose(['127.0.0.1'])).toEqual([undefined]);
    expect(bind).toHaveBeenCalledTimes(1);
  });

  test('is bound for IPv6 alone only where IPv4 is wanted as well', async () => {
    const asked = () =>
      vi.mocked(bind).mock.calls.map(([, { host, ipv6Only }]) => [host, ipv6Only]);
    vi.mocked(bind).mockRejectedValue(systemError('EADDRINUSE'));
    await choose(['::']);
    expect(asked()).toEqual([['::', false]]);
    vi.mocked(bind).mockClear();
    vi.mocked(bind).mockImplementation((transport) =>
      actuallyBind(transport, { host: '127.0.0.1', port: 0 }),
    );
    await choose(['0.0.0.0', '::']);
    expect(asked()).toEqual([
      ['0.0.0.0', false],
      ['::', true],
    ]);
  });

  test.each(['EACCES', 'EADDRNOTAVAIL', 'EMFILE'])(
    'passes on an error that does not speak of numbers: %s',
    async (code) => {
      vi.mocked(bind).mockRejectedValue(systemError(code));
      await expect(choose(['127.0.0.1'])).rejects.toMatchObject({ code });
    },
  );

  test('passes on such an error of the other family', async () => {
    vi.mocked(bind).mockImplementation(async (transport, endpoint) => {
      if (endpoint.host === '::1') throw systemError('EMFILE');
      return actuallyBind(transport, endpoint);
    });
    await expect(choose(['127.0.0.1', '::1'])).rejects.toMatchObject({ code: 'EMFILE' });
    // The first socket is not kept open.
    expect(await vi.mocked(bind).mock.results[0]?.value).toMatchObject({ listening: false });
  });

  withPrlimit.test('takes a file descriptor for each number', async () => {
    await expect(withoutDescriptors(() => choose(['127.0.0.1']))).rejects.toMatchObject({
      code: 'EMFILE',
    });
  });
});

test('steps that ask on different addresses at once get different numbers', async () => {
  const root = temporaryDirectory();
  const other = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
  const found = await Promise.all(
    ['127.0.0.1', other, '127.0.0.1', other].map((host) =>
      chosen({ types: stream(100), host }, freshLeases(root)),
    ),
  );
  expect(new Set(found.flat()).size).toBe(400);
});
