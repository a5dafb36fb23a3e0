import { existsSync, readFileSync } from 'node:fs';
import { type PortRange, type PortSet, parsePorts, portSet, subtract } from '../ports/port-set.ts';

/** The numbers that the OS assigns by itself, to bind(0) and to outbound connections. */
export interface EphemeralRange {
  readonly ports: PortSet;
  /** Why the machine could not be asked, where `ports` is what its system has unless it is set up otherwise. */
  readonly assumed?: string;
}

/**
 * Reads the ephemeral range from this machine as it is set up now.
 *
 * Sources: ip_local_port_range and ip_local_reserved_ports in Linux' ip-sysctl documentation; in_pcb.c
 * in XNU; "netsh interface ipv4 show dynamicport" in Microsoft's documentation.
 */
export async function ephemeralRange(): Promise<EphemeralRange> {
  const { platform } = process;
  try {
    if (platform === 'linux') {
      const directory = '/proc/sys/net/ipv4';
      const reserved = `${directory}/ip_local_reserved_ports`;
      return {
        ports: linuxRange(
          readFileSync(`${directory}/ip_local_port_range`, 'utf8'),
          existsSync(reserved) ? readFileSync(reserved, 'utf8') : '',
        ),
      };
    }
    const texts = await Promise.all(rangeCommands(platform, process.env).map(output));
    return { ports: portSet(texts.map((text) => printedRange(platform, text))) };
  } catch (error) {
    return { ports: defaultRange(platform), assumed: String(error) };
  }
}

/** What the kernel may assign: its range, such as `32768\t60999`, without the numbers it was told to leave. */
export function linuxRange(range: string, reserved: string): PortSet {
  const bounds = parsePorts(range.trim().replace(/\s+/, '-'));
  if (bounds.length === 0) throw new Error('ip_local_port_range is empty');
  // The kernel also takes 0, which is first where it is there.
  return subtract(portSet(bounds), portSet(parsePorts(reserved.replace(/^0-/, '1-'))));
}

/** What prints the range, the program first. Windows has one range for each family and transport. */
export function rangeCommands(platform: string, environment: NodeJS.ProcessEnv): string[][] {
  if (platform !== 'win32') {
    const name = 'net.inet.ip.portrange';
    return [['/usr/sbin/sysctl', '-n', `${name}.first`, `${name}.last`]];
  }
  const netsh = `${environment.SystemRoot ?? 'C:\\Windows'}\\System32\\netsh.exe`;
  return ['ipv4', 'ipv6'].flatMap((family) =>
    ['tcp', 'udp'].map((transport) => [netsh, 'int', family, 'show', 'dynamicport', transport]),
  );
}

/**
 * The range in what such a command printed. Windows prints the first number and how many there are, in
 * words of the user's language; macOS the first number and the last.
 *
 * @throws Error that quotes the text, where it has no two such integers
 */
export function printedRange(platform: string, text: string): PortRange {
  const [first = 0, second = 0] = (text.match(/(?<!\w)\d+(?!\w)/g) ?? []).slice(-2).map(Number);
  const last = platform === 'win32' ? first + second - 1 : second;
  if (first < 1 || last < first || last > 65535) {
    throw new Error(`no range of ports in ${JSON.stringify(text)}`);
  }
  return { first, last };
}

/** The range of a machine that nobody has set up otherwise. */
export function defaultRange(platform: string): PortSet {
  return platform === 'linux' ? [{ first: 32768, last: 60999 }] : [{ first: 49152, last: 65535 }];
}

function output([file = '', ...args]: string[]): Promise<string> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: 10_000 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}
