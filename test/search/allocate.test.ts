import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import {
  contains,
  numbers,
  type PortRange,
  parsePorts,
  portSet,
  subtract,
} from '../../src/ports/port-set.ts';
import { autoRanges } from '../../src/ports/well-known-ports.ts';
import type { Request, SocketType } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { draw } from '../../src/search/bind-ephemeral.ts';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import {
  bindUdp,
  canLimitFiles,
  hasIpv6,
  listen,
  machineLeases,
  ownRange,
  pretendToBe,
  request,
  temporaryDirectory,
  withoutDescriptors,
} from '../support.ts';

// Where no number is for privileged processes it is 0, as in Docker.
const unprivileged = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
const privileged = existsSync(unprivileged) && Number(readFileSync(unprivileged)) > 3;
const avoided = portSet(parsePorts(autoRanges.map(({ avoid }) => avoid).join(' ')));
const stream = (count: number): SocketType[] => Array(count).fill('stream');
/** Leases of a machine of their own: for numbers that `ownRange` keeps for this test on the real one. */
const freshLeases = (root = temporaryDirectory()) => new Leases('acme/app, run 1, job test', root);

async function ports(
  given: Partial<Request>,
  leases = given.range === undefined ? machineLeases() : freshLeases(),
): Promise<readonly number[]> {
  return (await allocate(request(given), leases)).ports;
}

describe('range: auto', () => {
  test('gives as many different ports as there are types, outside of the ephemeral range', async () => {
    const ephemeral = await ephemeralRange(['stream', 'dgram']);
    const { ports, warnings } = await allocate(request({ types: stream(300) }), machineLeases());
    expect(new Set(ports).size).toBe(300);
    for (const port of ports) {
      expect(contains(ephemeral.ports, port)).toBe(false);
      expect(contains(avoided, port)).toBe(false);
    }
    expect(warnings).toEqual([]);
  });

  test.each(['stream', 'dgram', 'both'] as const)(
    'gives %s ports that can be bound',
    async (type) => {
      for (const port of await ports({ types: [type, type] })) {
        if (type !== 'dgram') await listen('127.0.0.1', port);
        if (type !== 'stream') await bindUdp('127.0.0.1', port);
      }
    },
  );

  test.runIf(hasIpv6)('gives ports for any family', async () => {
    expect(await ports({ family: 'ipv6' })).toHaveLength(1);
    expect(await ports({ family: 'both', types: ['both'] })).toHaveLength(1);
  });
});

describe('an explicit range', () => {
  test('is searched to its last number', async () => {
    const range = await ownRange(12);
    await listen('127.0.0.1', range.first + 3);
    const expected = [...numbers([range])].filter((port) => port !== range.first + 3);
    expect((await ports({ types: stream(11), range: [range] })).toSorted()).toEqual(expected);
  });

  test('that is too small is an error that says why', async () => {
    const range = await ownRange(6);
    const root = temporaryDirectory();
    await listen('127.0.0.1', range.first);
    await ports({ range: [{ first: range.first + 1, last: range.first + 1 }] }, freshLeases(root));
    const excluded = [{ first: range.last, last: range.last }];
    await expect(
      ports({ types: stream(4), range: [range], exclude: excluded }, freshLeases(root)),
    ).rejects.toThrow(
      `Found 3 of 4 unused ports with "range": ${range.first}-${range.last}. Of its 6 ports 1 are in use, ` +
        '1 leased (to acme/app, run 1, job test), 0 not permitted and 1 excluded. ' +
        'Ask for fewer, or widen the range.',
    );
  });

  test.runIf(privileged && process.getuid?.() !== 0)(
    'that is for privileged processes is not permitted',
    async () => {
      await expect(ports({ range: [{ first: 1, last: 3 }] })).rejects.toThrow('3 not permitted');
    },
  );
});

