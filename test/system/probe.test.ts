import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { SocketType } from '../../src/request.ts';
import { hold, ownAddresses, probePlan } from '../../src/system/probe.ts';
import { bind, close, isAbsent, refusalOf } from '../../src/system/sockets.ts';
import {
  bindUdp,
  hasIpv6,
  listen,
  onLinux,
  ownRange,
  pretendToBe,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

/** Why a number is refused; `free` for one that is not. */
async function refusal(
  port: number,
  type: SocketType,
  addresses = ownAddresses(process.platform, []),
) {
  const answer = await hold({ port, type }, addresses);
  if (typeof answer === 'string') return answer;
  await Promise.all(answer.map(close));
  return 'free';
}

/** Holds a number until `use` is done. */
async function holding<T>(port: number, type: SocketType, use: () => Promise<T>): Promise<T> {
  const sockets = await hold({ port, type }, []);
  if (typeof sockets === 'string') throw new Error(sockets);
  try {
    return await use();
  } finally {
    await Promise.all(sockets.map(close));
  }
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
    expect(await refusal(first, 'dgram')).toBe('free');
  });
});

describe('a UDP port is in use where a socket is bound to', () => {
  test.each(tcpHosts.filter(([, ipv6Only]) => !ipv6Only))('%s', async (host) => {
    const { first } = await ownRange(1);
    await bindUdp(host, first);
    expect(await refusal(first, 'dgram')).toBe('in use');
    expect(await refusal(first, 'both')).toBe('in use');
    expect(await refusal(first, 'stream')).toBe('free');
  });

  onLinux.test('0.0.0.0, with SO_REUSEADDR', async () => {
    const { first } = await ownRange(1);
    await bindUdp('0.0.0.0', first, true);
    expect(await refusal(first, 'dgram')).toBe('in use');
  });
});

describe('the probe', () => {
  test('keeps everybody else from a number as long as it is held', async () => {
    const { first } = await ownRange(1);
    const inside = await holding(first, 'both', () =>
      Promise.all([refusal(first, 'stream'), refusal(first, 'dgram')]),
    );
    expect(inside).toEqual(['in use', 'in use']);
    expect(await refusal(first, 'both')).toBe('free');
  });

  test('turns clients away in a manner that leaves no trace on the port', async () => {
    const { first } = await ownRange(1);
    const code = await holding(first, 'stream', async () => {
      const [error] = await once(connect(first, '127.0.0.1'), 'error');
      return error.code;
    });
    expect(code).toBe('ECONNRESET');
    expect(await refusal(first, 'stream')).toBe('free');
  });

  test('names the port and the address where an answer does not speak of the number', async () => {
    await expect(refusal(70_000, 'stream')).rejects.toThrow(
      /^Port 70000 cannot be tried on (all addresses|127\.0\.0\.1): .*ERR_SOCKET_BAD_PORT/,
    );
  });

  test('keeps what the system said of an address for the debug log', async () => {
    const error = await refusal(70_000, 'stream').catch((thrown: Error) => thrown);
    expect((error as Error).cause).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
  });

  withPrlimit.test('does not blame a number for want of file descriptors', async () => {
    const { first } = await ownRange(1);
    await expect(withoutDescriptors(() => refusal(first, 'stream'))).rejects.toMatchObject({
      code: 'EMFILE',
    });
  });

  onLinux.test(
    'passes over an address that the machine lost a moment ago, and one whose interface is gone',
    async () => {
      const { first } = await ownRange(1);
      pretendToBe('darwin');
      // 192.0.2.1 is kept for documentation (RFC 5737): no machine has it.
      expect(await refusal(first, 'stream', ['192.0.2.1', 'fe80::1%gone0'])).toBe('free');
    },
  );

  test.each(['darwin', 'win32'] as const)(
    'looks at each address as %s needs it',
    async (platform) => {
      const { first } = await ownRange(1);
      const addresses = ['127.0.0.1', '::1', '192.0.2.1'];
      pretendToBe(platform);
      expect(await refusal(first, 'both', addresses)).toBe('free');
      await listen('127.0.0.1', first);
      expect(await refusal(first, 'both', addresses)).toBe('in use');
      expect(await refusal(first, 'dgram', addresses)).toBe('free');
    },
  );

  test('lets go of a number that is in use for the other transport', async () => {
    const { first } = await ownRange(1);
    await bindUdp('0.0.0.0', first);
    expect(await refusal(first, 'both')).toBe('in use');
    expect(await refusal(first, 'stream')).toBe('free');
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

withIpv6.test('a UDP socket without an address takes the number in both families', async () => {
  const socket = await bind('dgram', { port: 0 });
  const { port } = socket.address() as { port: number };
  for (const host of ['0.0.0.0', '::1']) {
    await expect(bind('dgram', { host, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  }
  await close(socket);
});

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
  const absent = 'EADDRNOTAVAIL EAFNOSUPPORT EPROTONOSUPPORT EINVAL ENODEV ENXIO ENOTFOUND';
  for (const code of absent.split(' ')) expect(isAbsent(code)).toBe(true);
  for (const code of ['EADDRINUSE', 'EACCES', 'EMFILE', undefined]) {
    expect(isAbsent(code)).toBe(false);
  }
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
    expect(ownAddresses('darwin', ['192.0.2.7', '127.0.0.2'], interfaces)).toEqual([
      '127.0.0.1',
      '::1',
      'fe80::1%lo0',
      '192.0.2.7',
      '127.0.0.2',
    ]);
    expect(ownAddresses('win32', [], interfaces)).toContain('fe80::1%1');
    expect(ownAddresses('darwin', [], {})).toEqual(['127.0.0.1', '::1']);
    expect(ownAddresses('win32', ['0.0.0.0', '::'], {})).toEqual(['127.0.0.1', '::1']);
  });

  test("by itself is every address of this machine, but on Linux, which doesn't need them", () => {
    const addresses = Object.values(networkInterfaces()).flatMap((infos = []) =>
      infos.filter(({ scopeid }) => !scopeid).map(({ address }) => address),
    );
    expect(ownAddresses('darwin', [])).toEqual(expect.arrayContaining(addresses));
    expect(ownAddresses('linux', [])).toEqual(['127.0.0.1', '::1']);
  });
});
