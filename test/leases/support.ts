import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { vi } from 'vitest';
import { currentJob, type Job } from '../../src/leases/job.ts';
import { systemError } from '../support.ts';

const mocks = { lstatSync, mkdirSync, openSync, readdirSync, rmSync };
const actual = await vi.importActual<typeof import('node:fs')>('node:fs');

/** The job of this process, except for what is given. */
export function job(given: Partial<Job> = {}): Job {
  return { ...currentJob(), ...given };
}

/** The text of a record of another step of this job, except for what is given. */
export function record(ports: readonly number[], given: object = {}): string {
  const header = JSON.stringify({ ...currentJob(), owner: 'somebody', ...given });
  return `${[header, ...ports].join('\n')}\n`;
}

/** The pid of a process that has ended. */
export async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid as number;
}

/** Makes a function of node:fs fail for paths with this end. The test must spy on node:fs. */
export function refuse(name: keyof typeof mocks, end: string, code: string): void {
  vi.mocked(mocks[name] as (...given: unknown[]) => unknown).mockImplementation((...given) => {
    if (`${given[0]}`.endsWith(end)) throw systemError(code);
    return (actual[name] as (...given: unknown[]) => unknown)(...given);
  });
}
