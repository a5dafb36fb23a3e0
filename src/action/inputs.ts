import { isIP } from 'node:net';
import { getInput } from '@actions/core';
import {
  contains,
  numbers,
  type PortRange,
  parsePorts,
  portSet,
  splitList,
} from '../ports/port-set.ts';
import type { Family, Request, SocketType } from '../request.ts';

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

// Each value with all the words for it, in lower case.
const families = { ipv4: 'ipv4 af_inet inet 4', ipv6: 'ipv6 af_inet6 inet6 6', both: 'both' };
const types = { stream: 'stream tcp sock_stream', dgram: 'dgram udp sock_dgram', both: 'both' };
const protocols = { stream: 'tcp', dgram: 'udp', both: 'both' };
const booleans = { true: 'true', false: 'false' };

/**
 * Reads and checks all inputs.
 *
 * @throws Error that names the input, its value and what is accepted
 */
export function readInputs(): Inputs {
  const type = keyword('type', types) ?? 'stream';
  const names = readNames(type);
  const count = readCount(names.length);
  const host = getInput('host') || undefined;
  const range = readRange();
  const contiguous = keyword('contiguous', booleans) === 'true';
  if (contiguous && range === 'ephemeral') {
    throw refused('contiguous', 'true', 'is not possible with "range": ephemeral');
  }
  const exclude = portSet(readPorts('exclude'));
  return {
    request: {
      types: names.length > 0 ? names.map((name) => name.type) : Array(count).fill(type),
      family: readFamily(host),
      host,
      range,
      exclude,
      prefer: [...new Set(numbers(readPorts('prefer')))].filter((port) => !contains(exclude, port)),
      contiguous,
    },
    naming: {
      names: names.map(({ name }) => name),
      exportEnv: keyword('export-env', booleans) !== 'false',
      envPrefix: readEnvPrefix(),
    },
  };
}

function readCount(named: number): number {
  const text = getInput('count') || `${named || 1}`;
  const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1000)
    throw refused('count', text, 'is not a whole number from 1 to 1000');
  if (named > 0 && named !== count) {
    throw refused('count', text, `does not agree with the ${named} of "names": leave it out`);
  }
  return count;
}

function readNames(defaultType: SocketType): { name: string; type: SocketType }[] {
  const seen = new Map<string, string>();
  return splitList(getInput('names')).map((item) => {
    const [name = '', protocol, ...rest] = item.split('/');
    const type = protocol === undefined ? defaultType : meaning(protocols, protocol);
    if (type === undefined || rest.length > 0) {
      throw refused('names', item, 'is not name/tcp, name/udp or name/both');
    }
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
      throw refused(
        'names',
        item,
        'is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most',
      );
    }
    if (/^ports?$/i.test(name)) {
      throw refused('names', item, 'is taken by an output that is always there');
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
  const family = keyword('family', families);
  const version = host === undefined ? 0 : isIP(host);
  if (version === 0) return family ?? 'ipv4';
  const ofHost = version === 4 ? 'ipv4' : 'ipv6';
  if (family !== undefined && family !== ofHost) {
    throw refused('host', `${host}`, `is an ${ofHost} address, but "family" is ${family}`);
  }
  return ofHost;
}

function readRange(): Request['range'] {
  const text = getInput('range');
  const word = text.toLowerCase() || 'auto';
  if (word === 'auto' || word === 'ephemeral') return word;
  if (/^[a-z]+$/.test(word))
    throw refused('range', text, 'is not auto, ephemeral or a list of ports');
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
      'cannot start a variable name: it takes a letter or _, then letters, digits and _',
    );
  }
  return prefix;
}

/** The value of an input that takes one of a few words; undefined if it is blank. */
function keyword<T extends string>(input: string, words: Record<T, string>): T | undefined {
  const text = getInput(input);
  if (text === '') return undefined;
  const value = meaning(words, text);
  if (value === undefined) {
    throw refused(
      input,
      text,
      `is not one of ${Object.values(words).join(' ').replaceAll(' ', ', ')}`,
    );
  }
  return value;
}

function meaning<T extends string>(words: Record<T, string>, text: string): T | undefined {
  const values = Object.keys(words) as T[];
  return values.find((value) => words[value].split(' ').includes(text.toLowerCase()));
}

function refused(input: string, value: string, reason: string): Error {
  return new Error(`Input "${input}": "${value}" ${reason}`);
}
