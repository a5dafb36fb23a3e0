import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readInputs } from '../../src/action/inputs.ts';
import { parsePorts } from '../../src/ports/parse-ports.ts';
import { PortSet } from '../../src/ports/port-set.ts';
import { avoidedPorts } from '../../src/ports/well-known-ports.ts';
import { allocate } from '../../src/search/allocate.ts';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import {
  ascending,
  bindUdp,
  bothTransports,
  eachTransports,
  freshLeases,
  hasIpv6,
  isRoot,
  listen,
  machineLeases,
  needs,
  onLinux,
  onUnix,
  otherPorts,
  ownRange,
  ports,
  pretendToBe,
  request,
  span,
  stubInputs,
  temporaryDirectory,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';
import { ContestedLeases } from './support.ts';

// It is 0 if no port needs privileges, as in Docker.
const unprivileged = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
const privileged = existsSync(unprivileged) && Number(readFileSync(unprivileged)) > 3;
const ephemeral = await ephemeralRange(bothTransports);
const withOtherPorts = needs(otherPorts(ephemeral));

describe('range: auto', () => {
  withOtherPorts.test('range: auto gives different ports outside the ephemeral range', async () => {
    const allocation = await allocate(request({ count: 300 }), machineLeases());
    const found = PortSet.of(allocation.ports);
    expect(found.size).toBe(300);
    expect(`${found.intersection(ephemeral.ports.union(avoidedPorts))}`).toBe('');
    expect(allocation).toMatchObject({ warnings: [], notices: [] });
  });

  test.each(eachTransports)('range: auto gives bindable ports for %s', async (_, transports) => {
    const found = await ports({ count: 2, transports });
    expect(found).toHaveLength(2);
    for (const port of found) {
      if (transports.includes('stream')) await listen('127.0.0.1', port);
      if (transports.includes('dgram')) await bindUdp('127.0.0.1', port);
    }
  });

  // Few of these are well known.
  const lastResort = span(9700, 9799);
  const withDefaultRange = needs({
    'the default ephemeral range': lastResort.intersection(ephemeral.ports).size === 0,
  });
  withDefaultRange.test('range: auto gives ephemeral ports last', async () => {
    const exclude = span(1, 65_535).difference(lastResort.union(ephemeral.ports));
    for (const port of await ports({ count: 10, exclude })) {
      expect(lastResort.has(port)).toBe(true);
    }
  });

  withIpv6.test('range: auto gives ports for any family', async () => {
    expect(await ports({ family: 'ipv6' })).toHaveLength(1);
    expect(await ports({ family: 'both', transports: bothTransports })).toHaveLength(1);
  });
});

describe('an explicit range', () => {
  test('a range is searched to its last port', async () => {
    const range = await ownRange(12);
    await listen('127.0.0.1', range.first + 3);
    const expected = [...range.ports].filter((port) => port !== range.first + 3);
    expect(ascending(await ports({ count: 11, range: range.ports }))).toEqual(expected);
  });

  test('a range may be written in any order, and so may the excluded ports', async () => {
    const { first, last } = await ownRange(4);
    stubInputs({
      range: `${first + 2}-${last} ${first + 1} ${first}`,
      exclude: `${last}, ${first}`,
      count: '2',
    });
    const found = await ports(readInputs().request, freshLeases());
    expect(ascending(found)).toEqual([first + 1, first + 2]);
  });

  test('the error for a range with too few free ports counts the others', async () => {
    const range = await ownRange(6);
    const root = temporaryDirectory();
    await listen('127.0.0.1', range.first);
    await ports({ range: span(range.first + 1) }, freshLeases(root));
    const given = { count: 4, range: range.ports, exclude: span(range.last) };
    await expect(ports(given, freshLeases(root))).rejects.toThrow(
      `Needed 4 ports, found 3 in ${range.first}-${range.last}: 1 in use, ` +
        '1 given to another step of this job, 1 excluded',
    );
  });

  needs({ 'a user who may not bind ports 1 to 3': privileged && !isRoot }).test(
    'a range of privileged ports is not permitted',
    async () => {
      await expect(ports({ range: span(1, 3) })).rejects.toThrow(
        'Needed 1 port, found none in 1-3: 3 that this user may not bind (ports below 1024 need privileges)',
      );
    },
  );
});

onLinux.describe('ports with a TCP connection', () => {
  /** Connects to a port, on which the server then stops listening. */
  async function connectTo(port: number, host = '127.0.0.1') {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect(port, host);
    const socket = await accepted;
    server.close();
    onTestFinished(() => {
      client.destroy();
      socket.destroy();
    });
    return { socket, client };
  }

  test.each(['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])])(
    'a port with a TCP connection on %s is not given for TCP, even in TIME_WAIT, but is for UDP',
    async (host) => {
      const { first, ports: range } = await ownRange(1);
      const { client, socket } = await connectTo(first, host);
      await expect(ports({ range })).rejects.toThrow('1 in use');
      client.resume();
      socket.end();
      await vi.waitUntil(() => client.closed, { timeout: 100_000 });
      for (const given of [{}, { transports: bothTransports }, { contiguous: true }]) {
        await expect(ports({ range, ...given })).rejects.toThrow('1 in use');
      }
      expect(await ports({ range, transports: ['dgram'] })).toEqual([first]);
    },
  );

  test('a port with a TCP connection is given back, and another is found', async () => {
    const { last, ports: range } = await ownRange(31);
    await connectTo(last);
    const leases = new ContestedLeases();
    const found = await ports({ count: 30, prefer: [last], range }, leases);
    expect(ascending(found)).toEqual([...range.difference(span(last))]);
    expect(leases.seenByOthers()).toEqual([...range.difference(span(last))]);
  });

  test('a block with a TCP connection is not given, even if it is longer than a batch', async () => {
    const { last, ports: range } = await ownRange(31);
    await connectTo(last);
    await expect(ports({ count: 31, range, contiguous: true })).rejects.toThrow('1 in use');
  });

  test('blocks with a TCP connection are not claimed once the connections are known', async () => {
    const { first, last } = await ownRange(50);
    const starts = [0, 10, 20, 30, 40].map((offset) => first + offset);
    for (const start of starts.slice(0, -1)) await connectTo(start + 5);
    const leases = new ContestedLeases();
    const claimed: number[] = [];
    leases.beforeWrite = (written) => claimed.push(...written);
    const given = { count: 10, contiguous: true, prefer: starts, range: span(last - 9, last) };
    expect(await ports(given, leases)).toEqual([...span(last - 9, last)]);
    expect(claimed).toEqual([...span(first, first + 9), ...span(last - 9, last)]);
  });
});

describe('warnings', () => {
  test('a step warns that browsers refuse a port, if it is for TCP', async () => {
    const range = parsePorts('1719-1720 2049 3659 4045 4190 6566 6665-6669 6679 6697 10080');
    const tcp = await allocate(request({ range }), machineLeases());
    expect(tcp.warnings).toEqual([
      `Browsers refuse to connect to port ${tcp.ports[0]} (a "bad port" in the Fetch standard).`,
    ]);
    const udp = await allocate(request({ range, transports: ['dgram'] }), machineLeases());
    expect(udp.warnings).toEqual([]);
  });

  test('a step warns if only ephemeral ports are left', async () => {
    const exclude = span(1, 65_535).difference(ephemeral.ports);
    const allocation = await allocate(request({ exclude }), machineLeases());
    const [port = 0] = allocation.ports;
    expect(ephemeral.ports.has(port)).toBe(true);
    expect(allocation.warnings).toEqual([
      expect.stringMatching(
        `^Port ${port} is in this machine's ephemeral range .*\\. Make that range`,
      ),
    ]);
  });

  onUnix.test('a step warns if a port of its range is ephemeral', async () => {
    const first = ephemeral.ports.ranges.at(-1)?.first ?? 0;
    const range = ephemeral.ports.intersection(span(first, first + 99));
    const { ports: found, warnings } = await allocate(request({ range }), machineLeases());
    expect(warnings).toEqual([
      expect.stringMatching(`^Port ${found[0]} is in this machine's ephemeral range `),
    ]);
  });

  onLinux.test('a step warns if it has to assume the ephemeral range', async () => {
    for (const [platform, commands] of [
      ['darwin', [/sysctl -n net\.inet\.ip\.portrange\.first/]],
      ['win32', [/ipv4 show dynamicport tcp/, /ipv4 show dynamicport udp/]],
    ] as const) {
      const leases = machineLeases();
      pretendToBe(platform);
      const { warnings } = await allocate(request({ transports: bothTransports }), leases);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^Could not read the ephemeral range \(.+\)\. Assumed the default, 49152-65535\.$/,
        ),
      ]);
      for (const command of commands) expect(warnings[0]).toMatch(command);
    }
  });

  withOtherPorts.test('a step warns if its ports cannot be leased', async () => {
    const root = join(temporaryDirectory(), 'no-directory');
    writeFileSync(root, '');
    const { warnings } = await allocate(request({ count: 3 }), freshLeases(root));
    expect(warnings).toEqual([
      expect.stringContaining('These ports are not reserved: '),
      expect.stringContaining("Could not read other steps' ports ("),
    ]);
  });
});

