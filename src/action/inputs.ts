import { isIP } from 'node:net';
import { getInput } from '@actions/core';
import { parsePortList, parsePorts, splitList } from '../ports/parse-ports.ts';
import type { Family, Request, Transport } from '../request.ts';
import { type Naming, parseNames } from './names.ts';

/** The parsed inputs. */
export interface Inputs {
  readonly request: Request;
  readonly naming: Naming;
}

// Accepted spellings, in lower case.
const families = { ipv4: 'ipv4 af_inet inet 4', ipv6: 'ipv6 af_inet6 inet6 6', both: 'both' };
const types = { stream: 'stream tcp sock_stream', dgram: 'dgram udp sock_dgram', both: 'both' };
const booleans = { true: 'true', false: 'false' };

const transportsOf: Record<keyof typeof types, readonly Transport[]> = {
  stream: ['stream'],
  dgram: ['dgram'],
  both: ['stream', 'dgram'],
};

/**
 * Reads and checks all inputs.
 *
 * @throws Error that names the input, its value and what is accepted
 */
export function readInputs(): Inputs {
  const transports = transportsOf[readKeyword('type', types) ?? 'stream'];
  const envPrefix = readEnvPrefix();
  const names = parseInput('names', (text) => parseNames(text, transports, envPrefix));
  const count = readCount(names.length);
  const host = getInput('host') || undefined;
  const range = readRange();
  const contiguous = readKeyword('contiguous', booleans) === 'true';
  if (contiguous && range === 'ephemeral') {
    throw invalidInput('contiguous', 'true', 'is not possible with "range": ephemeral');
  }
  const exclude = parseInput('exclude', parsePorts);
  const named = new Set(names.flatMap((name) => name.transports));
  return {
    request: {
      count,
      transports: names.length > 0 ? [...named] : transports,
      family: readFamily(host),
      host,
      range,
      exclude,
      prefer: parseInput('prefer', parsePortList).filter((port) => !exclude.has(port)),
      contiguous,
    },
    naming: {
      names,
      exportEnv: readKeyword('export-env', booleans) !== 'false',
      envPrefix,
    },
  };
}

function readCount(named: number): number {
  const text = getInput('count') || `${named || 1}`;
  const count = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1000)
    throw invalidInput('count', text, 'is not a whole number from 1 to 1000');
  if (named > 0 && named !== count) {
    const names = named === 1 ? '1 name' : `${named} names`;
    throw new Error(`Input "count" is ${count} but "names" has ${names}: remove "count"`);
  }
  return count;
}

function readFamily(host: string | undefined): Family {
  const family = readKeyword('family', families);
  // isIP compiles a large regex on first use.
  const version = host === undefined ? 0 : isIP(host);
  if (version === 0) return family ?? 'ipv4';
  const ofHost = version === 4 ? 'ipv4' : 'ipv6';
  if (family !== undefined && family !== ofHost) {
    throw invalidInput('host', `${host}`, `is an ${ofHost} address, but "family" is ${family}`);
  }
  return ofHost;
}

function readRange(): Request['range'] {
  const text = getInput('range');
  const word = text.toLowerCase() || 'auto';
  if (word === 'auto' || word === 'ephemeral') return word;
  if (/^[a-z]+$/.test(word))
    throw invalidInput('range', text, 'is not auto, ephemeral or a list of ports');
  const items = parseInput('range', () => splitList(word));
  const alone = items.find((item) => item === 'auto' || item === 'ephemeral');
  if (alone !== undefined) {
    throw invalidInput(
      'range',
      text,
      `is not possible: ${alone} cannot be combined with other items`,
    );
  }
  return parseInput('range', parsePorts);
}

function readEnvPrefix(): string {
  const prefix = getInput('env-prefix');
  if (prefix.length > 100) {
    throw new Error(`Input "env-prefix" is ${prefix.length} characters long, the maximum is 100`);
  }
  if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
    throw invalidInput(
      'env-prefix',
      prefix,
      'cannot start a variable name: use a letter or _, then letters, digits and _',
    );
  }
  return prefix;
}

/** Reads and parses an input. Errors name it. */
function parseInput<T>(input: string, parse: (text: string) => T): T {
  try {
    return parse(getInput(input));
  } catch (error) {
    throw new Error(`Input "${input}": ${(error as Error).message}`);
  }
}

/** The value of an input that accepts a few words; undefined if it is blank. */
function readKeyword<T extends string>(input: string, words: Record<T, string>): T | undefined {
  const text = getInput(input);
  if (text === '') return undefined;
  const values = Object.keys(words) as T[];
  const value = values.find((name) => words[name].split(' ').includes(text.toLowerCase()));
  if (value === undefined) {
    throw invalidInput(
      input,
      text,
      `is not one of ${Object.values(words).join(' ').replaceAll(' ', ', ')}`,
    );
  }
  return value;
}

function invalidInput(input: string, value: string, reason: string): Error {
  return new Error(`Input "${input}": "${value}" ${reason}`);
}
