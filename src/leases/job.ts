import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { type Evidence, readProcessStatus } from './witness.ts';

/**
 * Facts that identify a job and that other processes can check. A fact counts only where the writer of the record
 * stood: in the same namespaces, under the same root. Unknown facts are undefined.
 */
export interface Job {
  /** The process that started the step. On a runner, Runner.Worker lives exactly as long as the job. */
  readonly pid: number | undefined;
  /** When that process was started, in the system's own unit. */
  readonly started: string | undefined;
  /** The boot id. */
  readonly bootId: string | undefined;
  /** RUNNER_TEMP. Some runners delete it when the job ends. */
  readonly temp: string | undefined;
  /**
   * An empty file in RUNNER_TEMP, if `started` is unknown. Every runner empties or deletes that directory when the job
   * ends.
   */
  readonly mark: string | undefined;
  /** When the step began, in seconds on a monotonic clock. */
  readonly acquiredAt: number;

  readonly pidNamespace: string | undefined;
  readonly timeNamespace: string | undefined;
  readonly mountNamespace: string | undefined;
  /** Device and inode of the root directory. */
  readonly root: string | undefined;
}

/** `ended` is final. `forgotten`: only the age is known, and it exceeds the limit. */
export type JobState = 'living' | 'ended' | 'forgotten';

/** A record's file. */
export interface RecordFile {
  /** Whether this user wrote it. */
  readonly isOwn: boolean;
  /** Seconds since the last write. */
  readonly age: number;
}

const hours = 60 * 60;
/** How long a lease counts if nobody can know whether its job lives. No job on GitHub-hosted runners takes longer. */
const maxUnknownAge = 6 * hours;
/** The same, in seconds, if the process or the mark is there. Jobs on self-hosted runners may take five days. */
export const maxAge = 5 * 24 * hours;

/** The job of this step. */
export function currentJob(): Job {
  // Pid 0: the runner has entered a container from outside. Pid 1: it adopts the children of ended processes.
  const pid = process.ppid > 1 ? process.ppid : undefined;
  const { RUNNER_TEMP: temp = '' } = process.env;
  return {
    pid,
    started: pid === undefined ? undefined : readProcessStatus(pid)?.started,
    bootId: tryTo(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    // If the directory is missing from the start, it says nothing later.
    temp: isAbsolute(temp, process.platform) && tryTo(() => lstatSync(temp)) ? temp : undefined,
    mark: undefined,
    acquiredAt: now(),
    pidNamespace: readNamespace('pid'),
    timeNamespace: readTimeNamespace(),
    mountNamespace: readNamespace('mnt'),
    root: process.platform === 'win32' ? 'win32' : tryTo(readRoot),
  };
}

/**
 * Whether a job still lives. Checks the evidence in this order. Each piece counts only if this process stands where the
 * writer stood.
 *
 * @param here the job of this step
 */
export function stateOf(job: Job, here: Job, evidence: Evidence, file: RecordFile): JobState {
  const isSame = (name: 'pidNamespace' | 'timeNamespace' | 'mountNamespace' | 'root') =>
    job[name] !== undefined && job[name] === here[name];

  // The process has ended, or another one has its pid.
  const started = isSame('timeNamespace') ? job.started : undefined;
  const state =
    job.pid !== undefined && isSame('pidNamespace')
      ? evidence.processState(job.pid, started)
      : undefined;
  if (state === 'ended') return 'ended';

  // The machine was restarted. A process with the recorded start time outweighs it: a mount can hide the boot id.
  const areBootsKnown = job.bootId !== undefined && here.bootId !== undefined;
  const isRestarted = isSame('pidNamespace') && areBootsKnown && job.bootId !== here.bootId;
  if (isRestarted && state !== 'same') return 'ended';

  // The mark or RUNNER_TEMP is gone. Another user's path is not checked: its file system might never answer.
  const left = job.mark ?? job.temp;
  const isVisible = file.isOwn && isSame('mountNamespace') && isSame('root');
  if (left !== undefined && isVisible && evidence.isGone(left)) return 'ended';

  if (state === 'same') return 'living';

  // The age decides. A time in the future is from another boot.
  const isKnown = state === 'there' || (job.mark !== undefined && isVisible);
  const age = isSame('timeNamespace') ? now() - job.acquiredAt : Math.max(0, file.age);
  return age >= 0 && age <= (isKnown ? maxAge : maxUnknownAge) ? 'living' : 'forgotten';
}

/** Whether two steps belong to the same job: the same process started them, and they have the same RUNNER_TEMP. */
export function isSameJob(one: Job, other: Job): boolean {
  const names = ['pid', 'started', 'bootId', 'pidNamespace', 'temp'] as const;
  return one.pid !== undefined && names.every((name) => one[name] === other[name]);
}

/** Whether a path is absolute. On Windows it must name a drive: other paths could lead to other machines. */
export function isAbsolute(path: string, platform: string): boolean {
  return (platform === 'win32' ? /^[A-Za-z]:[\\/]/ : /^\//).test(path);
}

const texts = [
  'started',
  'bootId',
  'temp',
  'mark',
  'pidNamespace',
  'timeNamespace',
  'mountNamespace',
  'root',
] as const;

/** Reads a job from a record, which anybody may have written; undefined if it is not a job. */
export function parseJob(value: unknown, platform: string = process.platform): Job | undefined {
  const job = (value ?? {}) as Record<keyof Job, unknown>;
  const isJob =
    texts.every((name) => job[name] === undefined || typeof job[name] === 'string') &&
    [job.temp, job.mark].every((path) => path === undefined || isAbsolute(`${path}`, platform)) &&
    (job.pid === undefined || (Number.isSafeInteger(job.pid) && Number(job.pid) > 1)) &&
    Number.isSafeInteger(job.acquiredAt);
  return isJob ? (job as Job) : undefined;
}

function now(): number {
  return process.hrtime()[0];
}

/** The kernel's name for a namespace of this process. Systems other than Linux have only one of each kind. */
function readNamespace(kind: 'pid' | 'mnt'): string | undefined {
  if (process.platform !== 'linux') return process.platform;
  return tryTo(() => readlinkSync(`/proc/self/ns/${kind}`));
}

/**
 * The offsets of a time namespace's clocks: the kernel gives the name of an ended namespace to the next. Before Linux 5.6
 * there is only one.
 */
function readTimeNamespace(): string | undefined {
  if (process.platform !== 'linux') return process.platform;
  const offsets = tryTo(() => readFileSync('/proc/self/timens_offsets', 'latin1'));
  return offsets?.trim().replace(/\s+/g, ' ') ?? (readNamespace('pid') && 'the only one');
}

function readRoot(): string {
  // As text: inodes can exceed 2^53.
  const { dev, ino } = lstatSync('/', { bigint: true });
  return `${dev}:${ino}`;
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
