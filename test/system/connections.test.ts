import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSocketCounts, parseTable, readConnections } from '../../src/system/connections.ts';
import {
  listen,
  onLinux,
  pretendToBe,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

// Recorded on Linux 6.18: a listening socket, an established connection and one in TIME_WAIT.
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1597 1 0000000050643ded 100 0 0 10 0
   1: 0100007F:5DC1 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 9001 1 00000000d5c2b0f1 20 4 30 10 -1
10002: 0100007F:5DC2 0100007F:A1B4 06 00000000:00000000 03:00000F3C 00000000     0        0 0 3 0000000012b9f1aa
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:5DC3 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 00000000b1a5a1f4 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:5DC3 0000000000000000FFFF00000100007F:A1B6 06 00000000:00000000 03:00000F3C 00000000     0        0 0 3 00000000aa0c1eaa
`;

test('the local ports of sockets that do not listen are read from the tables', () => {
  expect([...parseTable(tcp)]).toEqual([0x5dc1, 0x5dc2]);
  expect([...parseTable(tcp6)]).toEqual([0x5dc3]);
  expect([...parseTable('')]).toEqual([]);
});

test('the ports of sockets that do not listen are read, whatever the sockets', () => {
  const hex = (length: number) =>
    fc.string({
      unit: fc.constantFrom(...'0123456789ABCDEF'),
      minLength: length,
      maxLength: length,
    });
  const socket = fc.record({
    address: fc.oneof(hex(8), hex(32)),
    port: hex(4),
    state: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(socket), (sockets) => {
      const lines = sockets.map(({ address, port, state }, i) => {
        const status = state.toString(16).toUpperCase().padStart(2, '0');
        return `${i}: ${address}:${port} ${address}:0016 ${status} 00000000:00000000 00:00000000\n`;
      });
      const expected = sockets
        .filter(({ state }) => state !== 10)
        .map(({ port }) => Number.parseInt(port, 16));
      expect([...parseTable(`  sl  local_address rem_address   st\n${lines.join('')}`)]).toEqual(
        expected,
      );
    }),
  );
});

test('only ports are read from the tables, whatever the text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const port of parseTable(text)) expect(port).toBeLessThanOrEqual(0xffff);
      for (const count of Object.values(parseSocketCounts(text))) expect(count).not.toBeLessThan(0);
    }),
  );
});

test('the counts are read from sockstat and sockstat6', () => {
  const text =
    'sockets: used 8\nTCP: inuse 12 orphan 3 tw 45 alloc 13 mem 32\nUDP: inuse 6 mem 0\n' +
    'TCP6: inuse 78\nUDP6: inuse 1\n';
  expect(parseSocketCounts(text)).toEqual({ ipv4: 12, ipv6: 78, timeWait: 45 });
  expect(Object.values(parseSocketCounts(''))).toEqual(Array(3).fill(Number.NaN));
});

onLinux.test('both ends of a connection are found', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  await new Promise((resolve) => client.once('connect', resolve));
  const { ports } = readConnections();
  expect(ports).toContain(port);
  expect(ports).toContain(client.localPort);
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

onLinux.test('a listening socket is not a connection', async () => {
  const port = await listen(undefined);
  expect(readConnections().ports).not.toContain(port);
});

withPrlimit.test('without file descriptors the look for connections fails', async () => {
  await expect(withoutDescriptors(() => readConnections())).rejects.toThrow('EMFILE');
});

/** The connected ports of a machine that counts so many sockets; without counts it has no sockstat files. */
function seen(counts?: { ipv4: number; ipv6: number; timeWait: number }): number[] {
  const directory = temporaryDirectory();
  const files: Record<string, string> = { tcp, tcp6 };
  if (counts !== undefined) {
    const { ipv4, ipv6, timeWait } = counts;
    files.sockstat = `sockets: used 8\nTCP: inuse ${ipv4} orphan 0 tw ${timeWait} alloc 13 mem 32\n`;
    files.sockstat6 = `TCP6: inuse ${ipv6}\nUDP6: inuse 1\n`;
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return [...readConnections(directory).ports];
}

onLinux.test(
  'a table is read if the machine counts sockets of its family, or any in TIME_WAIT',
  () => {
    const [inTcp, inTcp6] = [[0x5dc1, 0x5dc2], [0x5dc3]];
    expect(seen({ ipv4: 0, ipv6: 0, timeWait: 0 })).toEqual([]);
    expect(seen({ ipv4: 1, ipv6: 0, timeWait: 0 })).toEqual(inTcp);
    expect(seen({ ipv4: 0, ipv6: 1, timeWait: 0 })).toEqual(inTcp6);
    expect(seen({ ipv4: 0, ipv6: 0, timeWait: 1 })).toEqual([...inTcp, ...inTcp6]);
    expect(seen({ ipv4: 1, ipv6: 1, timeWait: 1 })).toEqual([...inTcp, ...inTcp6]);
    expect(seen()).toEqual([...inTcp, ...inTcp6]);
  },
);

onLinux.test('a system without IPv6 has no problem, also if it has no connection', () => {
  const directory = temporaryDirectory();
  const sockstat = (inuse: number) =>
    writeFileSync(
      join(directory, 'sockstat'),
      `TCP: inuse ${inuse} orphan 0 tw 0 alloc 13 mem 32\n`,
    );
  sockstat(0);
  expect(readConnections(directory)).toEqual({ ports: new Set() });
  sockstat(2);
  writeFileSync(join(directory, 'tcp'), tcp);
  expect(readConnections(directory)).toEqual({ ports: new Set([0x5dc1, 0x5dc2]) });
});

onLinux.test(
  'it is a problem if no table can be read, and the counts do not say that it is empty',
  () => {
    const directory = temporaryDirectory();
    const problem = expect.stringMatching(/^ENOENT.*tcp'$/);
    expect(readConnections(directory)).toEqual({ ports: new Set(), problem });
    writeFileSync(join(directory, 'sockstat'), 'TCP: inuse 1 orphan 0 tw 0 alloc 13 mem 32\n');
    expect(readConnections(directory)).toEqual({ ports: new Set(), problem });
  },
);

test('elsewhere no port has a connection, and that is no problem', () => {
  pretendToBe('darwin');
  expect(readConnections()).toEqual({ ports: new Set() });
});
