import { beforeEach, expect, test, vi } from 'vitest';
import { allocate } from '../../src/search/allocate.ts';
import { readConnections } from '../../src/system/connections.ts';
import { ownAddresses } from '../../src/system/probe.ts';
import { bind } from '../../src/system/sockets.ts';
import {
  freshLeases,
  onLinux,
  ownRange,
  ports,
  pretendToBe,
  request,
  systemError,
  withIpv6,
} from '../support.ts';

vi.mock('../../src/system/connections.ts', { spy: true });
vi.mock('../../src/system/sockets.ts', { spy: true });

const { bind: actuallyBind } = await vi.importActual<typeof import('../../src/system/sockets.ts')>(
  '../../src/system/sockets.ts',
);

beforeEach(() => {
  vi.resetAllMocks();
});

onLinux.describe('other systems', () => {
  test.each(['darwin', 'win32'] as const)(
    'on %s a port is tried on the host and on all addresses of the machine',
    async (platform) => {
      const { first, ports: range } = await ownRange(1);
      const leases = freshLeases();
      pretendToBe(platform);
      const host = '127.0.0.9';
      vi.mocked(bind).mockClear();
      expect(await ports({ host, range }, leases)).toEqual([first]);
      const tried = vi.mocked(bind).mock.calls.map(([, endpoint]) => endpoint);
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
  vi.mocked(bind).mockImplementation(async (transport, endpoint) => {
    if (endpoint.host === '::') throw systemError('EADDRNOTAVAIL');
    return actuallyBind(transport, endpoint);
  });
  for (const family of ['ipv6', 'both'] as const) {
    await expect(ports({ family, range })).rejects.toThrow(
      'This process can bind no TCP port on :: (EADDRNOTAVAIL)',
    );
  }
});

test('a step warns if it cannot read TCP connections', async () => {
  const { ports: range } = await ownRange(1);
  vi.mocked(readConnections).mockReturnValue({ ports: new Set(), problem: 'no /proc' });
  const { warnings } = await allocate(request({ range }), freshLeases());
  expect(warnings).toEqual([
    expect.stringMatching(/^Could not read TCP connections \(no \/proc\)/),
  ]);
});