describe.runIf(process.platform === 'linux')('a TCP port is not given', () => {
  /** A connection whose server side has the port, and the server, which has stopped listening. */
  async function connected(host: string) {
    const { first } = await ownRange(1);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(first, host, resolve));
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect(first, host);
    const socket = await accepted;
    server.close();
    return { port: first, socket, client };
  }

  test.each(['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])])(
    'on %s while a connection has it, and while its server side is in TIME_WAIT',
    async (host) => {
      const { port, socket, client } = await connected(host);
      const range = [{ first: port, last: port }];
      await expect(ports({ range })).rejects.toThrow('1 are in use');
      client.resume();
      socket.end();
      await new Promise((resolve) => client.once('close', resolve));
      await expect(ports({ range })).rejects.toThrow('1 are in use');
      await expect(ports({ range, types: ['both'] })).rejects.toThrow('1 are in use');
      await expect(ports({ range, contiguous: true })).rejects.toThrow('1 are in use');
      expect(await ports({ range, types: ['dgram'] })).toEqual([port]);
    },
  );
});

test('to exclude everything is an error that says so', async () => {
  const exclude = [{ first: 1, last: 65_535 }];
  await expect(ports({ exclude })).rejects.toThrow(
    /^Found 0 of 1 unused ports with "range": auto\. Of its (\d+) ports 0 are in use, 0 leased, 0 not permitted and \1 excluded\. /,
  );
});

describe('a warning', () => {
  test('tells that browsers refuse a port, if they would use it', async () => {
    const range = portSet(
      parsePorts('1719-1720 2049 3659 4045 4190 6566 6665-6669 6679 6697 10080'),
    );
    const tcp = await allocate(request({ range }), machineLeases());
    expect(tcp.warnings).toEqual([
      `Browsers refuse to connect to port ${tcp.ports[0]} (a "bad port" in the Fetch standard).`,
    ]);
    const udp = await allocate(request({ range, types: ['dgram'] }), machineLeases());
    expect(udp.warnings).toEqual([]);
  });

  test('tells that only ephemeral ports are left', async () => {
    const { ports: ephemeral } = await ephemeralRange(['stream', 'dgram']);
    const exclude = subtract([{ first: 1, last: 65_535 }], ephemeral);
    const { ports, warnings } = await allocate(request({ exclude }), machineLeases());
    expect(contains(ephemeral, ports[0] as number)).toBe(true);
    expect(warnings).toEqual([
      expect.stringContaining(`Port ${ports[0]} lies in this machine's ephemeral range (`),
    ]);
  });

  test.runIf(process.platform === 'linux')(
    'tells that the ephemeral range is assumed',
    async () => {
      pretendToBe('darwin');
      const { warnings } = await allocate(request(), machineLeases());
      expect(warnings).toEqual([
        expect.stringMatching(
          /^The ephemeral range could not be read \([\s\S]+\): taken to be 49152-65535\.$/,
        ),
      ]);
    },
  );
});

test.runIf(canLimitFiles)('without a file descriptor there is no port, and no lease', async () => {
  const root = temporaryDirectory();
  const leases = freshLeases(root);
  const range = await ownRange(1);
  await expect(
    withoutDescriptors(() => allocate(request({ range: [range] }), leases)),
  ).rejects.toThrow('EMFILE');
  expect(await ports({ range: [range] }, freshLeases(root))).toEqual([range.first]);
});

describe('leases', () => {
  test('keep two steps apart', async () => {
    const range = await ownRange(10);
    const root = temporaryDirectory();
    const taken = await Promise.all(
      Array.from({ length: 5 }, () =>
        ports({ types: stream(2), range: [range] }, freshLeases(root)),
      ),
    );
    expect(taken.flat().toSorted()).toEqual([...numbers([range])]);
  });

  test('that cannot be kept give a warning', async () => {
    const root = join(temporaryDirectory(), 'no-directory');
    writeFileSync(root, '');
    const { warnings } = await allocate(request({ types: stream(3) }), freshLeases(root));
    expect(warnings).toEqual([expect.stringContaining('Ports cannot be recorded as handed out (')]);
  });
});

