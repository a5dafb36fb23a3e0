import {
  lstatSync,
  opendirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import { temporaryDirectory } from '../support.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const { lstatSync, openSync, opendirSync, readdirSync, readSync, rmSync, writeSync } = fs;
  return {
    ...fs,
    lstatSync: vi.fn(lstatSync),
    openSync: vi.fn(openSync),
    opendirSync: vi.fn(opendirSync),
    readdirSync: vi.fn(readdirSync),
    readSync: vi.fn(readSync),
    rmSync: vi.fn(rmSync),
    writeSync: vi.fn(writeSync),
  };
});

const fs = await vi.importActual<typeof import('node:fs')>('node:fs');
const calls = { lstatSync, openSync, opendirSync, readdirSync, readSync, rmSync, writeSync };

/** Has something happen before each read and each write of a step. */
function beforeEachCall(happen: () => void): void {
  for (const [name, mock] of Object.entries(calls)) {
    const actual = fs[name as keyof typeof calls] as (...given: unknown[]) => unknown;
    vi.mocked(mock).mockImplementation(((...given: unknown[]) => {
      happen();
      const result = actual(...given);
      if (name !== 'lstatSync' || result === undefined) return result;
      // Each directory belongs to the user in its name.
      const [, user = '-1'] = /find-unused-port-(\d+)$/.exec(`${given[0]}`) ?? [];
      return Object.assign(result as object, { uid: Number(user) });
    }) as never);
  }
}

afterEach(() => {
  for (const [name, mock] of Object.entries(calls)) {
    vi.mocked(mock).mockImplementation(fs[name as keyof typeof calls] as never);
  }
  vi.restoreAllMocks();
});

/** A step that wants some numbers, and goes about it as a search does. */
class Step {
  readonly name: string;
  readonly kept = new Set<number>();
  isKilled = false;
  isDone = false;
  readonly #leases: Leases;
  readonly #wanted: readonly number[];
  readonly #story: Iterator<void>;

  constructor(name: string, user: number, root: string, wanted: readonly number[]) {
    this.name = name;
    vi.spyOn(process, 'getuid').mockReturnValue(user);
    this.#leases = new Leases(name, root);
    this.#wanted = wanted;
    this.#story = this.#search();
  }

  get problem(): string | undefined {
    return this.#leases.recordProblem ?? this.#leases.lookProblem;
  }

  /** Who else has a number, as far as this step has seen. */
  ownerOf(port: number): string | undefined {
    return this.#leases.ownerOf(port);
  }

  goOn(): void {
    this.isDone = this.#story.next().done === true;
  }

  *#search(): Generator<undefined> {
    for (let round = 0; round < 3 && this.kept.size < this.#wanted.length; round++) {
      this.#leases.look();
      yield;
      const claimed: number[] = [];
      for (const port of this.#wanted) {
        if (this.kept.has(port) || this.ownerOf(port) !== undefined) continue;
        this.#leases.claim([port]);
        claimed.push(...this.#withdrawOthers([port]));
        yield;
      }
      this.#leases.look();
      for (const port of this.#withdrawOthers(claimed)) this.kept.add(port);
      yield;
    }
  }

  #withdrawOthers(ports: readonly number[]): number[] {
    const isOthers = (port: number) => this.ownerOf(port) !== undefined;
    this.#leases.withdraw(ports.filter(isOthers));
    return ports.filter((port) => !isOthers(port));
  }
}

/**
 * Runs the steps at once, as the schedule says: before each read and write of a step it has another go on, has this
 * one be killed, or lets it be. A step that is killed in the middle of something reads and writes no more.
 */
function runAtOnce(steps: readonly Step[], schedule: readonly number[]): void {
  const running: Step[] = [];
  let at = 0;
  const goOn = (step: Step | undefined) => {
    if (step === undefined || step.isDone || running.includes(step)) return;
    running.push(step);
    step.goOn();
    running.pop();
  };
  beforeEachCall(() => {
    const current = running.at(-1);
    const event = schedule[at++] ?? 0;
    if (event > 0) goOn(steps[event - 1]);
    if (current !== undefined && event === steps.length + 1) current.isKilled = true;
    if (current?.isKilled) throw new Error('killed');
  });
  while (steps.some((step) => !step.isDone && !step.isKilled)) {
    const left = steps.filter((step) => !step.isDone && !step.isKilled);
    goOn(left[(schedule[at++] ?? 0) % left.length]);
  }
}

describe.runIf(process.platform !== 'win32')('steps that want the same numbers at once', () => {
  const scenes = fc.record({
    orders: fc.array(fc.shuffledSubarray([1, 2, 3], { minLength: 3 }), {
      minLength: 3,
      maxLength: 3,
    }),
    users: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 3 }),
    schedule: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4)), {
      minLength: 50,
      maxLength: 300,
    }),
  });

  test('never keep one number twice, whatever order their reads and writes have', () => {
    fc.assert(
      fc.property(scenes, ({ orders, users, schedule }) => {
        const root = temporaryDirectory();
        beforeEachCall(() => {});
        const steps = users.map(
          (user, i) => new Step(`step ${i}`, user, root, orders[i] as number[]),
        );
        const late = new Step('late', 3, root, [4]);
        runAtOnce(steps, schedule);
        const alive = steps.filter(({ isKilled }) => !isKilled);
        for (const step of alive) expect(step.problem).toBeUndefined();
        const kept = alive.flatMap((step) => [...step.kept]);
        expect(kept.length).toBe(new Set(kept).size);
        // A later step sees that they are taken.
        beforeEachCall(() => {});
        late.goOn();
        for (const port of kept) expect(late.ownerOf(port)).toBeDefined();
      }),
      { numRuns: 150 },
    );
  });
});
