import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  numbers,
  type PortRange,
  parsePorts,
  portSet,
  subtract,
} from '../../src/ports/port-set.ts';
import { autoRanges } from '../../src/ports/well-known-ports.ts';
import type { SocketType } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import {
  bindUdp,
  freshLeases,
  hasIpv6,
  isRoot,
  listen,
  machineLeases,
  needs,
  oneRound,
  onLinux,
  otherPorts,
  ownRange,
  ports,
  pretendToBe,
  request,
  stream,
  temporaryDirectory,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';
import { ContestedLeases } from './support.ts';

// Where no number is for privileged processes it is 0, as in Docker.
const unprivileged = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
const privileged = existsSync(unprivileged) && Number(readFileSync(unprivileged)) > 3;
const avoided = portSet(parsePorts(autoRanges.map(({ avoid }) => avoid).join(' ')));
const ephemeral = await ephemeralRange(['stream', 'dgram']);
const withOtherPorts = needs(otherPorts(ephemeral));

describe('range: auto', () => {
  withOtherPorts.test(
    'gives as many different ports as there are types, outside of the ephemeral range',
    async () => {
      const allocation = await allocate(request({ types: stream(300) }), machineLeases());
      expect(new Set(allocation.ports).size).toBe(300);
      for (const port of allocation.ports) {
        expect(contains(ephemeral.ports, port)).toBe(false);
        expect(contains(avoided, port)).toBe(false);
      }
      expect(allocation).toMatchObject({ warnings: [], notices: [] });
    },
  );

  test.each(['stream', 'dgram', 'both'] as const)(
    'gives %s ports that can be bound',
    async (type) => {
      for (const port of await ports({ types: [type, type] })) {
        if (type !== 'dgram') await listen('127.0.0.1', port);
        if (type !== 'stream') await bindUdp('127.0.0.1', port);
      }
    },
  );

  // Few of these are known to be some server's.
  const lastResort = [{ first: 9700, last: 9799 }];
  const withDefaultRange = needs({
    'the default ephemeral range': subtract(lastResort, ephemeral.ports).length === 1,
  });
  withDefaultRange.test('takes any number from 1024 up before an ephemeral one', async () => {
    const exclude = subtract(
      [{ first: 1, last: 65_535 }],
      portSet([...lastResort, ...ephemeral.ports]),
    );
    for (const port of await ports({ types: stream(10), exclude })) {
      expect(contains(lastResort, port)).toBe(true);
    }
  });

  withIpv6.test('gives ports for any family', async () => {
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
    const exclude = [{ first: range.last, last: range.last }];
    await expect(
      ports({ types: stream(4), range: [range], exclude }, freshLeases(root)),
    ).rejects.toThrow(
      `Needed 4 ports, found 3 in ${range.first}-${range.last}: 1 in use, ` +
        '1 leased to acme/app, run 1, job test, 1 excluded.',
    );
  });

  needs({ 'a user who may not bind ports 1 to 3': privileged && !isRoot }).test(
    'that is for privileged processes is not permitted',
    async () => {
      await expect(ports({ range: [{ first: 1, last: 3 }] })).rejects.toThrow(
        'Needed 1 port, found none in 1-3: 3 not permitted.',
      );
    },
  );
});

onLinux.describe('a TCP port is not given', () => {
  /** A connection whose server side has the last of a few ports, while the server has stopped listening. */
  async function connected(host: string, count = 1) {
    const range = await ownRange(count);
    const { last } = range;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(last, host, resolve));
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect(last, host);
    const socket = await accepted;
    server.close();
    return { port: last, range: [range], socket, client };
  }

  test.each(['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])])(
    'on %s while a connection has it, and while its server side is in TIME_WAIT',
    async (host) => {
      const { port, range, socket, client } = await connected(host);
      await expect(ports({ range })).rejects.toThrow('1 in use');
      client.resume();
      socket.end();
      await new Promise((resolve) => client.once('close', resolve));
      await expect(ports({ range })).rejects.toThrow('1 in use');
      await expect(ports({ range, types: ['both'] })).rejects.toThrow('1 in use');
      await expect(ports({ range, contiguous: true })).rejects.toThrow('1 in use');
      expect(await ports({ range, types: ['dgram'] })).toEqual([port]);
    },
  );

  test('for which another is found instead, while a connection has it', async () => {
    const { port, range, socket, client } = await connected('127.0.0.1', 31);
    const others = [...numbers(range)].filter((other) => other !== port);
    const leases = new ContestedLeases();
    expect(await ports({ types: stream(30), prefer: [port], range }, leases)).toEqual(
      expect.arrayContaining(others),
    );
    expect(leases.seenByOthers([port])).toEqual([]);
    // No connection keeps a UDP socket from it.
    const types: SocketType[] = [...stream(30), 'dgram'];
    const mixed = await ports({ types, prefer: [port, ...others], range: [] });
    expect(mixed.at(-1)).toBe(port);
    expect(new Set(mixed)).toEqual(new Set([port, ...others]));
    // It is behind the first batch of a block.
    const block = ports({ types: stream(31), range, contiguous: true });
    await expect(block).rejects.toThrow('1 in use');
    client.destroy();
    socket.destroy();
  });
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
    const exclude = subtract([{ first: 1, last: 65_535 }], ephemeral.ports);
    const allocation = await allocate(request({ exclude }), machineLeases());
    const [port = 0] = allocation.ports;
    expect(contains(ephemeral.ports, port)).toBe(true);
    expect(allocation.warnings).toEqual([
      expect.stringMatching(`^In this machine's ephemeral range .*: port ${port}\\. `),
    ]);
  });

  onLinux.test('tells that the ephemeral range is assumed', async () => {
    for (const [platform, commands] of [
      ['darwin', [/sysctl -n net\.inet\.ip\.portrange\.first/]],
      ['win32', [/ipv4 show dynamicport tcp/, /ipv4 show dynamicport udp/]],
    ] as const) {
      const leases = machineLeases();
      pretendToBe(platform);
      const { warnings } = await allocate(request({ types: ['both'] }), leases);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^The ephemeral range could not be read \(.+\): taken to be 49152-65535\.$/,
        ),
      ]);
      for (const command of commands) expect(warnings[0]).toMatch(command);
    }
  });
});

