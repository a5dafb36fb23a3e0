import { explainError, isOutOfFiles } from '../system/errors.ts';
import { type Budget, Directory, tooManyFiles, type Viewpoint } from './directory.ts';
import { currentJob, isSameJob } from './job.ts';
import { type Ownership, OwnRecord, RecordFull } from './own-record.ts';
import { claimLines, withdrawalLines } from './record.ts';
import { listNeighbours, makeOwnDirectory, sharedDirectory } from './users.ts';
import { Witness } from './witness.ts';

const unlimited: Budget = { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** The budget for other users: all their directories, the names in them, and the bytes of their records. */
const limited: Budget = { entries: 10_000, bytes: 8 * 1024 * 1024 };

/** Another step that has a port. */
export interface Owner {
  /** The name in its record, printable and short. */
  readonly name: string;
  /** Whether it is a step of the same job. */
  readonly isThisJob: boolean;
}

/**
 * Knows which ports steps of all users have. All users share a directory. Each user has one in it, and each step one
 * record in that.
 *
 * Methods that read or write records throw if no file descriptor is left. Those that write throw RecordFull too: a step
 * whose claims others have contested for so long must not go on with ports that nobody sees.
 */
export class Leases {
  /** Why claims could not be written, or others' could not be read. */
  recordProblem: string | undefined;
  lookProblem: string | undefined;

  readonly #root: string;
  readonly #ownership: Ownership;
  readonly #viewpoint: Viewpoint;
  /** This user's directory; undefined if there is none. */
  readonly #ownDirectory: string | undefined;
  /** This step's record; undefined until the first claim. */
  #record: OwnRecord | undefined;
  /** By path. */
  readonly #directories = new Map<string, Directory>();
  #owners: ReadonlyMap<number, Owner> = new Map();

  /**
   * Makes this user's directory.
   *
   * @param owner how other steps' messages name this step
   * @param root the directory that all users share
   */
  constructor(owner: string, root = sharedDirectory(process.platform, process.env)) {
    const job = currentJob();
    this.#root = root;
    this.#ownership = { job, owner };
    this.#viewpoint = { here: job, witness: new Witness() };
    this.#ownDirectory = this.#tryToWrite(() => makeOwnDirectory(root));
  }

  /** Where leases are and how many, for the debug log. */
  get summary(): string {
    return `Leases are in ${this.#ownDirectory ?? this.#root}: others have ${this.#owners.size} ports.`;
  }

  /** The step that has a port, if not this one, as of the last look. */
  ownerOf(port: number): Owner | undefined {
    return this.#owners.get(port);
  }

  /** Looks at the records of all users, and asks again which jobs live. */
  lookAfresh(): void {
    this.#viewpoint.witness.forget();
    this.look();
  }

  /** Looks at the records of all users. Jobs that lived at an earlier look are not asked about again. */
  look(): void {
    const own = this.#ownDirectory;
    let hasChanged = false;
    this.#tryToLook(() => {
      // On Windows other users can add files to this user's directory.
      const budget = { ...(process.platform === 'win32' ? limited : unlimited) };
      if (own !== undefined) hasChanged = this.#lookInto(own, budget);
    });
    this.#tryToLook(() => {
      const budget = { ...limited };
      for (const path of listNeighbours(this.#root, own)) {
        if (budget.entries-- <= 0) throw new Error(tooManyFiles);
        hasChanged = this.#lookIntoNeighbour(path, budget) || hasChanged;
      }
    });
    // Usually nothing has changed, and there can be many leases.
    if (hasChanged) this.#owners = this.#collectOwners();
    this.#tryToWrite(() => this.#record?.check());
  }

  /** Claims ports. They are this step's once a later look finds no other claim. */
  write(ports: readonly number[]): void {
    if (ports.length > 0) this.#append(claimLines(ports));
  }

  /** Gives back claimed ports. */
  withdraw(ports: readonly number[]): void {
    if (ports.length > 0) this.#append(withdrawalLines(ports));
  }

  /** Gives back everything: deletes the record. If that fails, the record counts until the job ends. */
  release(): void {
    if (this.#record?.delete()) this.#record = undefined;
  }

  /** @throws Error if the process that started this step has ended, since the leases end with it */
  checkParent(): void {
    const { pid, started } = this.#ownership.job;
    const { witness } = this.#viewpoint;
    witness.forget();
    // On Windows the pid of the parent stays when the parent ends.
    const hasEnded = pid !== process.ppid || witness.processState(pid, started) === 'ended';
    if (pid === undefined || !hasEnded) return;
    throw new Error(
      `The process that started this step (pid ${pid}) has ended, so its ports cannot be kept`,
    );
  }

  /** Returns whether owners may have changed. */
  #lookInto(path: string, budget: Budget): boolean {
    const known = this.#directories.get(path);
    const directory = known ?? new Directory(path, path === this.#ownDirectory, this.#viewpoint);
    this.#directories.set(path, directory);
    const { hasChanged, problem } = directory.look(this.#record?.path, budget);
    this.lookProblem = problem ?? this.lookProblem;
    return hasChanged;
  }

  #lookIntoNeighbour(path: string, budget: Budget): boolean {
    try {
      return this.#lookInto(path, budget);
    } catch (error) {
      // Another user may deny access or remove files.
      if (isOutOfFiles(error)) throw error;
      return false;
    }
  }

  #collectOwners(): Map<number, Owner> {
    const owners = new Map<number, Owner>();
    for (const { living } of this.#directories.values()) {
      for (const { job, ports, owner: name } of living) {
        const owner = {
          name,
          isThisJob: job !== undefined && isSameJob(job, this.#viewpoint.here),
        };
        for (const port of ports) owners.set(port, owner);
      }
    }
    return owners;
  }

  #append(lines: string): void {
    this.#tryToWrite(() => {
      this.#record ??= new OwnRecord(this.#ownDirectory as string, this.#ownership);
      this.#record.append(lines);
    });
  }

  /** Writes, unless an earlier write failed: the record may end in half a line. */
  #tryToWrite<T>(action: () => T): T | undefined {
    if (this.recordProblem !== undefined) return undefined;
    return attempt(action, (problem) => {
      this.recordProblem = problem;
    });
  }

  #tryToLook(action: () => void): void {
    attempt(action, (problem) => {
      this.lookProblem = problem;
    });
  }
}

/** Runs an action, and reports the problem if it fails. */
function attempt<T>(action: () => T, report: (problem: string) => void): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isOutOfFiles(error) || error instanceof RecordFull) throw error;
    report((explainError(error) as Error).message);
    return undefined;
  }
}