withPrlimit.test('a step without file descriptors gets no port, and keeps no lease', async () => {
  const root = temporaryDirectory();
  const leases = freshLeases(root);
  const { first, ports: range } = await ownRange(1);
  await expect(withoutDescriptors(() => ports({ range }, leases))).rejects.toThrow('EMFILE');
  expect(await ports({ range }, freshLeases(root))).toEqual([first]);
});

test.each([
  [5, 2],
  [10, 5],
])('%d steps that want %d ports each at once share all of a range', async (steps, count) => {
  const range = await ownRange(steps * count);
  const root = temporaryDirectory();
  const taken = await Promise.all(
    Array.from({ length: steps }, async () => {
      const given = request({ count, range: range.ports });
      return (await allocate(given, freshLeases(root))).ports;
    }),
  );
  expect(ascending(taken.flat())).toEqual([...range.ports]);
});

describe('preferred ports', () => {
  test('preferred ports come first, in their order, whatever the range', async () => {
    const { first, last } = await ownRange(4);
    await listen('127.0.0.1', first + 1);
    const prefer = [last, first + 1, first];
    const range = span(first + 2);
    expect(await ports({ count: 3, prefer, range })).toEqual([last, first, first + 2]);
  });

  test('preferred ports may be part of the range, and are given once', async () => {
    const range = await ownRange(3);
    const found = await ports({ count: 3, range: range.ports, prefer: [range.last] });
    expect(found[0]).toBe(range.last);
    expect(ascending(found)).toEqual([...range.ports]);
  });
});

