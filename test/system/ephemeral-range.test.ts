import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PortRange, PortSet } from '../../src/ports/port-set.ts';
import {
  defaultRange,
  ephemeralRange,
  parseLinuxRange,
  parsePrintedRange,
  rangeCommands,
} from '../../src/system/ephemeral-range.ts';
import type { Command } from '../../src/system/run-command.ts';
import {
  listen,
  onLinux,
  pretendToBe,
  span,
  stubEnv,
  temporaryDirectory,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

test('the ephemeral range of this machine has the ports that it assigns', async () => {
  const { ports, source, assumed } = await ephemeralRange(['stream']);
  expect(assumed).toBeUndefined();
  expect(source).toMatch(/^(\/proc\/sys\/.*_range|sysctl .*portrange|netsh)$/);
  for (let i = 0; i < 20; i++) expect(ports.has(await listen('127.0.0.1'))).toBe(true);
});

onLinux.test("the ephemeral range of this machine is the kernel's", async () => {
  const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const [first = 0, last = 0] = text.split(/\s+/).map(Number);
  const { ports } = await ephemeralRange(['stream']);
  expect(ports.difference(span(first, last)).size).toBe(0);
});

onLinux.describe('the ephemeral range of Linux', () => {
  /** Reads them as the kernel of a machine shows them. */
  const shown = (files: Record<string, string>, directory = temporaryDirectory()) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return ephemeralRange(['stream'], { directory });
  };

  test('reserved ports are not in the ephemeral range, however many they are', async () => {
    const evens = Array.from({ length: 14_000 }, (_, i) => 32_768 + 2 * i);
    const { ports, source, assumed } = await shown({
      ip_local_port_range: '32768\t60767\n',
      ip_local_reserved_ports: `${evens.join(',')}\n`,
    });
    expect(ports.size).toBe(14_000);
    for (const port of evens) expect(ports.has(port)).toBe(false);
    expect(source).toMatch(/ip_local_port_range$/);
    expect(assumed).toBeUndefined();
  });

  test('the ephemeral range is whole if there is no list of reserved ports', async () => {
    const { ports } = await shown({ ip_local_port_range: '20000\t30000\n' });
    expect(`${ports}`).toBe('20000-30000');
  });

  test.each<[Record<string, string>, RegExp]>([
    [{}, /^ENOENT: .*ip_local_port_range'$/],
    [{ ip_local_port_range: 'x\n' }, /^ip_local_port_range holds "x\\n"$/],
  ])('the default range is assumed if the files are %j', async (files, problem) => {
    expect(await shown(files)).toEqual({
      ports: span(32768, 60999),
      source: expect.stringMatching(/ip_local_port_range$/),
      assumed: expect.stringMatching(problem),
    });
  });

  withPrlimit.test('the default range is assumed if no file descriptor is left', async () => {
    const { assumed } = await withoutDescriptors(() => ephemeralRange(['stream']));
    expect(assumed).toMatch(/^This process has no file descriptors left: raise the limit /);
  });

  test('the ephemeral range is read without leaving a file open', async () => {
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (let i = 0; i < 50; i++) await ephemeralRange(['stream']);
    expect(descriptors()).toBeLessThan(before + 50);
  });
});

test.each([
  ['32768\t60999\n', '\n', '32768-60999'],
  ['32768\t60999\n', '', '32768-60999'],
  ['32768\t60999\n', '0\n', '32768-60999'],
  ['5\t5\n', '0,8080\n', '5'],
  ['8000\t9999\n', '0,8080\n', '8000-8079, 8081-9999'],
  ['20000\t60999\n', '0-5\n', '20000-60999'],
  ['1\t65535\n', '0-65535\n', ''],
  ['1\t9999\n', '1-5,7\n', '6, 8-9999'],
  ['1024\t65535\n', '8080,20000-29999\n', '1024-8079, 8081-19999, 30000-65535'],
  ['12000\t65535\n', '80,12000-65535\n', ''],
])('on Linux, the range %j without %j is %j', (range, reserved, expected) => {
  expect(`${parseLinuxRange(range, reserved)}`).toBe(expected);
});

test.each(['', '60999\t32768\n', '1\t70000\n', 'x\ty\n'])(
  'on Linux, %j is not a range, and the error quotes it',
  (range) => {
    expect(() => parseLinuxRange(range, '')).toThrow(
      `ip_local_port_range holds ${JSON.stringify(range)}`,
    );
  },
);

// As `netsh int ipv4 show dynamicport tcp` prints it on Windows in English, in German with the values that the
// installer of Visual Studio Enterprise sets, and in Chinese; as it looks if its letters are in another encoding
// and its heading has numbers; and as sysctl prints it on macOS.
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
  [
    'win32',
    '\r\n协议 tcp 动态端口范围\r\n---------------------------------\r\n' +
      '启动端口        : 49152\r\n端口数          : 16384\r\n\r\n',
    { first: 49152, last: 65535 },
  ],
  [
    'win32',
    '\r\n2 \ufffd\ufffd 4 tcp 6\r\n------\r\n\ufffdd\ufffd : 50000\r\n\ufffd 2 \ufffd\uff1a255\r\n',
    { first: 50000, last: 50254 },
  ],
  [
    'win32',
    'Start Port : 50000 \nNumber of Ports : 1000\t\nTime taken : 7s\n',
    { first: 50000, last: 50999 },
  ],
  ['darwin', '49152\n65535\n', { first: 49152, last: 65535 }],
  ['darwin', '600\n700\n', { first: 600, last: 700 }],
])('on %s, a range is read from %j', (platform, text, expected) => {
  expect(parsePrintedRange(platform, text)).toEqual(expected);
});

