import { fstatSync, statSync, truncateSync } from 'node:fs';
import { devNull } from 'node:os';
import { exportVariable, setOutput } from '@actions/core';
import type { Allocation } from '../request.ts';
import { codeOf } from '../system/errors.ts';
import { log, warn } from './log.ts';
import { linesOf, type Naming, outputsOf, type Pairs, variablesOf } from './names.ts';

type RunnerFile = 'GITHUB_OUTPUT' | 'GITHUB_ENV';

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
    allOrNothing([
      { file: 'GITHUB_OUTPUT', pairs: outputs, set: setOutput },
      { file: 'GITHUB_ENV', pairs: variablesOf(ports, naming), set: exportVariable },
    ]);
    log([...linesOf(ports, naming), ...notices]);
  } else {
    await print(outputs);
  }
  for (const message of warnings) warn(message);
}

interface Change {
  readonly file: RunnerFile;
  readonly pairs: Pairs;
  readonly set: (name: string, value: string) => void;
}

/** Writes to the runner's files. If that fails halfway, takes back what was written. */
function allOrNothing(changes: readonly Change[]): void {
  const wanted = changes
    .filter(({ pairs }) => pairs.length > 0)
    .map((change) => {
      const path = pathOf(change.file);
      return { ...change, path, size: writing(change.file, path, () => statSync(path).size) };
    });
  try {
    for (const { file, path, pairs, set } of wanted) {
      writing(file, path, () => {
        for (const [name, value] of pairs) set(name, value);
      });
    }
  } catch (error) {
    for (const { path, size } of wanted) {
      if (statSync(path).size > size) truncateSync(path, size);
    }
    throw error;
  }
}

/** The path of one of the runner's files. Without one, the toolkit would print a command that no runner obeys. */
function pathOf(file: RunnerFile): string {
  const path = process.env[file];
  if (path) return path;
  throw new Error(
    `No variable can be set for later steps, since ${file} is not set: it names the runner's file for them. ` +
      'Set the input "export-env" to false to have outputs only',
  );
}

function writing<T>(file: RunnerFile, path: string, write: () => T): T {
  try {
    return write();
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
