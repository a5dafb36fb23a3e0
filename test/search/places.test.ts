import { expect, test } from 'vitest';
import { allocate } from '../../src/search/allocate.ts';
import * as connections from '../../src/system/connections.ts';
import { ownAddresses } from '../../src/system/probe.ts';
import * as sockets from '../../src/system/sockets.ts';
import {
  freshLeases,
  onLinux,
  ownRange,
  ports,
  pretendToBe,
  request,
  spyOn,
  systemError,
  withIpv6,
} from '../support.ts';

onLinux.describe('other systems', () => {
  test.each(['darwin', 'win32'] as const)(
    'on %s a port is tried on the host and on all addresses of the machine',
    async (platform) => {
      const { first, ports: range } = await ownRange(1);
      const leases = freshLeases();
      pretendToBe(platform);
      const host = '127.0.0.9';
      const bind = spyOn(sockets, 'bind');
      expect(await ports({ host, range }, leases)).toEqual([first]);
      const tried = bind.mock.calls.map(([, endpoint]) => endpoint);
      const places = [...ownAddresses(platform, []), host, '0.0.0.0', '::'];
      expect(tried.filter(({ port }) => port === first).map((at) => at.host)).toEqual(places);
    },
  );

  test('on Windows the ephemeral range is not read for a range of the user', async () => {
    const { ports: range } = await ownRange(1);
    const leases = freshLeases();
    const details: string[] = [];
    pretendToBe('win32');
    await allocate(request({ range }), leases, (detail) => details.push(detail));
    expect(details).toEqual([expect.stringMatching(/^Leases are in /)]);
  });
});

withIpv6.test('a step fails if it asks for IPv6 and no port can be bound there', async () => {
  const { ports: range } = await ownRange(1);
  const { bind } = sockets;
  spyOn(sockets, 'bind').mockImplementation(async (transport, endpoint) => {
    if (endpoint.host === '::') throw systemError('EADDRNOTAVAIL');
    return bind(transport, endpoint);
  });
  for (const family of ['ipv6', 'both'] as const) {
    await expect(ports({ family, range })).rejects.toThrow(
      'This process can bind no TCP port on :: (EADDRNOTAVAIL)',
    );
  }
});

test('a step warns if it cannot read TCP connections', async () => {
  const { ports: range } = await ownRange(1);
  spyOn(connections, 'readConnections').mockReturnValue({ ports: new Set(), problem: 'no /proc' });
  const { warnings } = await allocate(request({ range }), freshLeases());
  expect(warnings).toEqual([
    expect.stringMatching(/^Could not read TCP connections \(no \/proc\)/),
  ]);
});
