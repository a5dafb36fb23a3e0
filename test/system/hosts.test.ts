import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasIpv6Address, requireIpv6, resolveHosts } from '../../src/system/hosts.ts';
import * as commands from '../../src/system/run-command.ts';
import * as sockets from '../../src/system/sockets.ts';
import {
  hasIpv6,
  isLinux,
  needs,
  spyOn,
  stubEnv,
  systemError,
  temporaryDirectory,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

test('without a host, ports are for the wildcard address', async () => {
  expect(await resolveHosts('ipv4')).toEqual(['0.0.0.0']);
});

withIpv6.test('without a host, ports are for the wildcard address of each family', async () => {
  expect(await resolveHosts('ipv6')).toEqual(['::']);
  expect(await resolveHosts('both')).toEqual(['0.0.0.0', '::']);
});

needs({ 'a machine without IPv6': !hasIpv6 }).test('IPv6 is refused if there is none', async () => {
  for (const family of ['ipv6', 'both'] as const) {
    await expect(resolveHosts(family)).rejects.toThrow(
      'Input "family": IPv6 was asked for, but this machine has no IPv6 (',
    );
  }
});

test('a host that is a name is looked up', async () => {
  const runCommand = spyOn(commands, 'runCommand');
  // A number is a name to a resolver: inet_aton(3) reads it.
  expect(await resolveHosts('ipv4', '127.1')).toEqual(['127.0.0.1']);
  // A resolver turns to its second server after five seconds.
  expect(runCommand).toHaveBeenCalledWith(expect.anything(), 8000);
});

withIpv6.test('a name is looked up in each family', async () => {
  // No machine has a name with an address of each family for certain, so the resolver of child processes has one.
  const file = join(temporaryDirectory(), 'resolver.cjs');
  writeFileSync(
    file,
    `require('node:dns').lookup = (name, { family }, done) => {
      done(null, String({ 4: '127.0.0.1', 6: '::1' }[family]));
    };`,
  );
  stubEnv('NODE_OPTIONS', `--require "${file.replaceAll('\\', '\\\\')}"`);
  expect(await resolveHosts('ipv4', 'both.example')).toEqual(['127.0.0.1']);
  expect(await resolveHosts('ipv6', 'both.example')).toEqual(['::1']);
  expect(await resolveHosts('both', 'both.example')).toEqual(['127.0.0.1', '::1']);
});

test('localhost is the loopback address of each family, whatever a resolver knows', async () => {
  expect(await resolveHosts('ipv4', 'localhost')).toEqual(['127.0.0.1']);
  if (hasIpv6) expect(await resolveHosts('both', 'LocalHost')).toEqual(['127.0.0.1', '::1']);
});

test('a name that starts with a dash is a name', async () => {
  await expect(resolveHosts('ipv4', '--version')).rejects.toThrow(
    /^Input "host": "--version" does not resolve to an IPv4 address \(E[A-Z_]+\)$/,
  );
});

test('a host that is an address is used as it is', async () => {
  // No process can look it up.
  stubEnv('NODE_OPTIONS', '--no-such-option');
  expect(await resolveHosts('ipv4', '127.0.0.1')).toEqual(['127.0.0.1']);
  if (hasIpv6) expect(await resolveHosts('ipv6', '::1')).toEqual(['::1']);
});

describe('refused hosts', () => {
  needs({ Linux: isLinux, IPv6: hasIpv6 }).test(
    'a host is refused if it is a link-local address without its zone',
    async () => {
      // Without its zone a link-local address is not complete.
      await expect(resolveHosts('ipv6', 'fe80::1')).rejects.toThrow(
        'Input "host": "fe80::1", but this machine has no address fe80::1 (EINVAL)',
      );
    },
  );

  test('a host is refused with the reason if its look-up fails', async () => {
    const cause = new Error('no answer within 8 s');
    spyOn(commands, 'runCommand').mockRejectedValue(cause);
    await expect(resolveHosts('ipv4', 'slow.example')).rejects.toThrow(
      expect.objectContaining({
        message: 'Input "host": the look-up of "slow.example" failed: no answer within 8 s',
        cause,
      }),
    );
  });

  test('a host is refused if it does not resolve', async () => {
    const runCommand = spyOn(commands, 'runCommand');
    // This name is kept for that purpose (RFC 6761).
    for (const family of ['ipv4', 'both'] as const) {
      await expect(resolveHosts(family, 'nobody.invalid')).rejects.toThrow(
        /^Input "host": "nobody\.invalid" does not resolve to an IPv[46] address \(E[A-Z_]+\)$/,
      );
    }
    // The look-up in the other family may take longer.
    await Promise.allSettled(runCommand.mock.results.map(({ value }) => value));
  });

  test("a host is refused if it is not this machine's", async () => {
    // An address that is kept for documentation (RFC 5737): no machine has it.
    await expect(resolveHosts('ipv4', '203.0.113.1')).rejects.toMatchObject({
      message:
        'Input "host": "203.0.113.1", but this machine has no address 203.0.113.1 (EADDRNOTAVAIL)',
      cause: { code: 'EADDRNOTAVAIL' },
    });
  });
});

withPrlimit.test('a lack of file descriptors is not blamed on an input', async () => {
  const requests = [
    () => resolveHosts('ipv4', '127.0.0.1'),
    () => resolveHosts('ipv4', 'localhost'),
    () => resolveHosts('ipv4', 'nobody.invalid'),
  ];
  if (hasIpv6) requests.push(() => resolveHosts('ipv6'));
  for (const request of requests) {
    await expect(withoutDescriptors(request)).rejects.toMatchObject({ code: 'EMFILE' });
  }
});

withPrlimit.test('a request for IPv4 without a host needs no file descriptor', async () => {
  expect(await withoutDescriptors(() => resolveHosts('ipv4'))).toEqual(['0.0.0.0']);
});

describe('addresses that cannot be bound', () => {
  const bindFailsWith = (code: string) =>
    spyOn(sockets, 'bind').mockRejectedValueOnce(systemError(code));

  test.each([
    ['its ephemeral ports are used up', 'EADDRINUSE'],
    ['this process may bind other ports', 'EACCES'],
    ['a sandbox permits other ports', 'EPERM'],
  ])("an address is this machine's even if %s", async (_, code) => {
    bindFailsWith(code);
    expect(await resolveHosts('ipv4', '127.0.0.1')).toEqual(['127.0.0.1']);
    bindFailsWith(code);
    expect(await resolveHosts('ipv6')).toEqual(['::']);
  });

  test('an address that cannot be bound is refused with the reason', async () => {
    bindFailsWith('ENOBUFS');
    await expect(resolveHosts('ipv4', '127.0.0.1')).rejects.toThrow(
      new Error('Input "host": "127.0.0.1", but 127.0.0.1 cannot be bound (ENOBUFS)'),
    );
  });

  test('IPv6 is refused with the reason why ::1 cannot be bound', async () => {
    for (const family of ['ipv6', 'both'] as const) {
      const bind = bindFailsWith('ENOBUFS');
      await expect(resolveHosts(family)).rejects.toThrow('::1 cannot be bound (ENOBUFS)');
      expect(bind).toHaveBeenLastCalledWith('stream', { host: '::1', port: 0 });
    }
  });

  test('a host is refused if its address in one of two families cannot be bound', async () => {
    const { bind } = sockets;
    for (const address of ['127.0.0.1', '::1']) {
      spyOn(sockets, 'bind').mockImplementation((transport, { host }) =>
        host === address
          ? Promise.reject(systemError('EADDRNOTAVAIL'))
          : bind(transport, { host: '127.0.0.1', port: 0 }),
      );
      await expect(resolveHosts('both', 'localhost')).rejects.toThrow(
        `Input "host": "localhost", but this machine has no address ${address}`,
      );
    }
  });
});

describe('IPv6', () => {
  const [has, hasNot] = [() => true, () => false];
  const message = (reason: string) => `Input "family": IPv6 was asked for, but ${reason}`;

  test('there is IPv6 if its loopback address can be bound, or another interface has it', () => {
    for (const hasAddress of [has, hasNot]) requireIpv6(undefined, hasAddress);
    requireIpv6(systemError('EADDRNOTAVAIL'), has);
  });

  test('IPv6 is refused if no interface has it', () => {
    const cause = systemError('EADDRNOTAVAIL');
    expect(() => requireIpv6(cause, hasNot)).toThrow(
      new Error(message('this machine has no IPv6 (EADDRNOTAVAIL)'), { cause }),
    );
  });

  test('IPv6 is refused if ::1 cannot be bound for another reason', () => {
    const cause = systemError('ENOBUFS');
    for (const hasAddress of [has, hasNot]) {
      expect(() => requireIpv6(cause, hasAddress)).toThrow(
        new Error(message('::1 cannot be bound (ENOBUFS)'), { cause }),
      );
    }
  });
});

test('a machine has IPv6 if any interface has an IPv6 address', () => {
  const common = { netmask: '', mac: '', internal: false, cidr: null };
  const v4 = { ...common, family: 'IPv4' as const, address: '127.0.0.1' };
  const v6 = { ...common, family: 'IPv6' as const, address: 'fd00::1', scopeid: 0 };
  expect(hasIpv6Address({ lo: [v4], down: undefined })).toBe(false);
  expect(hasIpv6Address({ lo: [v4], eth0: [v4, v6] })).toBe(true);
  expect(hasIpv6Address({})).toBe(false);
});
