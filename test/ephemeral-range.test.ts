import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  defaultRange,
  ephemeralRange,
  linuxRange,
  printedRange,
  rangeCommands,
  remedy,
} from '../src/ephemeral-range.ts';
import { contains, size } from '../src/port-set.ts';
import { listen } from './support.ts';

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

test('each system has a default, and a way to a smaller range', () => {
  expect(size(defaultRange('linux'))).toBe(28232);
  expect(size(defaultRange('darwin'))).toBe(16384);
  expect(size(defaultRange('win32'))).toBe(16384);
  expect(remedy('linux')).toContain('ip_local_port_range');
  expect(remedy('darwin')).toContain('net.inet.ip.portrange.first');
  expect(remedy('win32')).toContain('netsh');
});
