import { isIP } from 'node:net';
import { getInput } from '@actions/core';
import type { Request } from './allocate.ts';
import type { Family } from './hosts.ts';
import { contains, numbers, type PortRange, parsePorts, portSet, splitList } from './port-set.ts';
import type { SocketType } from './probe.ts';

/** What the step's inputs say. */
export interface Inputs {
  readonly request: Request;
  readonly naming: Naming;
}

/** How the ports are called in outputs and environment. */
export interface Naming {
  /** A name for each port, or none at all. */
  readonly names: readonly string[];
  readonly exportEnv: boolean;
  readonly envPrefix: string;
}

const families: Record<string, Family> = {
  ipv4: 'ipv4',
  af_inet: 'ipv4',
  inet: 'ipv4',
  4: 'ipv4',
  ipv6: 'ipv6',
  af_inet6: 'ipv6',
  inet6: 'ipv6',
  6: 'ipv6',
  both: 'both',
};

const types: Record<string, SocketType> = {
  stream: 'stream',
  tcp: 'stream',
  sock_stream: 'stream',
  dgram: 'dgram',
  udp: 'dgram',
  sock_dgram: 'dgram',
  both: 'both',
};

const protocols: Record<string, SocketType> = { tcp: 'stream', udp: 'dgram', both: 'both' };
const booleans: Record<string, boolean> = { true: true, false: false };

/**
 * Reads and checks all inputs.
 *
 * @throws Error that names the input, its value and what is accepted
 */
export function readInputs(): Inputs {
  const type =
    keyword('type', types, 'stream, dgram or both (or tcp, udp, SOCK_STREAM, SOCK_DGRAM)') ??
    'stream';
  const names = readNames(type);
  const count = readCount();
  if (count !== undefined && names.length > 0 && count !== names.length) {
    throw refused(
      'count',
      `${count}`,
      `does not agree with the ${names.length} of "names": leave it out`,
    );
  }
  if (names.length > 1000) throw refused('names', `${names.length} names`, 'are more than 1000');
  const host = getInput('host') || undefined;
  const range = readRange();
  const contiguous = keyword('contiguous', booleans, 'true or false') ?? false;
  if (contiguous && range === 'ephemeral') {
    throw refused(
      'contiguous',
      'true',
      'cannot be had with "range": ephemeral, where the OS chooses each number',
    );
  }
  const exclude = portSet(readPorts('exclude'));
  return {
    request: {
      types: names.length > 0 ? names.map((name) => name.type) : Array(count ?? 1).fill(type),
      family: readFamily(host),
      host,
      range,
      exclude,
      prefer: [...new Set(numbers(readPorts('prefer')))].filter((port) => !contains(exclude, port)),
      contiguous,
    },
    naming: {
      names: names.map(({ name }) => name),
      exportEnv: keyword('export-env', booleans, 'true or false') ?? true,
      envPrefix: readEnvPrefix(),
    },
  };
}

function readCount(): number | undefined {
  const text = getInput('count');
  if (text === '') return undefined;
  const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1000)
    throw refused('count', text, 'is not a whole number from 1 to 1000');
  return count;
}

function readNames(defaultType: SocketType): { name: string; type: SocketType }[] {
  const seen = new Map<string, string>();
  return splitList(getInput('names')).map((item) => {
    const [name = '', protocol, ...rest] = item.split('/');
    const type = protocol === undefined ? defaultType : own(protocols, protocol.toLowerCase());
    if (type === undefined || rest.length > 0) {
      throw refused(
        'names',
        item,
        'has no protocol that is known: write name/tcp, name/udp or name/both',
      );
    }
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
      throw refused(
        'names',
        item,
        'is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most',
      );
    }
    if (/^ports?$/i.test(name)) {
      throw refused(
        'names',
        item,
        'is taken: "port" and "ports" are outputs that are always there',
      );
    }
    // Outputs are looked up regardless of case, and the variables' names are in upper case.
    const other = seen.get(variableName(name));
    if (other !== undefined) {
      throw refused('names', item, `gives the same output or variable as "${other}"`);
    }
    seen.set(variableName(name), item);
    return { name, type };
  });
}

/** The environment variable of a named port. */
export function variableName(name: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_PORT`;
}

function readFamily(host: string | undefined): Family {
  const family = keyword(
    'family',
    families,
    'ipv4, ipv6 or both (or AF_INET, AF_INET6, inet, inet6, 4, 6)',
  );
  const version = host === undefined ? 0 : isIP(host);
  if (version === 0) return family ?? 'ipv4';
  const ofHost = version === 4 ? 'ipv4' : 'ipv6';
  if (family !== undefined && family !== ofHost) {
    throw refused(
      'host',
      `${host}`,
      `is an ${ofHost === 'ipv4' ? 'IPv4' : 'IPv6'} address, but "family" is ${family}`,
    );
  }
  return ofHost;
}

function readRange(): Request['range'] {
  const text = getInput('range').toLowerCase();
  if (text === '' || text === 'auto') return 'auto';
  if (text === 'ephemeral') return 'ephemeral';
  if (/^[a-z]+$/.test(text)) {
    throw refused(
      'range',
      getInput('range'),
      'is not auto, ephemeral or a list of ports and ranges such as 20000-20999',
    );
  }
  return portSet(readPorts('range'));
}

function readPorts(input: string): PortRange[] {
  try {
    return parsePorts(getInput(input));
  } catch (error) {
    throw new Error(`Input "${input}": ${(error as Error).message}`);
  }
}

function readEnvPrefix(): string {
  const prefix = getInput('env-prefix');
  if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
    throw refused(
      'env-prefix',
      prefix,
      'cannot start the name of an environment variable: it takes a letter or _, then letters, digits and _',
    );
  }
  return prefix;
}

/** The value of an input that takes one of a few words; undefined if it is blank. */
function keyword<T>(input: string, values: Record<string, T>, accepted: string): T | undefined {
  const text = getInput(input);
  if (text === '') return undefined;
  const value = own(values, text.toLowerCase());
  if (value === undefined) throw refused(input, text, `is not ${accepted}`);
  return value;
}

function own<T>(values: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function refused(input: string, value: string, reason: string): Error {
  return new Error(`Input "${input}": "${value}" ${reason}`);
}
