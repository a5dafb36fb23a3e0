import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../system/errors.ts';

/**
 * The state of a job's process: it has `ended`; a process with its pid is `there`; or that process is the `same`, with
 * the recorded start time.
 */
export type ProcessState = 'ended' | 'there' | 'same';

/** Answers questions about the processes and paths of jobs. */
export type Evidence = Pick<Witness, 'processState' | 'isGone'>;

/**
 * Asks the system about the processes and paths of jobs. If one exists, that is remembered until `forget`, so a job
 * with many steps is asked about once. If it does not, that is not remembered: a new job may get the same pid.
 */
export class Witness {
  readonly #processes = new Map<string, ProcessState>();
  readonly #paths = new Set<string>();

  forget(): void {
    this.#processes.clear();
    this.#paths.clear();
  }

  /** @param started the recorded start time; undefined if it cannot be compared */
  processState(pid: number, started: string | undefined): ProcessState {
    const key = `${pid} ${started}`;
    const state = this.#processes.get(key) ?? findProcessState(pid, started);
    if (state !== 'ended') this.#processes.set(key, state);
    return state;
  }

  /** Whether there is nothing at a path. If we may not look, it counts as existing. */
  isGone(path: string): boolean {
    if (this.#paths.has(path)) return false;
    const isGone = isNothingAt(path);
    if (!isGone) this.#paths.add(path);
    return isGone;
  }
}

function findProcessState(pid: number, started: string | undefined): ProcessState {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is another user's.
    if (codeOf(error) === 'ESRCH') return 'ended';
  }
  const status = readProcessStatus(pid);
  if (status === undefined) return 'there';
  if (status.hasEnded) return 'ended';
  if (started === undefined) return 'there';
  return status.started === started ? 'same' : 'ended';
}

interface ProcessStatus {
  /** In clock ticks since the machine was started. */
  readonly started: string;
  /** Whether it is a zombie: only its exit code is left. */
  readonly hasEnded: boolean;
}

/** Undefined if there is no /proc, if it shows another pid namespace, or if it hides the process (hidepid=2). */
export function readProcessStatus(pid: number): ProcessStatus | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    if (readlinkSync('/proc/self') !== `${process.pid}`) return undefined;
    return parseProcessStatus(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/**
 * Parses /proc/[pid]/stat, see proc_pid_stat(5). The name may contain a parenthesis, so the fields start after the last
 * one. State Z alone does not end a process: its main thread has ended, but others may run.
 */
export function parseProcessStatus(stat: string): ProcessStatus | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const { 0: state, 17: threads, 19: started } = fields;
  if (started === undefined) return undefined;
  return { started, hasEnded: state === 'X' || (state === 'Z' && Number(threads) <= 1) };
}

function isNothingAt(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
