import { statSync, truncateSync } from 'node:fs';
import { debug, exportVariable, info, isDebug, setFailed, setOutput, warning } from '@actions/core';
import type { Allocation } from '../request.ts';
import { type Naming, variableName } from './inputs.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Hands the ports to the workflow, as outputs and environment variables, and logs them. Away from a runner, it
 * prints the outputs.
 *
 * @throws Error with nothing handed over, if one of the runner's files cannot be written
 */
export function writeResult({ ports, warnings }: Allocation, naming: Naming): void {
  const outputs = outputsOf(ports, naming);
  const { GITHUB_OUTPUT, GITHUB_ENV } = process.env;
  if (!GITHUB_OUTPUT) {
    process.stdout.write(outputs.map(([name, value]) => `${name}=${value}\n`).join(''));
  } else {
    allOrNothing([GITHUB_OUTPUT, ...(naming.exportEnv && GITHUB_ENV ? [GITHUB_ENV] : [])], () => {
      for (const [name, value] of outputs) setOutput(name, value);
      if (!naming.exportEnv) return;
      for (const [name, value] of variablesOf(ports, naming)) exportVariable(name, value);
    });
    const named = (i: number) => (naming.names[i] ? `: ${naming.names[i]}` : '');
    info(ports.map((port, i) => `Port ${port} is unused${named(i)}.`).join('\n'));
  }
  for (const message of warnings) warning(message);
}

/** Fails the step with one message; what else is known of the error goes to the debug log. */
export function reportFailure(error: unknown): void {
  setFailed(error instanceof Error ? error.message : String(error));
  if (!isDebug()) return;
  for (let cause = error; cause !== undefined; cause = (cause as Error | null)?.cause) {
    debug(cause instanceof Error ? `${cause.stack}` : String(cause));
  }
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
export function variablesOf(ports: readonly number[], { names, envPrefix }: Naming): Pairs {
  const numbered = names.length === 0 && ports.length > 1;
  const variables: Pairs = [
    ['PORT', `${ports[0]}`],
    ['PORTS', ports.join(' ')],
    ...names.map((name, i) => [variableName(name), `${ports[i]}`] as const),
    ...(numbered ? ports.map((port, i) => [`PORT_${i + 1}`, `${port}`] as const) : []),
  ];
  return variables.map(([name, value]) => [envPrefix + name, value]);
}

/** Takes back what `write` appended to the files if it fails halfway. */
function allOrNothing(files: readonly string[], write: () => void): void {
  const before = files.map((file) => ({ file, status: statSync(file) }));
  try {
    write();
  } catch (error) {
    for (const { file, status } of before) {
      if (status.isFile()) truncateSync(file, status.size);
    }
    throw error;
  }
}
