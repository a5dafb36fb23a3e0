import { afterEach, beforeEach, describe, expect, type Mock, test } from 'vitest';
import type { Request } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { findEach } from '../../src/search/find-each.ts';
import { OsChoice } from '../../src/search/os-choice.ts';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import * as sockets from '../../src/system/sockets.ts';
import {
  bindUdp,
  bothTransports,
  eachTransports,
  freshLeases,
  listen,
  onUnix,
  ownRange,
  ports,
  request,
  span,
  spyOn,
  systemError,
  temporaryDirectory,
  withIpv6,
  withOpenFiles,
} from '../support.ts';
import { ContestedLeases, searchWith } from './support.ts';

const { bind: actuallyBind } = sockets;
let bind: Mock<typeof actuallyBind>;

beforeEach(() => {
  bind = spyOn(sockets, 'bind');
});

const ephemeral = await ephemeralRange(bothTransports);
const chosen = (given: Partial<Request>, leases = freshLeases()) =>
  ports({ range: 'ephemeral', ...given }, leases);

/** Makes the OS choose these ports first. */
function osChooses(...first: number[]): void {
  bind.mockImplementation((transport, endpoint) =>
    actuallyBind(transport, {
      ...endpoint,
      port: endpoint.port === 0 ? (first.shift() ?? 0) : endpoint.port,
    }),
  );
}

/** The sockets that were bound, in order. */
const bound = () =>
  bind.mock.settledResults.flatMap(({ type, value }) => (type === 'fulfilled' ? [value] : []));

const areListening = () =>
  bound().flatMap((socket) => ('listening' in socket ? [socket.listening] : []));

afterEach(() => {
  // An open socket would keep the step from ending.
  expect(areListening()).not.toContain(true);
});

test.each(eachTransports)('the OS chooses different ports for %s', async (_, transports) => {
  const found = await chosen({ count: 50, transports });
  expect(new Set(found).size).toBe(50);
  for (const port of found) expect(ephemeral.ports.has(port)).toBe(true);
});

withIpv6.test('a port that the OS chooses is bound in both families', async () => {
  const [port = 0] = await chosen({ family: 'both', transports: bothTransports });
  const calls = bind.mock.calls.filter(([, endpoint]) => endpoint.port === port);
  expect(calls.map(([transport, { host }]) => [transport, host])).toEqual([
    ['stream', '::'],
    ['dgram', '0.0.0.0'],
    ['dgram', '::'],
  ]);
  await listen('0.0.0.0', port);
  await listen('::', port, true);
});

test('the OS chooses a port on the given host', async () => {
  await chosen({ host: '127.0.0.1' });
  expect(bind).toHaveBeenLastCalledWith(
    'stream',
    expect.objectContaining({ host: '127.0.0.1', port: 0 }),
  );
});

test('an excluded port is not given', async () => {
  const { first, last } = await ownRange(2);
  osChooses(first, last);
  const exclude = span(1, 65_535).difference(ephemeral.ports).union(span(first));
  const found = await chosen({ count: 2, exclude });
  expect(found).toHaveLength(2);
  for (const port of found) expect(exclude.has(port)).toBe(false);
});

test('a port that another step has is not given', async () => {
  const { first } = await ownRange(1);
  const root = temporaryDirectory();
  freshLeases(root).write([first]);
  osChooses(first);
  const [port] = await chosen({ prefer: [first] }, freshLeases(root));
  expect(port).not.toBe(first);
});

test('there is no warning about a port that the OS chooses', async () => {
  const given = request({ range: 'ephemeral' });
  expect(await allocate(given, freshLeases())).toMatchObject({ warnings: [], notices: [] });
});

test('preferred ports come before those that the OS chooses', async () => {
  const { first } = await ownRange(1);
  const found = await chosen({ count: 3, prefer: [first] });
  expect(found[0]).toBe(first);
  expect(new Set(found).size).toBe(3);
});

test('a port that is in use for UDP is not given for TCP and UDP', async () => {
  const { first } = await ownRange(1);
  await bindUdp('0.0.0.0', first);
  osChooses(first);
  const [port] = await chosen({ transports: bothTransports });
  expect(port).not.toBe(first);
});

withIpv6.test('a port that is in use for IPv6 is not given for both families', async () => {
  const { first } = await ownRange(1);
  await listen('::', first, true);
  // The first choice is for the test whether there is IPv6.
  osChooses(0, first);
  const [port] = await chosen({ family: 'both' });
  expect(port).not.toBe(first);
});

test('a port is held until it is claimed, and no longer', async () => {
  const leases = new ContestedLeases();
  leases.beforeWrite = (claimed) => {
    expect(claimed).toHaveLength(2);
    expect(bound().slice(-2)).toMatchObject([{ listening: true }, { listening: true }]);
  };
  await chosen({ count: 2 }, leases);
  expect(bound().slice(-2)).toMatchObject([{ listening: false }, { listening: false }]);
});