describe('prefer', () => {
  test('comes first, in its order, whatever the range', async () => {
    const { first, last } = await ownRange(4);
    await listen('127.0.0.1', first + 1);
    const prefer = [last, first + 1, first];
    const range = [{ first: first + 2, last: first + 2 }];
    expect(await ports({ types: stream(3), prefer, range })).toEqual([last, first, first + 2]);
  });

  test('goes in order to names with types of their own', async () => {
    const range = await ownRange(2);
    const prefer = [range.last, range.first];
    expect(await ports({ types: ['dgram', 'stream'], prefer, range: [range] })).toEqual(prefer);
  });

  test('can be all there is', async () => {
    const range = await ownRange(3);
    const prefer = [range.last];
    expect((await ports({ types: stream(3), range: [range], prefer })).toSorted()).toEqual([
      ...numbers([range]),
    ]);
  });
});

describe('mixed types', () => {
  test('take each number at most once', async () => {
    const range = await ownRange(6);
    const types: SocketType[] = ['stream', 'dgram', 'stream', 'both', 'dgram', 'both'];
    expect((await ports({ types, range: [range] })).toSorted()).toEqual([...numbers([range])]);
  });

  test('leave a number that is in use for one to the other', async () => {
    const range = await ownRange(2);
    await listen('127.0.0.1', range.first);
    expect(await ports({ types: ['stream', 'dgram'], range: [range] })).toEqual([
      range.last,
      range.first,
    ]);
  });
});

describe('contiguous', () => {
  const block = (given: Partial<Request>, leases?: Leases) =>
    ports({ contiguous: true, ...given }, leases);
  const isBlock = (found: readonly number[]) =>
    found.every((port, i) => port === (found[0] as number) + i);

  test('gives consecutive numbers in order', async () => {
    const found = await block({ types: stream(20) });
    expect(found).toHaveLength(20);
    expect(isBlock(found)).toBe(true);
  });

  test('finds the one block that there is', async () => {
    const range = await ownRange(12);
    await listen('127.0.0.1', range.first + 3);
    await listen('127.0.0.1', range.first + 9);
    const found = await block({ types: stream(5), range: [range] });
    expect(found).toEqual([...numbers([{ first: range.first + 4, last: range.first + 8 }])]);
  });

  test('leaves no lease on numbers that it passed over', async () => {
    const range = await ownRange(7);
    const root = temporaryDirectory();
    await listen('127.0.0.1', range.first + 2);
    await block({ types: stream(4), range: [range] }, freshLeases(root));
    const rest = await ports({ types: stream(2), range: [range] }, freshLeases(root));
    expect(rest.toSorted()).toEqual([range.first, range.first + 1]);
  });

  test('says how many there are in a row where there are too few', async () => {
    const range = await ownRange(7);
    await listen('127.0.0.1', range.first + 3);
    await expect(block({ types: stream(4), range: [range] })).rejects.toThrow(
      `Found 3 of 4 unused ports in a row, or fewer, with "range": ${range.first}-${range.last}.`,
    );
  });

  test('begins at a preferred port if it can', async () => {
    const { first, last } = await ownRange(11);
    await listen('127.0.0.1', first + 1);
    const prefer = [65_535, first, first + 4];
    const range = [{ first: first + 7, last }];
    const given = { types: stream(3), prefer, range };
    expect(await block(given)).toEqual([first + 4, first + 5, first + 6]);
    const exclude = [{ first: first + 5, last: first + 5 }];
    expect((await block({ ...given, exclude }))[0]).toBeGreaterThanOrEqual(first + 7);
  });

  test('gives each number the type of its name', async () => {
    const range = await ownRange(3);
    await listen('127.0.0.1', range.first + 1);
    expect(await block({ types: ['stream', 'dgram', 'stream'], range: [range] })).toEqual([
      ...numbers([range]),
    ]);
  });
});

