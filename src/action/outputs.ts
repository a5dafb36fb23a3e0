import { fstatSync, statSync, truncateSync } from 'node:fs';
import { devNull } from 'node:os';
import { exportVariable, setOutput } from '@actions/core';
import type { Allocation } from '../request.ts';
import { codeOf } from '../system/errors.ts';
import { log, warn } from './log.ts';
import { type Naming, variableName } from './names.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Sets the ports as outputs and environment variables, and logs them. Away from a runner, only prints the outputs.
 *
 * @throws Error if one of the runner's files or standard output cannot be written; nothing is set then
 */
export async function writeResult(allocation: Allocation, naming: Naming): Promise<void> {
  const { ports, notices, warnings } = allocation;
  const outputs = listOutputs(ports, naming);
  if (process.env.GITHUB_OUTPUT) {
    const variables = listVariables(ports, naming);
    writeAllOrNothing([
      { file: 'GITHUB_OUTPUT', pairs: outputs, set: setOutput },
      ...(variables.length > 0
        ? [{ file: 'GITHUB_ENV', pairs: variables, set: exportVariable } as const]
        : []),
    ]);
    log([...listLines(ports, naming), ...notices]);
  } else {
    await print(outputs);
  }
  for (const message of warnings) warn(message);
}

/** Writes to the runner's files. If that fails halfway, takes back what was written. */
function writeAllOrNothing(changes: readonly Change[]): void {
  const files = changes.map(({ file }) =>
    useFile(file, (path) => ({ path, size: statSync(path).size })),
  );
  try {
    for (const { file, pairs, set } of changes) {
      useFile(file, () => {
        for (const [name, value] of pairs) set(name, value);
      });
    }
  } catch (error) {
    for (const { path, size } of files) {
      const written = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (written > size) truncateSync(path, size);
    }
    throw error;
  }
}

/** A change to one of the runner's files. */
interface Change {
  readonly file: 'GITHUB_OUTPUT' | 'GITHUB_ENV';
  readonly pairs: Pairs;
  readonly set: (name: string, value: string) => void;
}

/** Passes the path of one of the runner's files to `use`. Errors name the file. */
function useFile<T>(file: Change['file'], use: (path: string) => T): T {
  const path = process.env[file];
  // Without GITHUB_ENV the toolkit would print `::set-env`, which runners ignore.
  if (!path) {
    throw new Error(`${file} is not set: set the input "export-env" to false to have outputs only`);
  }
  try {
    return use(path);
  } catch (error) {
    // The toolkit's own errors have no code.
    const reason = codeOf(error) ?? (error as Error).message;
    throw new Error(`The runner's file ${file} cannot be written: ${path} (${reason})`, {
      cause: error,
    });
  }
}

async function print(outputs: Pairs): Promise<void> {
  const text = outputs.map(([name, value]) => `${name}=${value}\n`).join('');
  try {
    if (isNullDevice(process.stdout.fd)) throw new Error('it is closed, or the null device');
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    const reason = `standard output cannot be written (${(error as Error).message})`;
    // A failed step reports its error on standard output, which does not work here.
    console.error(`Error: ${reason}`);
    throw new Error(reason, { cause: error });
  }
}

/** Whether `fd` is the null device, which Node opens on Unix in place of a closed stdout. */
function isNullDevice(fd: number): boolean {
  try {
    const { rdev } = fstatSync(fd);
    return rdev !== 0 && rdev === statSync(devNull).rdev;
  } catch {
    // Windows cannot do this for every file. If stdout is closed, the write fails.
    return false;
  }
}

/** The step's outputs. */
export function listOutputs(ports: readonly number[], { names }: Naming): Pairs {
  return [
    ['port', `${ports[0]}`],
    ['ports', JSON.stringify(ports)],
    // The name `PORT` is the output `port`.
    ...names.flatMap(({ name }, i) => (name === 'PORT' ? [] : [[name, `${ports[i]}`] as const])),
  ];
}

/** The environment variables of later steps. */
export function listVariables(ports: readonly number[], naming: Naming): Pairs {
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

const protocolNames = { stream: 'TCP', dgram: 'UDP' };

/**
 * The lines of the log. Each port has its name, its protocols unless it is for TCP alone, and its variable. Named ports
 * have a line each, others share lines.
 */
export function listLines(ports: readonly number[], naming: Naming): string[] {
  const items = ports.map((port, i) => {
    const { name, transports = [] } = naming.names[i] ?? {};
    const protocols = transports.map((transport) => protocolNames[transport]).join(' and ');
    return [
      ...(name === undefined ? [] : [`${name}:`]),
      port,
      ...(protocols === '' || protocols === 'TCP' ? [] : [protocols]),
      ...(naming.exportEnv ? [`(${variableOf(i, ports.length, naming)})`] : []),
    ].join(' ');
  });
  if (naming.names.length > 0) return items;
  return Array.from({ length: Math.ceil(items.length / portsPerLine) }, (_, i) =>
    items.slice(i * portsPerLine, (i + 1) * portsPerLine).join(', '),
  );
}

const portsPerLine = 5;

/** The variable of one of `count` ports. */
function variableOf(index: number, count: number, { names, envPrefix }: Naming): string {
  const name = names[index]?.name;
  if (name !== undefined) return variableName(name, envPrefix);
  return `${envPrefix}PORT${count > 1 ? `_${index + 1}` : ''}`;
}
