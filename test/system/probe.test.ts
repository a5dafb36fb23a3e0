import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Transport } from '../../src/request.ts';
import { holdAll, ownAddresses, probePlan } from '../../src/system/probe.ts';
import * as sockets from '../../src/system/sockets.ts';
import {
  bindUdp,
  bothTransports,
  hasIpv6,
  isLinux,
  listen,
  onLinux,
  onUnix,
  ownRange,
  pretendToBe,
  spyOn,
  systemError,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

const { bind, close, explainBindError, isAbsent } = sockets;
const wildcards = ['0.0.0.0'];
const machine = ownAddresses(process.platform, []);
const tcp: readonly Transport[] = ['stream'];
const udp: readonly Transport[] = ['dgram'];

/** Why a port is refused; `free` if it is not. */
async function refusal(port: number, transports: readonly Transport[] = tcp, addresses = machine) {
  const held = await holdAll([port], { transports, addresses, wildcards });
  await held.close();
  return held.refused.get(port) ?? 'free';
}

const hosts: [string, boolean][] = [
  ['0.0.0.0', false],
  ['127.0.0.1', false],
];
if (isLinux) hosts.push(['127.0.0.9', false]);
if (hasIpv6) hosts.push(['::', false], ['::', true], ['::1', false]);

describe('TCP ports in use', () => {
  test.each(hosts)('a server on %s is found (IPv6 only: %s)', async (host, ipv6Only) => {
    const { first } = await ownRange(1);
    await listen(host, first, ipv6Only);
    expect(await refusal(first, tcp)).toBe('in use');
    expect(await refusal(first, bothTransports)).toBe('in use');
    expect(await refusal(first, udp)).toBe('free');
  });
});

describe('UDP ports in use', () => {
  test.each(hosts.filter(([, ipv6Only]) => !ipv6Only))('a socket on %s is found', async (host) => {
    const { first } = await ownRange(1);
    await bindUdp(host, first);
    expect(await refusal(first, udp)).toBe('in use');
    expect(await refusal(first, bothTransports)).toBe('in use');
    expect(await refusal(first, tcp)).toBe('free');
  });

  onLinux.test('a UDP socket with SO_REUSEADDR is found', async () => {
    const { first } = await ownRange(1);
    await bindUdp('0.0.0.0', first, true);
    expect(await refusal(first, udp)).toBe('in use');
  });
});

describe('the probe', () => {
  test('the probe holds free ports until it is closed, and refuses the others', async () => {
    const { first, ports } = await ownRange(3);
    await listen('127.0.0.1', first + 1);
    const held = await holdAll([...ports], {
      transports: bothTransports,
      addresses: machine,
      wildcards,
    });
    expect(held.ports).toEqual([first, first + 2]);
    expect(held.refused).toEqual(new Map([[first + 1, 'in use']]));
    for (const transports of [tcp, udp]) expect(await refusal(first, transports)).toBe('in use');
    await held.close();
    expect(await refusal(first, bothTransports)).toBe('free');
  });

  test('the probe resets clients, so they leave no TIME_WAIT on the port', async () => {
    const { first } = await ownRange(1);
    const held = await holdAll([first], { transports: tcp, addresses: [], wildcards });
    const [error] = await once(connect(first, '127.0.0.1'), 'error');
    await held.close();
    expect(error.code).toBe('ECONNRESET');
    expect(await refusal(first)).toBe('free');
  });

  test('the probe fails with an error that is not about the port, and holds nothing', async () => {
    const { first } = await ownRange(1);
    const target = { transports: tcp, addresses: machine, wildcards };
    await expect(holdAll([first, 70_000], target)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Could not test port 70000 on (all addresses|127\.0\.0\.1): .*ERR_SOCKET_BAD_PORT/,
      ),
      cause: { code: 'ERR_SOCKET_BAD_PORT' },
    });
    expect(await refusal(first)).toBe('free');
  });

  withPrlimit.test('the probe refuses no port for lack of file descriptors', async () => {
    const { first } = await ownRange(1);
    await expect(withoutDescriptors(() => refusal(first))).rejects.toMatchObject({
      code: 'EMFILE',
    });
  });

  onLinux.test('the probe skips an address if it or its interface is gone', async () => {
    const { first } = await ownRange(1);
    pretendToBe('darwin');
    // 192.0.2.1 is kept for documentation (RFC 5737): no machine has it.
    expect(await refusal(first, tcp, ['192.0.2.1', 'fe80::1%gone0'])).toBe('free');
  });

  test.each(['darwin', 'win32'] as const)(
    'the probe tests each address if the system is %s',
    async (platform) => {
      const { first } = await ownRange(1);
      const addresses = ['127.0.0.1', '::1', '192.0.2.1'];
      pretendToBe(platform);
      const { mock } = spyOn(sockets, 'bind');
      expect(await refusal(first, bothTransports, addresses)).toBe('free');
      // On Linux fewer sockets would have the same result, so check which ones were bound.
      const tried = mock.calls.filter(([transport]) => transport === 'stream');
      expect(tried.map(([, { host }]) => host)).toEqual([...addresses, '0.0.0.0', '::']);
      await listen('127.0.0.1', first);
      expect(await refusal(first, bothTransports, addresses)).toBe('in use');
      expect(await refusal(first, udp, addresses)).toBe('free');
    },
  );

  describe('places that cannot be bound', () => {
    /** Makes binds to these addresses fail; without an address it is `undefined`. */
    const refuse = (codes: Record<string, string>) => {
      spyOn(sockets, 'bind').mockImplementation(async (transport, endpoint) => {
        const code = codes[`${endpoint.host}`];
        if (code !== undefined) throw systemError(code);
        return bind(transport, endpoint);
      });
    };

    onUnix.test('a port is free if only IPv6 is forbidden, and nobody asks for it', async () => {
      const { first } = await ownRange(1);
      refuse({ '::': 'EACCES' });
      expect(await refusal(first, udp)).toBe('free');
      refuse({ '0.0.0.0': 'EADDRNOTAVAIL', '::': 'EACCES' });
      const target = { transports: udp, addresses: [], wildcards: ['::'] };
      expect((await holdAll([first], target)).refused.get(first)).toBe('not permitted');
    });

    onLinux.test('a port is not free if no socket can be made', async () => {
      const { first } = await ownRange(1);
      refuse({ undefined: 'EAFNOSUPPORT', '0.0.0.0': 'EAFNOSUPPORT', '::': 'EAFNOSUPPORT' });
      await expect(refusal(first)).rejects.toThrow(
        'This process can bind no TCP port (EAFNOSUPPORT)',
      );
      await expect(refusal(first, udp)).rejects.toThrow(
        'This process can bind no UDP port on 0.0.0.0 (EAFNOSUPPORT)',
      );
    });

    test('a port that Windows forbids is in use', async () => {
      const { first } = await ownRange(1);
      pretendToBe('win32');
      refuse({ '0.0.0.0': 'EACCES' });
      expect(await refusal(first)).toBe('in use');
    });
  });

  test('the probe releases a port that is in use for the other transport', async () => {
    const { first } = await ownRange(1);
    await bindUdp('0.0.0.0', first);
    expect(await refusal(first, bothTransports)).toBe('in use');
    expect(await refusal(first)).toBe('free');
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

withIpv6.test('a UDP socket without an address has the port in both families', async () => {
  const socket = await bind('dgram', { port: 0 });
  const { port } = socket.address() as { port: number };
  for (const host of ['0.0.0.0', '::1']) {
    await expect(bind('dgram', { host, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  }
  await close(socket);
});

test('only some codes of a failed bind mean that the port is refused', () => {
  expect(explainBindError('EADDRINUSE', 'linux')).toBe('in use');
  expect(explainBindError('EACCES', 'win32')).toBe('in use');
  expect(explainBindError('EPERM', 'win32')).toBe('in use');
  expect(explainBindError('EACCES', 'linux')).toBe('not permitted');
  expect(explainBindError('EPERM', 'darwin')).toBe('not permitted');
  for (const code of ['EMFILE', 'ENOBUFS', 'EINVAL', 'EADDRNOTAVAIL', undefined]) {
    expect(explainBindError(code, 'linux')).toBeUndefined();
    expect(explainBindError(code, 'win32')).toBeUndefined();
  }
});

test('only some codes of a failed bind mean that the address is gone', () => {
  const absent = 'EADDRNOTAVAIL EAFNOSUPPORT EPROTONOSUPPORT EINVAL ENODEV ENXIO ENOTFOUND';
  for (const code of absent.split(' ')) expect(isAbsent(code)).toBe(true);
  for (const code of ['EADDRINUSE', 'EACCES', 'EMFILE', undefined]) {
    expect(isAbsent(code)).toBe(false);
  }
});

describe('addresses of the probe', () => {
  const held = [{ host: '0.0.0.0' }, { host: '::', ipv6Only: true }];
  const addresses = ['127.0.0.1', '::1', '192.0.2.7'];
  const alone = [
    { host: '127.0.0.1', ipv6Only: false },
    { host: '::1', ipv6Only: true },
    { host: '192.0.2.7', ipv6Only: false },
  ];

  test.each([
    ['linux', 'stream', { alone: [], held: [{}] }],
    ['linux', 'dgram', { alone: [], held }],
    ['darwin', 'stream', { alone, held }],
    ['darwin', 'dgram', { alone: alone.slice(0, 1), held }],
    ['win32', 'stream', { alone, held }],
    ['win32', 'dgram', { alone, held }],
  ] as const)('the probe binds these on %s for %s', (platform, transport, plan) => {
    expect(probePlan(platform, transport, { addresses, wildcards })).toEqual(plan);
  });

  test('the probe binds both wildcard addresses on Linux if IPv6 is asked for, which one socket could hide', () => {
    const plan = probePlan('linux', 'stream', { addresses, wildcards: ['::'] });
    expect(plan).toEqual({ alone: [], held });
  });

  test('the probe tests loopback and interface addresses, link-local ones with their zone', () => {
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

  test('the probe tests all addresses of this machine, except on Linux, which does not need it', () => {
    const addresses = Object.values(networkInterfaces()).flatMap((infos = []) =>
      infos.filter(({ scopeid }) => !scopeid).map(({ address }) => address),
    );
    expect(ownAddresses('darwin', [])).toEqual(expect.arrayContaining(addresses));
    expect(ownAddresses('linux', [])).toEqual(['127.0.0.1', '::1']);
  });
});