describe('range: ephemeral', () => {
  const drawn = (given: Partial<Request>, leases?: Leases) =>
    ports({ range: 'ephemeral', ...given }, leases);

  test.each(['stream', 'dgram', 'both'] as const)(
    'has the OS choose %s ports, which differ',
    async (type) => {
      const ephemeral = await ephemeralRange(['stream', 'dgram']);
      const found = await drawn({ types: Array(50).fill(type) });
      expect(new Set(found).size).toBe(50);
      for (const port of found) expect(contains(ephemeral.ports, port)).toBe(true);
    },
  );

  test.runIf(hasIpv6)('has the same number in both families', async () => {
    const [port = 0] = await drawn({ family: 'both', types: ['both'] });
    await listen('0.0.0.0', port);
    await listen('::', port, true);
  });

  test('leaves out what is excluded', async () => {
    // All but the lower half, where the OS looks as well.
    const { ports: ephemeral } = await ephemeralRange(['stream', 'dgram']);
    const { first = 1, last = 1 } = ephemeral[0] ?? {};
    const half = { first, last: first + Math.floor((last - first) / 2) };
    const exclude = subtract([{ first: 1, last: 65_535 }], [half]);
    for (const port of await drawn({ types: stream(5), exclude })) {
      expect(contains(exclude, port)).toBe(false);
    }
  });

  test('gives preferred ports first', async () => {
    const { first } = await ownRange(1);
    const found = await drawn({ types: stream(3), prefer: [first] });
    expect(found[0]).toBe(first);
    expect(new Set(found).size).toBe(3);
  });

  test('says so when the OS gives none but those that are refused', async () => {
    const exclude = [{ first: 1, last: 65_535 }];
    const deadline = Date.now() + 50;
    await expect(
      draw(request({ types: stream(2), exclude }), ['127.0.0.1'], freshLeases(), deadline, [7]),
    ).rejects.toThrow(
      'Found 1 of 2 unused ports with "range": ephemeral: the OS gives none but those that are refused',
    );
  });

  test('passes over a number that is in use in the other family or for the other type', async () => {
    // What is bound to an address is in the way of itself.
    const hosts = ['127.0.0.1', '127.0.0.1'];
    await expect(draw(request(), hosts, freshLeases(), Date.now() + 50, [])).rejects.toThrow(
      'the OS gives none but those that are refused',
    );
  });

  test('passes on what does not speak of numbers', async () => {
    // An address that is kept for documentation (RFC 5737): no machine has it.
    await expect(
      draw(request(), ['192.0.2.1'], freshLeases(), Date.now() + 50, []),
    ).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  test.runIf(canLimitFiles)('tells a lack of file descriptors from one of numbers', async () => {
    const drawing = () => draw(request(), ['0.0.0.0'], freshLeases(), Date.now() + 50, []);
    await expect(withoutDescriptors(drawing)).rejects.toThrow('raise the limit (ulimit -n)');
  });

  test('binds to the host', async () => {
    expect(await drawn({ host: 'localhost', types: ['both'] })).toHaveLength(1);
  });
});

test('whatever is asked for and excluded, the answer satisfies the request or is an error', async () => {
  const range = await ownRange(16);
  const offset = fc.integer({ min: 0, max: 15 });
  const scenario = fc.record({
    types: fc.array(fc.constantFrom<SocketType>('stream', 'dgram', 'both'), {
      minLength: 1,
      maxLength: 8,
    }),
    excluded: fc.uniqueArray(offset, { maxLength: 6 }),
    prefer: fc.uniqueArray(offset, { maxLength: 6 }),
    contiguous: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ types, excluded, prefer, contiguous }) => {
      const at = (offsets: number[]) => offsets.map((offset) => range.first + offset);
      const exclude = portSet(at(excluded).map((port): PortRange => ({ first: port, last: port })));
      const leases = freshLeases();
      const given = request({
        types,
        range: [range],
        exclude,
        prefer: at(prefer).filter((port) => !contains(exclude, port)),
        contiguous,
      });
      const available = 16 - excluded.length;
      let found: readonly number[];
      try {
        ({ ports: found } = await allocate(given, leases));
      } catch (error) {
        expect((error as Error).message).toMatch(/^Found \d+ of \d+ unused ports/);
        if (!contiguous) expect(available).toBeLessThan(types.length);
        return;
      }
      expect(found).toHaveLength(types.length);
      expect(new Set(found).size).toBe(types.length);
      for (const port of found) {
        expect(contains(given.exclude, port)).toBe(false);
        expect(port).toBeGreaterThanOrEqual(range.first);
      }
      if (contiguous)
        expect((found.at(-1) as number) - (found[0] as number)).toBe(types.length - 1);
    }),
    { numRuns: 60 },
  );
});
