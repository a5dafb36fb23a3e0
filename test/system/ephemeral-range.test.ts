import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { contains, type PortRange, size } from '../../src/ports/port-set.ts';
import {
  defaultRange,
  ephemeralRange,
  linuxRange,
  printedRange,
  rangeCommands,
} from '../../src/system/ephemeral-range.ts';
import { listen, pretendToBe, temporaryDirectory } from '../support.ts';

test('the range of this machine has the numbers that it assigns', async () => {
  const { ports, assumed } = await ephemeralRange();
  expect(assumed).toBeUndefined();
  for (let i = 0; i < 20; i++) expect(contains(ports, await listen('127.0.0.1'))).toBe(true);
});

test.runIf(process.platform === 'linux')("the range of this machine is the kernel's", async () => {
  const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const [first = 0, last = 0] = text.split(/\s+/).map(Number);
  const { ports } = await ephemeralRange();
  expect(ports[0]?.first).toBeGreaterThanOrEqual(first);
  expect(ports.at(-1)?.last).toBeLessThanOrEqual(last);
});

test.each([
  ['32768\t60999\n', '\n', [{ first: 32768, last: 60999 }]],
  [
    '1024\t65535\n',
    '8080,20000-29999\n',
    [
      { first: 1024, last: 8079 },
      { first: 8081, last: 19999 },
      { first: 30000, last: 65535 },
    ],
  ],
  ['12000\t65535\n', '80,12000-65535\n', []],
  ['20000\t60999\n', '0-5\n', [{ first: 20000, last: 60999 }]],
])('Linux: %j without %j', (range, reserved, expected) => {
  expect(linuxRange(range, reserved)).toEqual(expected);
});

test('Linux: an empty range is an error, not an empty set', () => {
  expect(() => linuxRange('', '')).toThrow('ip_local_port_range is empty');
});

// As `netsh int ipv4 show dynamicport tcp` prints it on Windows in English and German, and with the values that the
// installer of Visual Studio Enterprise sets; as sysctl prints it on macOS.
test.each([
  [
    'win32',
    '\r\nProtocol tcp Dynamic Port Range\r\n---------------------------------\r\n' +
      'Start Port      : 49152\r\nNumber of Ports : 16384\r\n\r\n',
    { first: 49152, last: 65535 },
  ],
  [
    'win32',
    '\r\nProtokoll tcp dynamischer Portbereich\r\n---------------------------------\r\n' +
      'Startport        : 1024\r\nAnzahl von Ports : 64511\r\n\r\n',
    { first: 1024, last: 65534 },
  ],
  ['darwin', '49152\n65535\n', { first: 49152, last: 65535 }],
])('%s: %j', (platform, text, expected) => {
  expect(printedRange(platform, text)).toEqual(expected);
});

test.each([
  ['win32', ''],
  ['win32', 'The following command was not found: int ipv4 show dynamicport tcp.\r\n'],
  ['win32', 'Start Port : 65535\r\nNumber of Ports : 16384\r\n'],
  ['darwin', '49152\n'],
  ['darwin', '65535\n49152\n'],
])('%s: %j is no range, and the error quotes it', (platform, text) => {
  expect(() => printedRange(platform, text)).toThrow(JSON.stringify(text));
});

test('whatever is printed, it is a range of ports or an error', () => {
  const number = fc.integer({ min: -1, max: 70_000 }).map(String);
  const text = fc
    .array(fc.oneof(number, fc.string(), fc.constant('\n')))
    .map((all) => all.join(' '));
  fc.assert(
    fc.property(fc.constantFrom('darwin', 'win32'), text, (platform, printed) => {
      let range: PortRange;
      try {
        range = printedRange(platform, printed);
      } catch (error) {
        expect((error as Error).message).toContain(JSON.stringify(printed));
        return;
      }
      expect(range.first).toBeGreaterThanOrEqual(1);
      expect(range.last).toBeGreaterThanOrEqual(range.first);
      expect(range.last).toBeLessThanOrEqual(65_535);
    }),
  );
});

test('whatever the kernel has reserved, the rest is what it may assign', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(port, port, fc.array(port), (a, b, reserved) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const ports = linuxRange(`${first}\t${last}\n`, `${reserved.join(',')}\n`);
      const excluded = new Set(reserved.filter((one) => one >= first && one <= last));
      expect(size(ports)).toBe(last - first + 1 - excluded.size);
      for (const one of excluded) expect(contains(ports, one)).toBe(false);
    }),
  );
});

test('Windows is asked for both families and transports, by the full path of its own program', () => {
  expect(rangeCommands('win32', { SystemRoot: 'D:\\WinNT' })).toEqual([
    ['D:\\WinNT\\System32\\netsh.exe', 'int', 'ipv4', 'show', 'dynamicport', 'tcp'],
    ['D:\\WinNT\\System32\\netsh.exe', 'int', 'ipv4', 'show', 'dynamicport', 'udp'],
    ['D:\\WinNT\\System32\\netsh.exe', 'int', 'ipv6', 'show', 'dynamicport', 'tcp'],
    ['D:\\WinNT\\System32\\netsh.exe', 'int', 'ipv6', 'show', 'dynamicport', 'udp'],
  ]);
  expect(rangeCommands('win32', {})[0]?.[0]).toBe('C:\\Windows\\System32\\netsh.exe');
});

test('macOS is asked for both ends', () => {
  expect(rangeCommands('darwin', {})).toEqual([
    ['/usr/sbin/sysctl', '-n', 'net.inet.ip.portrange.first', 'net.inet.ip.portrange.last'],
  ]);
});

test.skipIf(process.platform === 'win32')(
  'what Windows prints for each is put together',
  async () => {
    pretendToBe('win32');
    // A file of that name, here: the program is given with its path, and its arguments say what it is asked.
    const SystemRoot = temporaryDirectory();
    vi.stubEnv('SystemRoot', SystemRoot);
    const netsh = `${SystemRoot}\\System32\\netsh.exe`;
    const script = 'case "$2 $5" in "ipv4 udp") echo 50000 100;; *) echo 49152 1000;; esac';
    writeFileSync(netsh, `#!/bin/sh\n${script}\n`);
    chmodSync(netsh, 0o755);
    try {
      expect(await ephemeralRange()).toEqual({
        ports: [{ first: 49152, last: 50151 }],
      });
      writeFileSync(netsh, '#!/bin/sh\necho not today >&2\nexit 1\n');
      const { ports, assumed } = await ephemeralRange();
      expect(ports).toEqual(defaultRange('win32'));
      expect(assumed).toContain('not today');
    } finally {
      vi.unstubAllEnvs();
      // It is not in the directory, since its name has no slash before that.
      rmSync(netsh);
    }
  },
);

test.runIf(process.platform === 'linux')(
  'where macOS does not answer its range is assumed',
  async () => {
    pretendToBe('darwin');
    const { ports, assumed } = await ephemeralRange();
    expect(ports).toEqual(defaultRange('darwin'));
    expect(assumed).toMatch(/sysctl/);
  },
);

test('each system has a default', () => {
  expect(size(defaultRange('linux'))).toBe(28232);
  expect(size(defaultRange('darwin'))).toBe(16384);
  expect(size(defaultRange('win32'))).toBe(16384);
});
