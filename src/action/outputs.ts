import { fstatSync, statSync, truncateSync } from 'node:fs';
import { devNull } from 'node:os';
import { exportVariable, setOutput } from '@actions/core';
import type { Allocation } from '../request.ts';
import { codeOf } from '../system/errors.ts';
import { log, warn } from './log.ts';
import { linesOf, type Naming, outputsOf, type Pairs, variablesOf } from './names.ts';

/**
 * Hands the ports to the workflow, as outputs and environment variables, and logs them. Away from a runner, it
 * prints the outputs.
 *
 * @throws Error with nothing handed over, if one of the runner's files or standard output cannot be written
 */
export async function writeResult(allocation: Allocation, naming: Naming): Promise<void> {
  const { ports, notices, warnings } = allocation;
  const outputs = outputsOf(ports, naming);
  if (process.env.GITHUB_OUTPUT) {
    const variables = variablesOf(ports, naming);
    allOrNothing([
      { file: 'GITHUB_OUTPUT', pairs: outputs, set: setOutput },
      ...(variables.length > 0
        ? [{ file: 'GITHUB_ENV', pairs: variables, set: exportVariable } as const]
        : []),
    ]);
    log([...linesOf(ports, naming), ...notices]);
  } else {
    await print(outputs);
  }
  for (const message of warnings) warn(message);
}

/** Writes to the runner's files. If that fails halfway, takes back what was written. */
function allOrNothing(changes: readonly Change[]): void {
  const files = changes.map(({ file }) =>
    writing(file, (path) => ({ path, size: statSync(path).size })),
  );
  try {
    for (const { file, pairs, set } of changes) {
      writing(file, () => {
        for (const [name, value] of pairs) set(name, value);
      });
    }
  } catch (error) {
    for (const { path, size } of files) {
      if (statSync(path).size > size) truncateSync(path, size);
    }
    throw error;
  }
}

/** What is to be written to one of the runner's files. */
interface Change {
  readonly file: 'GITHUB_OUTPUT' | 'GITHUB_ENV';
  readonly pairs: Pairs;
  readonly set: (name: string, value: string) => void;
}

function writing<T>(file: Change['file'], write: (path: string) => T): T {
  const path = process.env[file];
  // Without one, the toolkit would print a command that no runner obeys.
  if (!path) {
    throw new Error(`${file} is not set: set the input "export-env" to false to have outputs only`);
  }
  try {
    return write(path);
  } catch (error) {
    throw new Error(`The runner's file ${file} cannot be written: ${path} (${codeOf(error)})`, {
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
    // The message of a failure goes to standard output too.
    console.error(`Error: ${reason}`);
    throw new Error(reason, { cause: error });
  }
}

/** Whether what is written to `fd` is lost. On Unix, Node opens the null device where stdout is closed. */
function isNullDevice(fd: number): boolean {
  try {
    const { rdev } = fstatSync(fd);
    return rdev !== 0 && rdev === statSync(devNull).rdev;
  } catch {
    // Windows does not tell for every file. Where there is none, the write fails.
    return false;
  }
}
