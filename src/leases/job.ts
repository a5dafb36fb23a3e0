import { readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../system/errors.ts';

/** The process that a port was given to, as of one moment, in terms that outlive our own process. */
export interface Holder {
  /** Its pid, or 0 where that says nothing, as in a container that the runner enters from outside. */
  readonly pid: number;
  /** When it was started, in the system's own unit, to tell it from a later process with its pid. */
  readonly started: string;
  /** The pid namespace in which `pid` is its pid. */
  readonly namespace: string;
  /** The system's name for the time since the machine was last started. */
  readonly boot: string;
  /** The moment, in seconds on a clock that starts with the machine and that nobody sets. */
  readonly at: number;
}

/** What no lease outlives. No job of GitHub's own runners lasts longer. */
const longestHold = 6 * 60 * 60;

/** The process that started this step: on a runner Runner.Worker, which lives exactly as long as the job. */
export function currentHolder(): Holder {
  const pid = process.ppid;
  return {
    pid,
    started: statusOf(pid)?.started ?? '',
    namespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    at: process.hrtime()[0],
  };
}

/**
 * Whether `holder` may still use what it was given, as `here` sees it. Where its pid says nothing, only age decides.
 *
 * @param now on the clock of `at`. Read at every call: another step may have started after this one.
 */
export function stillHolds(holder: Holder, here: Holder, now = process.hrtime()[0]): boolean {
  const age = now - holder.at;
  // So written, these are false for what is no number. Anybody may have written the lease.
  if (holder.boot !== here.boot || !(age >= 0 && age <= longestHold)) return false;
  if (!(holder.pid > 0) || holder.namespace !== here.namespace) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const status = statusOf(holder.pid);
  const same = holder.started === '' || holder.started === status?.started;
  return status === undefined || (same && !status.ended);
}

interface ProcessStatus {
  readonly started: string;
  /** Whether only its exit code is left of it. */
  readonly ended: boolean;
}

/** Reads /proc/[pid]/stat, see proc_pid_stat(5). The name in it can hold anything, a parenthesis too. */
export function processStatus(stat: string): ProcessStatus | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const started = fields[19];
  if (state === undefined || started === undefined) return undefined;
  return { started, ended: state === 'Z' || state === 'X' };
}

/** Undefined where there is no /proc, or it hides other users' processes. */
function statusOf(pid: number): ProcessStatus | undefined {
  return processStatus(orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1')));
}

/** What Linux tells in a file or a link; empty where it does not, and on other systems. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
