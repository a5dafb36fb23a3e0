import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { parseRange } from '../ports/parse-ports.ts';
import { type PortRange, PortSet } from '../ports/port-set.ts';
import type { Transport } from '../request.ts';
import { explainError } from './errors.ts';
import { type Command, runCommand } from './run-command.ts';

/** The ports that the OS assigns by itself, to bind(0) and to outbound connections. */
export interface EphemeralRange {
  readonly ports: PortSet;
  /** Where it was read. */
  readonly source: string;
  /** What could not be read and why, in one line. `ports` has the system's default instead of it. */
  readonly assumed?: string;
}

/** How to read the ephemeral range, if not as on this system. */
export interface RangeOptions {
  readonly commands?: readonly Command[];
  /** Milliseconds that each command may take. */
  readonly patience?: number;
  /** Where Linux shows its settings. */
  readonly directory?: string;
}

/**
 * Reads the ephemeral range from this machine as it is set up now. Commands are started before this returns.
 *
 * Sources: ip_local_port_range and ip_local_reserved_ports in Linux' ip-sysctl documentation; in_pcb.c
 * in XNU; "netsh interface ipv4 show dynamicport" in Microsoft's documentation.
 */
export async function ephemeralRange(
  transports: readonly Transport[],
  { commands, patience = 3000, directory = '/proc/sys/net/ipv4' }: RangeOptions = {},
): Promise<EphemeralRange> {
  const { platform, env } = process;
  if (platform === 'linux') return readLinuxRange(directory);
  const asked = commands ?? rangeCommands(platform, transports, env);
  const problems: string[] = [];
  const answers = asked.map(async (command) => {
    try {
      return parsePrintedRange(platform, await runCommand(command, patience));
    } catch (error) {
      problems.push(`${nameOf(command)}: ${describe(error)}`);
      return defaultRange(platform);
    }
  });
  const ports = PortSet.ofRanges(await Promise.all(answers));
  const source = platform === 'win32' ? 'netsh' : 'sysctl net.inet.ip.portrange';
  return problems.length === 0
    ? { ports, source }
    : { ports, source, assumed: problems.sort().join('; ') };
}

/** The ports that the kernel may assign: its range, such as `32768\t60999`, without reserved ports. */
export function parseLinuxRange(range: string, reserved: string): PortSet {
  const bounds = parseRange(range.trim().replace('\t', '-'));
  if (bounds === undefined || bounds.first > bounds.last) {
    throw new Error(`ip_local_port_range holds ${JSON.stringify(range)}`);
  }
  // The kernel's lists can have 0, and more items than a user's.
  const items = reserved.trim().split(',').map(parseRange);
  const left = PortSet.ofRanges(items.filter((item) => item !== undefined));
  return PortSet.ofRanges([bounds]).difference(left);
}

/** The commands that print the range. Windows has one range for each family and transport. */
export function rangeCommands(
  platform: string,
  transports: readonly Transport[],
  environment: NodeJS.ProcessEnv,
): Command[] {
  if (platform !== 'win32') {
    const name = 'net.inet.ip.portrange';
    return [['/usr/sbin/sysctl', '-n', `${name}.first`, `${name}.last`]];
  }
  const netsh = `${environment.SystemRoot || 'C:\\Windows'}\\System32\\netsh.exe`;
  return transports.flatMap((transport) => {
    const protocol = transport === 'stream' ? 'tcp' : 'udp';
    return ['ipv4', 'ipv6'].map((family) => [
      netsh,
      'int',
      family,
      'show',
      'dynamicport',
      protocol,
    ]);
  });
}

/**
 * Parses what such a command printed: the two integers that end its last lines. Windows prints the first port and how
 * many there are, each after words in the user's language; macOS prints the first port and the last.
 *
 * @throws Error that quotes the text if it has no range that the system could have
 */
export function parsePrintedRange(platform: string, text: string): PortRange {
  const found = text.match(/(?<![\w.-])\d+(?=[^\S\n]*$)/gm) ?? [];
  const [first = 0, second = 0] = found.slice(-2).map(Number);
  const last = platform === 'win32' ? first + second - 1 : second;
  // Windows takes no dynamic range below 1024 or of fewer than 255 ports.
  const [lowest, fewest] = platform === 'win32' ? [1024, 255] : [1, 1];
  if (first < lowest || last - first + 1 < fewest || last > 65535) {
    throw new Error(`no range of ports in ${JSON.stringify(text)}`);
  }
  return { first, last };
}

/** The default range. */
export function defaultRange(platform: string): PortRange {
  return platform === 'linux' ? { first: 32768, last: 60999 } : { first: 49152, last: 65535 };
}

function readLinuxRange(directory: string): EphemeralRange {
  const source = `${directory}/ip_local_port_range`;
  const reserved = `${directory}/ip_local_reserved_ports`;
  try {
    return {
      ports: parseLinuxRange(readWhole(source), existsSync(reserved) ? readWhole(reserved) : ''),
      source,
    };
  } catch (error) {
    return { ports: PortSet.ofRanges([defaultRange('linux')]), source, assumed: describe(error) };
  }
}

/** Reads a file of /proc/sys with one read: a second returns nothing. */
function readWhole(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    // The longest list has every other port, each with a comma.
    const buffer = Buffer.alloc(32_768 * 6);
    return buffer.toString('latin1', 0, readSync(descriptor, buffer));
  } finally {
    closeSync(descriptor);
  }
}

/** A command as a user would type it. */
function nameOf([file, ...args]: Command): string {
  return [file.replace(/.*[\\/]/, ''), ...args].join(' ');
}

/** An error's message on one line, at most 200 characters. */
function describe(error: unknown): string {
  return (explainError(error) as Error).message.replace(/\s+/g, ' ').slice(0, 200);
}
