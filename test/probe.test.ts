import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { probe, probePlan, specificAddresses } from '../src/probe.ts';
import { bind, close, isAbsent, refusalOf, type SocketType } from '../src/sockets.ts';
import { bindUdp, hasIpv6, listen, ownRange } from './support.ts';

async function refusal(port: number, type: SocketType) {
  const { refusals, release } = await probe([{ port, type }], []);
  await release();
  return refusals[0];
}

const tcpHosts: [string, boolean][] = [
  ['0.0.0.0', false],
  ['127.0.0.1', false],
  ...(process.platform === 'linux' ? [['127.0.0.9', false] as [string, boolean]] : []),
  ...(hasIpv6
    ? ([
        ['::', false],
        ['::', true],
        ['::1', false],
      ] as [string, boolean][])
    : []),
];

describe('a TCP port is in use where a server listens on', () => {
  test.each(tcpHosts)('%s (IPv6 only: %s)', async (host, ipv6Only) => {
    const { first } = await ownRange(1);
    await listen(host, first, ipv6Only);
    expect(await refusal(first, 'stream')).toBe('in use');
    expect(await refusal(first, 'both')).toBe('in use');
    expect(await refusal(first, 'dgram')).toBeUndefined();
  });
});

describe('a UDP port is in use where a socket is bound to', () => {
  test.each(tcpHosts.filter(([, ipv6Only]) => !ipv6Only))('%s', async (host) => {
    const { first } = await ownRange(1);
    await bindUdp(host, first);
    expect(await refusal(first, 'dgram')).toBe('in use');
    expect(await refusal(first, 'both')).toBe('in use');
    expect(await refusal(first, 'stream')).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('0.0.0.0, with SO_REUSEADDR', async () => {
    const { first } = await ownRange(1);
    await bindUdp('0.0.0.0', first, true);
    expect(await refusal(first, 'dgram')).toBe('in use');
  });
});

describe('the probe', () => {
  test('keeps everybody else from what it holds, until it lets go', async () => {
    const { first } = await ownRange(1);
    const request = { port: first, type: 'both' } as const;
    const held = await probe([request], []);
    expect(held.refusals).toEqual([undefined]);
    expect(await refusal(first, 'stream')).toBe('in use');
    expect(await refusal(first, 'dgram')).toBe('in use');
    await held.release();
    expect(await refusal(first, 'both')).toBeUndefined();
  });

  test('tells numbers apart', async () => {
    const { first, last } = await ownRange(3);
    await listen('127.0.0.1', first + 1);
    const requests = [first, first + 1, last].map((port) => ({ port, type: 'stream' as const }));
    const { refusals, release } = await probe(requests, []);
    await release();
    expect(refusals).toEqual([undefined, 'in use', undefined]);
  });

  test('turns clients away in a manner that leaves no trace on the port', async () => {
    const { first } = await ownRange(1);
    const { release } = await probe([{ port: first, type: 'stream' }], []);
    const client = connect(first, '127.0.0.1');
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      client.on('error', resolve),
    );
    expect(error.code).toBe('ECONNRESET');
    await release();
    expect(await refusal(first, 'stream')).toBeUndefined();
  });

  test('passes on what does not speak of the number, and holds nothing then', async () => {
    const { first } = await ownRange(1);
    const requests = [first, 70_000].map((port) => ({ port, type: 'stream' as const }));
    await expect(probe(requests, [])).rejects.toMatchObject({
      code: 'ERR_SOCKET_BAD_PORT',
    });
    expect(await refusal(first, 'stream')).toBeUndefined();
  });
});

test.each(['stream', 'dgram'] as const)(
  'a %s socket binds to an address and is closed again',
  async (type) => {
    const socket = await bind(type, { host: '127.0.0.1', port: 0 });
    expect(socket.address()).toMatchObject({ address: '127.0.0.1' });
    await close(socket);
    await expect(bind(type, { host: '192.0.2.1', port: 0 })).rejects.toSatisfy(
      // An address that is kept for documentation (RFC 5737): no machine has it.
      (error: NodeJS.ErrnoException) => isAbsent(error.code),
    );
  },
);

test('only codes that mean "taken" mean it', () => {
  expect(refusalOf('EADDRINUSE', 'linux')).toBe('in use');
  expect(refusalOf('EACCES', 'win32')).toBe('in use');
  expect(refusalOf('EPERM', 'win32')).toBe('in use');
  expect(refusalOf('EACCES', 'linux')).toBe('not permitted');
  expect(refusalOf('EPERM', 'darwin')).toBe('not permitted');
  for (const code of ['EMFILE', 'ENOBUFS', 'EINVAL', 'EADDRNOTAVAIL', undefined]) {
    expect(refusalOf(code, 'linux')).toBeUndefined();
    expect(refusalOf(code, 'win32')).toBeUndefined();
  }
});

test('only codes that mean that there is no such address mean it', () => {
  for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT'])
    expect(isAbsent(code)).toBe(true);
  for (const code of ['EADDRINUSE', 'EACCES', 'ENOTFOUND', undefined])
    expect(isAbsent(code)).toBe(false);
});

describe('what is bound', () => {
  const wildcards = [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }];
  const addresses = ['127.0.0.1', '::1', '192.0.2.7'];
  const alone = [
    { host: '127.0.0.1', ipv6Only: false },
    { host: '::1', ipv6Only: true },
    { host: '192.0.2.7', ipv6Only: false },
  ];

  test.each([
    ['linux', 'stream', { alone: [], held: [{}] }],
    ['linux', 'dgram', { alone: [], held: wildcards }],
    ['darwin', 'stream', { alone, held: wildcards }],
    ['darwin', 'dgram', { alone: [], held: wildcards }],
    ['win32', 'stream', { alone, held: wildcards }],
    ['win32', 'dgram', { alone, held: wildcards }],
  ] as const)('on %s for %s', (platform, transport, plan) => {
    expect(probePlan(platform, transport, addresses)).toEqual(plan);
  });

  test('by itself are loopback and interface addresses, link-local ones with their zone', () => {
    const common = { netmask: '', mac: '', internal: false, cidr: null };
    const interfaces = {
      lo0: [
        { ...common, family: 'IPv4' as const, address: '127.0.0.1' },
        { ...common, family: 'IPv6' as const, address: '::1', scopeid: 0 },
        { ...common, family: 'IPv6' as const, address: 'fe80::1', scopeid: 1 },
      ],
      en0: [{ ...common, family: 'IPv4' as const, address: '192.0.2.7' }],
      down: undefined,
    };
    expect(specificAddresses('darwin', interfaces)).toEqual([
      '127.0.0.1',
      '::1',
      'fe80::1%lo0',
      '192.0.2.7',
    ]);
    expect(specificAddresses('win32', interfaces)).toContain('fe80::1%1');
    expect(specificAddresses('darwin', {})).toEqual(['127.0.0.1', '::1']);
  });
});