test.each([
  ['win32', ''],
  ['win32', 'The following command was not found: int ipv4 show dynamicport tcp.\r\n'],
  ['win32', 'Start Port : 49152\r\n'],
  ['win32', 'Start Port : 65535\r\nNumber of Ports : 16384\r\n'],
  ['win32', 'Start Port : 49152\r\nNumber of Ports : 16385\r\n'],
  ['win32', 'Start Port : 49152\r\nNumber of Ports : 254\r\n'],
  ['win32', 'Start Port : 1023\r\nNumber of Ports : 16384\r\n'],
  ['win32', 'Start Port : 0\r\nNumber of Ports : 0\r\n'],
  ['darwin', '49152\n'],
  ['darwin', '65535\n49152\n'],
])('on %s, %j has no range, and the error quotes it', (platform, text) => {
  expect(() => parsePrintedRange(platform, text)).toThrow(JSON.stringify(text));
});

test('any text that a command prints gives a range of ports or an error', () => {
  const number = fc.integer({ min: -1, max: 70_000 }).map(String);
  const text = fc
    .array(fc.oneof(number, fc.string(), fc.constant('\n')))
    .map((all) => all.join(' '));
  fc.assert(
    fc.property(fc.constantFrom('darwin', 'win32'), text, (platform, printed) => {
      let range: PortRange;
      try {
        range = parsePrintedRange(platform, printed);
      } catch (error) {
        expect(`${error}`).toContain(JSON.stringify(printed));
        return;
      }
      expect(range.first).toBeGreaterThanOrEqual(1);
      expect(range.last).toBeGreaterThanOrEqual(range.first);
      expect(range.last).toBeLessThanOrEqual(65_535);
    }),
  );
});

test('the kernel assigns all ports of its range that are not reserved', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(port, port, fc.array(port), (a, b, reserved) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const ports = parseLinuxRange(`${first}\t${last}\n`, `${reserved.join(',')}\n`);
      const excluded = new Set(reserved.filter((one) => one >= first && one <= last));
      expect(ports.size).toBe(last - first + 1 - excluded.size);
      for (const one of excluded) expect(ports.has(one)).toBe(false);
    }),
  );
});

test.each([
  [['stream'], ['ipv4 tcp', 'ipv6 tcp']],
  [['dgram'], ['ipv4 udp', 'ipv6 udp']],
  [
    ['stream', 'dgram'],
    ['ipv4 tcp', 'ipv6 tcp', 'ipv4 udp', 'ipv6 udp'],
  ],
] as const)('on Windows, netsh is asked for %j in both families', (transports, asked) => {
  const commands = rangeCommands('win32', transports, { SystemRoot: 'D:\\WinNT' });
  expect(commands).toEqual(
    asked.map((words) => {
      const [family, protocol] = words.split(' ');
      return ['D:\\WinNT\\System32\\netsh.exe', 'int', family, 'show', 'dynamicport', protocol];
    }),
  );
});

test.each([undefined, ''])('Windows is in its usual place if SystemRoot is %j', (SystemRoot) => {
  const [command = []] = rangeCommands('win32', ['stream'], { SystemRoot });
  expect(command[0]).toBe('C:\\Windows\\System32\\netsh.exe');
});

test('on macOS, sysctl is asked for both ends of the range', () => {
  expect(rangeCommands('darwin', ['stream', 'dgram'], {})).toEqual([
    ['/usr/sbin/sysctl', '-n', 'net.inet.ip.portrange.first', 'net.inet.ip.portrange.last'],
  ]);
});

