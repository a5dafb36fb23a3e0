import { missingItem, splitList } from '../ports/port-set.ts';
import type { SocketType } from '../request.ts';

/** How the ports are called in outputs and environment. */
export interface Naming {
  /** A name for each port, or none at all. */
  readonly names: readonly string[];
  readonly exportEnv: boolean;
  readonly envPrefix: string;
}

export interface NamedType {
  readonly name: string;
  readonly type: SocketType;
}

export type Pairs = readonly (readonly [name: string, value: string])[];

const protocols = new Map<string, SocketType>([
  ['tcp', 'stream'],
  ['udp', 'dgram'],
  ['both', 'both'],
]);

/**
 * Reads names such as `web, dns/udp`, separated by commas, spaces or new lines.
 *
 * @param defaultType the socket type of a name without a protocol
 * @param envPrefix what the names of variables start with
 * @throws Error that quotes the item and says what is accepted
 */
export function parseNames(text: string, defaultType: SocketType, envPrefix: string): NamedType[] {
  const items = splitList(text);
  if (items.length > 1000) {
    throw new Error(`${items.length} names are too many: 1000 at most are possible`);
  }
  const missing = missingItem(items);
  if (missing !== undefined) throw new Error(missing);
  const named = items.map((item) => parseName(item, defaultType));
  const names = named.map(({ name }) => name);
  // Workflows look outputs up regardless of case.
  refuseClashes(names, 'output', (name) => name.toLowerCase());
  refuseClashes(names, 'variable', (name) => variableName(name, envPrefix));
  return named;
}

function parseName(item: string, defaultType: SocketType): NamedType {
  const [name = '', protocol, ...rest] = item.split('/');
  const type = protocol === undefined ? defaultType : protocols.get(protocol.toLowerCase());
  if (type === undefined || rest.length > 0) {
    throw new Error(`"${item}" is not name/tcp, name/udp or name/both`);
  }
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(name)) {
    throw new Error(
      `"${item}" is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most`,
    );
  }
  if (/^ports?$/i.test(name)) {
    throw new Error(`"${item}" is taken by an output that is always there`);
  }
  return { name, type };
}

/** Refuses two names that give the same output or variable. */
function refuseClashes(
  names: readonly string[],
  kind: 'output' | 'variable',
  keyOf: (name: string) => string,
): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const key = keyOf(name);
    const other = seen.get(key);
    if (other === name) throw new Error(`"${name}" is given twice`);
    if (other !== undefined) {
      throw new Error(`"${other}" and "${name}" give the same ${kind}, ${key}`);
    }
    seen.set(key, name);
  }
}

/** The environment variable of a named port. A name that is one already, such as `PGPORT`, gets no second `_PORT`. */
export function variableName(name: string, envPrefix: string): string {
  const isVariable = /[_-]port$/i.test(name) || name.endsWith('PORT');
  return `${envPrefix}${name.toUpperCase().replaceAll('-', '_')}${isVariable ? '' : '_PORT'}`;
}

/** The step's outputs. */
export function outputsOf(ports: readonly number[], { names }: Naming): Pairs {
  return [
    ['port', `${ports[0]}`],
    ['ports', JSON.stringify(ports)],
    ...names.map((name, i) => [name, `${ports[i]}`] as const),
  ];
}

/** The variables that later steps of the job find in their environment. */
export function variablesOf(ports: readonly number[], naming: Naming): Pairs {
  const { names, exportEnv, envPrefix } = naming;
  if (!exportEnv) return [];
  const each = ports.map((port, i) => [variableOf(i, ports.length, naming), `${port}`] as const);
  if (names.length > 0) return each;
  return [
    [`${envPrefix}PORT`, `${ports[0]}`],
    [`${envPrefix}PORTS`, ports.join(' ')],
    ...(ports.length > 1 ? each : []),
  ];
}

/** A line for each port: its name, its number, and the variable that has it. */
export function linesOf(ports: readonly number[], naming: Naming): string[] {
  return ports.map((port, i) => {
    const name = naming.names[i];
    const variable = naming.exportEnv ? ` (${variableOf(i, ports.length, naming)})` : '';
    return `${name === undefined ? '' : `${name}: `}${port}${variable}`;
  });
}

/** The variable of one of `count` ports alone. */
function variableOf(index: number, count: number, { names, envPrefix }: Naming): string {
  const name = names[index];
  if (name !== undefined) return variableName(name, envPrefix);
  return `${envPrefix}PORT${count > 1 ? `_${index + 1}` : ''}`;
}
