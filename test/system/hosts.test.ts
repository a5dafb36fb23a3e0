import { describe, expect, test } from 'vitest';
import { hasIpv6Address, resolveHosts } from '../../src/system/hosts.ts';
import { canLimitFiles, hasIpv6, withoutDescriptors } from '../support.ts';

test('without a host, it is the wildcard address', async () => {
  expect(await resolveHosts('ipv4')).toEqual(['0.0.0.0']);
});

test.runIf(hasIpv6)('without a host, it is the wildcard address of each family', async () => {
  expect(await resolveHosts('ipv6')).toEqual(['::']);
  expect(await resolveHosts('both')).toEqual(['0.0.0.0', '::']);
});

test.skipIf(hasIpv6)('IPv6 is refused where there is none', async () => {
  for (const family of ['ipv6', 'both'] as const) {
    await expect(resolveHosts(family)).rejects.toThrow(
      'Input "family": IPv6 was asked for, but this machine has no IPv6 (',
    );
  }
});

test('a name stands for its address', async () => {
  expect(await resolveHosts('ipv4', 'localhost')).toEqual(['127.0.0.1']);
});

test('an address stands for itself', async () => {
  expect(await resolveHosts('ipv4', '127.0.0.1')).toEqual(['127.0.0.1']);
  if (hasIpv6) expect(await resolveHosts('ipv6', '::1')).toEqual(['::1']);
});

describe('a host is refused', () => {
  test.runIf(process.platform === 'linux' && hasIpv6)('that cannot be bound', async () => {
    // Without its zone a link-local address is not complete.
    await expect(resolveHosts('ipv6', 'fe80::1')).rejects.toThrow(
      'Input "host": "fe80::1", but fe80::1 cannot be bound (EINVAL)',
    );
  });

  test('that does not resolve', async () => {
    // A name that is kept for that (RFC 6761).
    await expect(resolveHosts('ipv4', 'nobody.invalid')).rejects.toThrow(
      /^Input "host": "nobody\.invalid" does not resolve to an IPv4 address \(\w+\)/,
    );
  });

  test("that is not this machine's", async () => {
    // An address that is kept for documentation (RFC 5737): no machine has it.
    await expect(resolveHosts('ipv4', '203.0.113.1')).rejects.toThrow(
      'Input "host": "203.0.113.1", but this machine has no address 203.0.113.1 (EADDRNOTAVAIL)',
    );
  });
});

test.runIf(canLimitFiles)(
  'that file descriptors ran out is not the fault of an input',
  async () => {
    const requests = [
      () => resolveHosts('ipv4', '127.0.0.1'),
      () => resolveHosts('ipv4', 'localhost'),
    ];
    if (hasIpv6) requests.push(() => resolveHosts('ipv6'));
    for (const request of requests) {
      await expect(withoutDescriptors(request)).rejects.toMatchObject({ code: 'EMFILE' });
    }
  },
);

test('an IPv6 address on any interface is one', () => {
  const common = { netmask: '', mac: '', internal: false, cidr: null };
  const v4 = { ...common, family: 'IPv4' as const, address: '127.0.0.1' };
  const v6 = { ...common, family: 'IPv6' as const, address: 'fd00::1', scopeid: 0 };
  expect(hasIpv6Address({ lo: [v4], down: undefined })).toBe(false);
  expect(hasIpv6Address({ lo: [v4], eth0: [v4, v6] })).toBe(true);
  expect(hasIpv6Address({})).toBe(false);
});
