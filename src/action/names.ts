import { splitList } from '../ports/parse-ports.ts';
import type { Transport } from '../request.ts';

/** What the ports are called in outputs and environment. */
export interface Naming {
  /** A name for each port, or none at all. */
  readonly names: readonly Name[];
  readonly exportEnv: boolean;
  /** Prefix of every variable. */
  readonly envPrefix: string;
}

export interface Name {
  readonly name: string;
  readonly transports: readonly Transport[];
}

const protocols = new Map<string, readonly Transport[]>([
  ['tcp', ['stream']],
  ['udp', ['dgram']],
  ['both', ['stream', 'dgram']],
]);

/**
 * Reads names such as `web, dns/udp`, separated by commas, spaces or new lines.
 *
 * @param defaultTransports those of a name without a protocol
 * @param envPrefix prefix of every variable
 * @throws Error that quotes the item and says what is accepted
 */
export function parseNames(
  text: string,
  defaultTransports: readonly Transport[],
  envPrefix: string,
): Name[] {
  const items = splitList(text);
  if (items.length > 1000) {
    throw new Error(`${items.length} names, the maximum is 1000`);
  }
  const named = items.map((item) => parseName(item, defaultTransports));
  const names = named.map(({ name }) => name);
  checkTaken(names);
  // Output names are case-insensitive.
  checkClashes(names, 'output', (name) => name.toLowerCase());
  checkClashes(names, 'variable', (name) => variableName(name, envPrefix));
  return named;
}

function parseName(item: string, defaultTransports: readonly Transport[]): Name {
  if (/^[\w-]+:\d+$/.test(item)) {
    throw new Error(
      `"${item}" has a port: write the name alone, and the port in the input "prefer"`,
    );
  }
  const [name = '', protocol, ...rest] = item.split('/');
  const transports =
    protocol === undefined ? defaultTransports : protocols.get(protocol.toLowerCase());
  if (transports === undefined || rest.length > 0) {
    throw new Error(`"${item}" is not name/tcp, name/udp or name/both`);
  }
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
    throw new Error(
      `"${item}" is not a valid name: use a letter or _, then letters, digits, _ and -, 100 characters at most`,
    );
  }
  return { name, transports };
}

/** Throws for `port` and `ports`, which are always outputs. `PORT` may be first, since `port` is the first port. */
function checkTaken(names: readonly string[]): void {
  const taken = names.find((name, i) => /^ports?$/i.test(name) && !(name === 'PORT' && i === 0));
  if (taken === undefined) return;
  throw new Error(
    taken === 'PORT'
      ? '"PORT" must be the first name: the output "port" is always the first port'
      : `"${taken}" is taken by an output that is always there. Only PORT, in capitals, may be the first name`,
  );
}

/** Throws if two names give the same output or variable. */
function checkClashes(
  names: readonly string[],
  kind: 'output' | 'variable',
  keyOf: (name: string) => string,
): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const key = keyOf(name);
    const other = seen.get(key);
    if (other === name) throw new Error(`"${name}" appears twice`);
    if (other !== undefined) {
      throw new Error(`"${other}" and "${name}" give the same ${kind}, ${key}`);
    }
    seen.set(key, name);
  }
}

/** The variable of a named port. A name that already is a variable, such as `PGPORT`, gets no second `_PORT`. */
export function variableName(name: string, envPrefix: string): string {
  const isVariable = /[_-]port$/i.test(name) || name.endsWith('PORT');
  return `${envPrefix}${name.toUpperCase().replaceAll('-', '_')}${isVariable ? '' : '_PORT'}`;
}