test('any request gets what it asks for, or an error', async () => {
  const range = await ownRange(16);
  const offset = fc.integer({ min: 0, max: 15 });
  const scenario = fc.record({
    count: fc.integer({ min: 1, max: 18 }),
    transports: fc.constantFrom(...eachTransports).map(([, transports]) => transports),
    excluded: fc.uniqueArray(offset),
    preferred: fc.uniqueArray(offset),
    contiguous: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ excluded, preferred, ...wish }) => {
      const { count, contiguous } = wish;
      const at = (offsets: number[]) => offsets.map((i) => range.first + i);
      const exclude = PortSet.of(at(excluded));
      const prefer = at(preferred).filter((port) => !exclude.has(port));
      const runs = range.ports
        .difference(exclude)
        .ranges.map(({ first, last }) => last - first + 1);
      const isPossible = count <= (contiguous ? Math.max(0, ...runs) : 16 - excluded.length);
      const given = { ...wish, range: range.ports, exclude, prefer };
      const answer = await ports(given).catch(({ message }: Error) => message);
      if (typeof answer === 'string') {
        expect(isPossible).toBe(false);
        expect(answer).toMatch(/^Needed \d+ ports?( in a row)?, (but (there|"exclude")|found)/);
        return;
      }
      expect(new Set(answer).size).toBe(count);
      for (const port of answer) {
        expect(exclude.has(port)).toBe(false);
        expect(port).toBeGreaterThanOrEqual(range.first);
      }
      const [first = 0] = answer;
      if (contiguous) expect(answer).toEqual([...span(first, first + count - 1)]);
      else expect(isPossible).toBe(true);
    }),
    { numRuns: 40 },
  );
});