withPrlimit.test('without a file descriptor there is no port, and no lease', async () => {
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
      Array.from({ length: 5 }, async () => {
        const given = request({ types: stream(2), range: [range] });
        return (await allocate(given, freshLeases(root))).ports;
      }),
    );
    expect(taken.flat().toSorted()).toEqual([...numbers([range])]);
  });

  test('keep 20 steps apart that ask for 5 ports each at once, in a range of 100', async () => {
    const range = await ownRange(100);
    const root = temporaryDirectory();
    const taken = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const given = request({ types: stream(5), range: [range] });
        return (await allocate(given, freshLeases(root))).ports;
      }),
    );
    expect(taken.flat().toSorted()).toEqual([...numbers([range])]);
  });

  withOtherPorts.test('that cannot be kept give a warning', async () => {
    const root = join(temporaryDirectory(), 'no-directory');
    writeFileSync(root, '');
    const { warnings } = await allocate(request({ types: stream(3) }), freshLeases(root));
    expect(warnings).toEqual([
      expect.stringContaining('Ports cannot be recorded as handed out ('),
      expect.stringContaining('The ports of other steps cannot be read ('),
    ]);
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
    const range = await ownRange(3);
    const prefer = [range.last, range.first, range.first + 1];
    expect(await ports({ types: ['stream', 'dgram', 'stream'], prefer, range: [range] })).toEqual(
      prefer,
    );
  });

  test('can be all there is', async () => {
    const range = await ownRange(3);
    const prefer = [range.last];
    expect((await ports({ types: stream(3), range: [range], prefer })).toSorted()).toEqual([
      ...numbers([range]),
    ]);
  });
});

test('any request is met with what it asks for, or refused', async () => {
  const range = await ownRange(16);
  const offset = fc.integer({ min: 0, max: 15 });
  const scenario = fc.record({
    types: fc.array(fc.constantFrom<SocketType>('stream', 'dgram', 'both'), {
      minLength: 1,
      maxLength: 18,
    }),
    excluded: fc.uniqueArray(offset),
    prefer: fc.uniqueArray(offset),
    contiguous: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ types, excluded, prefer, contiguous }) => {
      const at = (offsets: number[]) => offsets.map((i) => range.first + i);
      const exclude = portSet(at(excluded).map((port): PortRange => ({ first: port, last: port })));
      const given = request({
        types,
        range: [range],
        exclude,
        prefer: at(prefer).filter((port) => !contains(exclude, port)),
        contiguous,
      });
      const available = subtract([range], exclude);
      const longest = Math.max(0, ...available.map(({ first, last }) => last - first + 1));
      const isPossible = types.length <= (contiguous ? longest : 16 - excluded.length);
      const answer = await allocate(given, freshLeases(), undefined, oneRound).catch(
        (error: Error) => error.message,
      );
      if (typeof answer === 'string') {
        expect(isPossible).toBe(false);
        expect(answer).toMatch(/^Needed \d+ ports?( in a row)?, (but there|found)/);
        return;
      }
      const { ports: found } = answer;
      expect(found).toHaveLength(types.length);
      expect(new Set(found).size).toBe(types.length);
      for (const port of found) {
        expect(contains(exclude, port)).toBe(false);
        expect(port).toBeGreaterThanOrEqual(range.first);
      }
      const [first = 0] = found;
      if (contiguous) expect(found).toEqual(types.map((_, i) => first + i));
      else expect(isPossible).toBe(true);
    }),
    { numRuns: 60 },
  );
});
