import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../system/errors.ts';

/** A job, as the process that started a step of it, in terms that other processes can check. */
export interface Job {
  /** The pid of that process, or 0 where that says nothing, as in a container that the runner enters from outside. */
  readonly pid: number;
  /** When it was started, in the system's own unit, to tell it from a later process with its pid; '' if unknown. */
  readonly started: string;
  /** The pid namespace in which `pid` is its pid; '' if unknown. */
  readonly pidNamespace: string;
  /** The mount namespace in which `temp` is its directory; '' if unknown. */
  readonly mountNamespace: string;
  /** The system's name for the time since the machine was last started; '' if unknown. */
  readonly bootId: string;
  /** When the step began, in seconds on a clock that starts with the machine and that nobody sets. */
  readonly acquiredAt: number;
  /** The job's own directory, RUNNER_TEMP; '' where there is none. */
  readonly temp: string;
}

/**
 * What is known of a job: `ended` is for ever. A job is `forgotten` where nothing but its age can tell, and that is
 * more than the lease TTL.
 */
export type JobState = 'living' | 'ended' | 'forgotten';

/** How long a lease counts where nobody can tell whether its job still lives. No job on GitHub's runners lasts longer. */
const leaseTtlSeconds = 6 * 60 * 60;

/** The job of this step: on a runner its process is Runner.Worker, which lives exactly as long as the job. */
export function currentJob(): Job {
  const pid = process.ppid;
  const temp = process.env.RUNNER_TEMP ?? '';
  return {
    pid,
    started: processStatus(pid)?.started ?? '',
    pidNamespace: namespace('pid'),
    mountNamespace: namespace('mnt'),
    bootId: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    acquiredAt: process.hrtime()[0],
    // A directory that is not there would say that the job has ended.
    temp: isGone(temp) ? '' : temp,
  };
}

/**
 * Tells whether a job still lives, as this process can see it.
 *
 * @param here the job of this step
 * @param trusted whether the record was written by this user. A path in another user's could lead to a file system
 *   that never answers, so it is not looked at.
 * @param now seconds on the clock of `acquiredAt`
 */
export function stateOf(
  job: Job,
  here: Job,
  trusted: boolean,
  now = process.hrtime()[0],
): JobState {
  const bootsKnown = job.bootId !== '' && here.bootId !== '';
  if (bootsKnown && job.bootId !== here.bootId) return 'ended';
  if (trusted && sharesNamespace(job.mountNamespace, here.mountNamespace) && isGone(job.temp)) {
    return 'ended';
  }
  if (job.pid > 0 && sharesNamespace(job.pidNamespace, here.pidNamespace)) {
    if (!processExists(job.pid)) return 'ended';
    const status = processStatus(job.pid);
    if (status?.ended) return 'ended';
    if (bootsKnown && job.started !== '' && status !== undefined) {
      return status.started === job.started ? 'living' : 'ended';
    }
  }
  const age = now - job.acquiredAt;
  return age >= 0 && age <= leaseTtlSeconds ? 'living' : 'forgotten';
}

/** Reads a job from what a record says, which anybody may have written; undefined if that is none. */
export function parseJob(value: unknown): Job | undefined {
  const job = (value ?? {}) as Record<keyof Job, unknown>;
  const texts = ['started', 'pidNamespace', 'mountNamespace', 'bootId', 'temp'] as const;
  const isJob =
    texts.every((name) => typeof job[name] === 'string') &&
    Number.isSafeInteger(job.pid) &&
    Number.isSafeInteger(job.acquiredAt);
  return isJob ? (job as Job) : undefined;
}

interface ProcessStatus {
  readonly started: string;
  /** Whether only its exit code is left of it. */
  readonly ended: boolean;
}

/** Reads /proc/[pid]/stat, see proc_pid_stat(5). The process's name in it can hold anything, a parenthesis too. */
export function parseProcessStatus(stat: string): ProcessStatus | undefined {
  const { 0: state, 19: started } = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return started === undefined ? undefined : { started, ended: state === 'Z' || state === 'X' };
}

/** Undefined where there is no /proc, or it hides other users' processes. */
function processStatus(pid: number): ProcessStatus | undefined {
  return parseProcessStatus(orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1')));
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return codeOf(error) !== 'ESRCH';
  }
}

/** Whether nothing is at a path. A path that is closed to us leads to something. */
function isGone(path: string): boolean {
  if (path === '') return false;
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Linux' name for a namespace of this process. Other systems have but one. */
function namespace(kind: 'pid' | 'mnt'): string {
  if (process.platform !== 'linux') return process.platform;
  return orEmpty(() => readlinkSync(`/proc/self/ns/${kind}`));
}

function sharesNamespace(one: string, other: string): boolean {
  return one !== '' && one === other;
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
