import { spawn } from 'node:child_process';
import { currentJob, type Job } from '../../src/leases/job.ts';

/** The job of this process, but for what is given. */
export function job(given: Partial<Job> = {}): Job {
  return { ...currentJob(), ...given };
}

/** The text of a record that another step of this job has written, but for what is given. */
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