describe('the ephemeral range of Windows', () => {
  const script = (text: string): Command => [process.execPath, '-e', text];
  const printing = (first: number, count: number) =>
    script(`console.log('\\nStart Port : ${first}\\nNumber of Ports : ${count}\\n')`);
  const asked = (commands: Command[], patience = 60_000) => {
    pretendToBe('win32');
    return ephemeralRange(['stream', 'dgram'], { commands, patience });
  };

  test('the ranges that all commands print are united', async () => {
    expect(await asked([printing(49152, 1000), printing(50000, 500)])).toEqual({
      ports: span(49152, 50499),
      source: 'netsh',
    });
  });

  test('a command that fails gives the default range', async () => {
    const failing = script('console.error("not\\ntoday"); process.exitCode = 3');
    const { ports, source, assumed } = await asked([printing(2000, 500), failing]);
    expect(`${ports}`).toBe('2000-2499, 49152-65535');
    expect(source).toBe('netsh');
    expect(assumed).toMatch(/^node\S* -e .*: Command failed: .* not today $/);
  });

  test('an implausible answer gives the default range', async () => {
    const { ports, assumed } = await asked([printing(2000, 500), printing(49152, 3)]);
    expect(`${ports}`).toBe('2000-2499, 49152-65535');
    expect(assumed).toMatch(/: no range of ports in ".*Number of Ports : 3.*"$/);
  });

  test('failed commands are named in one order, whichever failed first', async () => {
    const missing = (name: string): Command => [join(temporaryDirectory(), name), 'show'];
    const { assumed } = await asked([missing('netsh2'), missing('netsh1')]);
    expect(assumed).toMatch(/^netsh1 show: spawn .*; netsh2 show: spawn /);
  });

  test('the text of a failed command is shortened', async () => {
    const failing = script('console.error("no  access".repeat(1000)); process.exitCode = 3');
    const { assumed = '' } = await asked([failing]);
    const [problem = ''] = /Command failed: .*/.exec(assumed) ?? [];
    expect(problem).toContain('no accessno access');
    expect(problem).toHaveLength(200);
  });

  test('a command that hangs gives the default range', async () => {
    const { ports, source, assumed } = await asked([script('setInterval(() => {}, 1000)')], 50);
    expect(`${ports}`).toBe('49152-65535');
    expect(source).toBe('netsh');
    expect(assumed).toMatch(/: no answer within 0\.05 s$/);
  });

  test('all commands run at the same time, whatever this process does meanwhile', async () => {
    const directory = temporaryDirectory();
    const meeting = ['a', 'b'].map((name) => join(directory, name));
    const reading = asked(
      meeting.map((file) =>
        script(`
          const { existsSync, writeFileSync } = require('node:fs');
          writeFileSync(${JSON.stringify(file)}, '');
          setInterval(() => {
            if (!${JSON.stringify(meeting)}.every((file) => existsSync(file))) return;
            console.log('Start Port : 2000\\nNumber of Ports : 500');
            process.exit();
          }, 5);`),
      ),
    );
    // Nothing else can run in this thread before they have met.
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 3000 && !meeting.every((file) => existsSync(file)); i++) {
      Atomics.wait(pause, 0, 0, 10);
    }
    expect(meeting.every((file) => existsSync(file))).toBe(true);
    expect(await reading).toEqual({ ports: span(2000, 2499), source: 'netsh' });
  });

  test('missing commands are named on one line', async () => {
    pretendToBe('win32');
    stubEnv('SystemRoot', temporaryDirectory());
    const { ports, assumed = '' } = await ephemeralRange(['stream']);
    expect(`${ports}`).toBe('49152-65535');
    for (const family of ['ipv4', 'ipv6']) {
      expect(assumed).toContain(`netsh.exe int ${family} show dynamicport tcp: spawn `);
    }
    expect(assumed).not.toContain('udp');
    expect(assumed).not.toMatch(/[\r\n]/);
  });
});

test('on macOS, the range lies between the two ports that are printed', async () => {
  pretendToBe('darwin');
  const command: Command = [process.execPath, '-e', 'console.log("50000\\n60000")'];
  const patience = 60_000;
  expect(await ephemeralRange(['stream'], { commands: [command], patience })).toEqual({
    ports: span(50000, 60000),
    source: 'sysctl net.inet.ip.portrange',
  });
});

onLinux.test('on macOS, a command that fails gives the default range', async () => {
  pretendToBe('darwin');
  const { ports, source, assumed } = await ephemeralRange(['stream']);
  expect(`${ports}`).toBe('49152-65535');
  expect(source).toBe('sysctl net.inet.ip.portrange');
  expect(assumed).toMatch(/^sysctl -n net\.inet\.ip\.portrange\.first .*: [^\r\n]+$/);
});

test('each system has a default range', () => {
  const sizeOf = (platform: string) => PortSet.ofRanges([defaultRange(platform)]).size;
  expect(['linux', 'darwin', 'win32'].map(sizeOf)).toEqual([28232, 16384, 16384]);
});