test('ports that are no good are held, so that they are not chosen again, until the last look', async () => {
  const { first, last } = await ownRange(2);
  bind.mockClear();
  osChooses(first, last);
  const leases = new ContestedLeases();
  leases.rivalClaims([last]);
  leases.beforeWrite = (claimed) => {
    if (claimed.length > 0) expect(areListening()).toEqual([true, true, true]);
  };
  leases.beforeLook = () => {
    if (leases.claimed.length > 0) expect(areListening()).toEqual([false, false, true]);
  };
  expect(await chosen({ exclude: span(first) }, leases)).toHaveLength(1);
});

test('an excluded port is no longer held if a claim lacks descriptors', async () => {
  const { first } = await ownRange(1);
  bind.mockClear();
  osChooses(first);
  const leases = new ContestedLeases();
  leases.beforeLook = () => {
    if (`${areListening()}` === 'true,true') throw systemError('EMFILE');
  };
  expect(await chosen({ exclude: span(first) }, leases)).toHaveLength(1);
});

describe('choices of the OS', () => {
  /** Chooses TCP ports, with a clock that moves by 20 ms whenever it is read. */
  async function choose(hosts: string[], given: Partial<Request> = {}): Promise<number[]> {
    let now = 0;
    const { reservations, patience } = searchWith(freshLeases(), {
      pace: { now: () => (now += 20), timeout: 50, sleep: async () => {}, backoff: [] },
    });
    const whole = request(given);
    const osChoice = new OsChoice(whole, hosts, reservations);
    try {
      return await findEach(whole.count, osChoice.source, reservations, patience);
    } finally {
      await osChoice.close();
    }
  }

  test('the OS is asked again if a port is excluded, until time runs out', async () => {
    expect(await choose(['127.0.0.1'], { exclude: span(1, 65_535) })).toEqual([]);
    expect(bind.mock.calls.length).toBeGreaterThan(1);
  });

  test('a port that cannot be bound on each host is not given', async () => {
    // The second bind to the same address fails.
    expect(await choose(['127.0.0.1', '127.0.0.1'])).toEqual([]);
  });

  test('a search ends as soon as all ports are in use', async () => {
    bind.mockRejectedValue(systemError('EADDRINUSE'));
    expect(await choose(['127.0.0.1'])).toEqual([]);
    expect(bind).toHaveBeenCalledTimes(1);
    bind.mockImplementationOnce(actuallyBind).mockImplementationOnce(actuallyBind);
    expect(await choose(['127.0.0.1'], { count: 3 })).toHaveLength(2);
  });

  test('a socket is for IPv6 alone only if IPv4 is wanted as well', async () => {
    bind.mockImplementation((transport) => actuallyBind(transport, { host: '127.0.0.1', port: 0 }));
    await choose(['::']);
    await choose(['0.0.0.0', '::']);
    expect(bind.mock.calls).toMatchObject([
      ['stream', { host: '::', ipv6Only: false }],
      ['stream', { host: '0.0.0.0', ipv6Only: false }],
      ['stream', { host: '::', ipv6Only: true }],
    ]);
  });

  test('an excluded port is no longer held if a search lacks descriptors', async () => {
    const { first } = await ownRange(1);
    bind
      .mockClear()
      .mockImplementationOnce((type, at) => actuallyBind(type, { ...at, port: first }))
      .mockRejectedValueOnce(systemError('EMFILE'))
      .mockImplementationOnce((...given) => {
        expect(areListening()).toEqual([false]);
        return actuallyBind(...given);
      });
    expect(await choose(['127.0.0.1'], { exclude: span(first) })).toHaveLength(1);
  });

  onUnix.test('a search fails if this process may bind no port', async () => {
    bind.mockRejectedValue(systemError('EACCES'));
    await expect(choose(['127.0.0.1'])).rejects.toThrow(
      'This process can bind no TCP port on 127.0.0.1 (EACCES)',
    );
  });

  test.each(['EADDRNOTAVAIL', 'EMFILE'])(
    'a search fails with an error that is not about the port: %s',
    async (code) => {
      bind.mockRejectedValue(systemError(code));
      await expect(choose(['127.0.0.1'])).rejects.toMatchObject({ code });
    },
  );

  test('a search that fails on the second host leaves no socket open', async () => {
    bind.mockImplementation(async (transport, endpoint) => {
      if (endpoint.host === '::1') throw systemError('EMFILE');
      return actuallyBind(transport, endpoint);
    });
    await expect(choose(['127.0.0.1', '::1'])).rejects.toMatchObject({ code: 'EMFILE' });
    expect(bound()).toMatchObject([{ listening: false }]);
  });
});

withOpenFiles(1000).test(
  'steps that ask on different addresses at once get different ports',
  async () => {
    const root = temporaryDirectory();
    const other = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
    const found = await Promise.all(
      ['127.0.0.1', other, '127.0.0.1', other].map((host) =>
        chosen({ count: 100, host }, freshLeases(root)),
      ),
    );
    expect(new Set(found.flat()).size).toBe(400);
  },
);
