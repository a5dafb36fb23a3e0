import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentJob } from '../../src/leases/job.ts';
import { Leases } from '../../src/leases/leases.ts';
import { claimLines, headerLine } from '../../src/leases/record.ts';
import { ownDirectory } from '../../src/leases/users.ts';
import { numbers, type PortSet, portSet, subtract } from '../../src/ports/port-set.ts';
import type { SocketType } from '../../src/request.ts';
import { inMemory, ownRange, request, temporaryDirectory } from '../support.ts';
import type { Outcome, Step } from './interleavings-worker.ts';

const numRuns = 700;

/** A thread that runs a step as far as it is let. */
class Thread {
  readonly #shared = new Int32Array(new SharedArrayBuffer(12));
  readonly #worker = new Worker(new URL('interleavings-worker.ts', import.meta.url), {
    workerData: this.#shared,
    execArgv: [],
  });
  /** Settles when it has loaded the code. */
  readonly ready = once(this.#worker, 'message');

  /** Starts a step, and waits until it is about to do its first operation. */
  start(step: Step): Promise<Outcome> {
    const outcome = once(this.#worker, 'message').then(([value]): Outcome => value);
    Atomics.store(this.#shared, 0, 0);
    this.#worker.postMessage(step);
    this.#wait();
    return outcome;
  }

  /** Has the step do its next operations, and waits until it has. */
  proceed(upTo: number | 'change' | 'end'): void {
    if (this.isDone) return;
    Atomics.store(this.#shared, 1, typeof upTo === 'number' ? upTo : 0x7fffffff);
    Atomics.store(this.#shared, 2, Number(upTo === 'change'));
    Atomics.store(this.#shared, 0, 0);
    Atomics.notify(this.#shared, 0);
    this.#wait();
  }

  get isDone(): boolean {
    return Atomics.load(this.#shared, 1) === -1;
  }

  terminate(): Promise<number> {
    return this.#worker.terminate();
  }

  #wait(): void {
    if (Atomics.wait(this.#shared, 0, 0, 30_000) === 'timed-out') {
      throw new Error('The step neither stops nor ends.');
    }
  }
}

const threads = Array.from({ length: 3 }, () => new Thread());
beforeAll(() => Promise.all(threads.map((thread) => thread.ready)));
afterAll(() => Promise.all(threads.map((thread) => thread.terminate())));

/** Which step goes on, and how far it gets before it is the next one's turn. */
interface Turn {
  readonly index: number;
  /** A number of operations, or up to the next that changes a file: that is where the order matters most. */
  readonly upTo: number | 'change';
}

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    index: fc.nat(threads.length - 1),
    upTo: fc.oneof(
      fc.constant('change' as const),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 80 }),
    ),
  }),
  { maxLength: 20, size: 'max' },
);

type PlannedStep = Omit<Step, 'root'>;

const socketType = fc.constantFrom<SocketType>('stream', 'dgram', 'both');
/** A step that tries once, as far as nothing else is given. */
const step = fc.record({
  uid: fc.integer({ min: 1, max: 2 }),
  retries: fc.constant(0),
  lateBytes: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.nat(400)),
  killedAfter: fc.constant<number | undefined>(undefined),
  seed: fc.integer({ min: 1, max: 0x7ffffffe }),
  ephemeral: fc.constant<readonly number[]>([]),
});

/** Plans for several steps, each of which has random numbers of its own. */
function several<T extends { readonly step: { readonly seed: number } }>(
  plan: fc.Arbitrary<T>,
  minLength: number,
): fc.Arbitrary<T[]> {
  const selector = ({ step }: T) => step.seed;
  return fc.uniqueArray(plan, { selector, minLength, maxLength: threads.length });
}

/** Runs steps in the order of the turns, and then each of them to its end. */
async function run(
  steps: readonly PlannedStep[],
  order: readonly Turn[],
  root: string,
): Promise<Outcome[]> {
  const running = threads.slice(0, steps.length);
  const outcomes = running.map((thread, i) => thread.start({ ...(steps[i] as PlannedStep), root }));
  for (const { index, upTo } of order) running[index]?.proceed(upTo);
  for (const thread of running) thread.proceed('end');
  return Promise.all(outcomes);
}

/** What all users of a machine share, where a job that has ended has left a record of what it had. */
function newRoot(parent: string, had: readonly number[]): string {
  const root = mkdtempSync(join(parent, 'root-'));
  const directory = join(root, 'find-unused-port-1');
  mkdirSync(directory);
  // No process has this pid.
  const header = headerLine({ ...currentJob(), pid: 0x7fffffff }, 'a step of a job that has ended');
  writeFileSync(join(directory, '1-ended'), header + claimLines(had));
  return root;
}

function rangeOf(ports: readonly number[]): PortSet {
  return portSet(ports.map((port) => ({ first: port, last: port })));
}

test('no number is kept by two steps, in whatever order they read and write and whenever they are killed', async () => {
  const own = [...numbers([await ownRange(3)])];
  const everything = [{ first: 1, last: 65_535 }];
  const parent = temporaryDirectory(inMemory);
  const plan = fc.record({
    step,
    retries: fc.nat(1),
    killedAfter: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(60)),
    types: fc.array(socketType, { minLength: 1, maxLength: 2 }),
    spare: fc.nat(1),
    way: fc.constantFrom('each' as const, 'block' as const, 'ephemeral' as const),
  });
  await fc.assert(
    fc.asyncProperty(several(plan, 2), turns, async (plans, order) => {
      const steps = plans.map(({ step, retries, killedAfter, types, spare, way }): PlannedStep => {
        const ephemeral = own.slice(0, types.length + spare);
        const few = rangeOf(ephemeral);
        const asked = {
          each: { range: few },
          block: { range: few, contiguous: true },
          ephemeral: { range: 'ephemeral', exclude: subtract(everything, few) },
        } as const;
        const given = request({ types, ...asked[way] });
        return { ...step, retries, killedAfter, ephemeral, request: given };
      });
      const outcomes = await run(steps, order, newRoot(parent, own));
      const kept = outcomes.flatMap((outcome) => ('ports' in outcome ? outcome.ports : []));
      expect(new Set(kept).size).toBe(kept.length);
      for (const outcome of outcomes) {
        if ('ports' in outcome) expect(outcome.warnings).toEqual([]);
        if ('error' in outcome) expect(outcome.error).toMatch(/^Error: Needed \d port.*, found /);
      }
    }),
    { numRuns },
  );
});

test('steps that want different numbers all get them at once', async () => {
  const own = [...numbers([await ownRange(6)])];
  const parent = temporaryDirectory(inMemory);
  const plan = fc.record({
    step,
    types: fc.tuple(socketType, socketType),
    contiguous: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(several(plan, 3), turns, async (plans, order) => {
      const wanted = plans.map((_, i) => own.slice(2 * i, 2 * i + 2));
      const steps = plans.map(({ step, types, contiguous }, i): PlannedStep => {
        const range = rangeOf(wanted[i] as number[]);
        return { ...step, request: request({ types, range, contiguous }) };
      });
      const outcomes = await run(steps, order, newRoot(parent, own));
      expect(outcomes.map((outcome) => 'ports' in outcome && outcome.ports.toSorted())).toEqual(
        wanted,
      );
    }),
    { numRuns: numRuns / 10 },
  );
});

test('steps of one user that want as many numbers as there are, for one type, all get them at once', async () => {
  const own = [...numbers([await ownRange(6)])];
  const parent = temporaryDirectory(inMemory);
  const plan = fc.record({ step, count: fc.integer({ min: 1, max: 2 }) });
  await fc.assert(
    fc.asyncProperty(socketType, several(plan, 2), turns, async (type, plans, order) => {
      const total = plans.reduce((sum, { count }) => sum + count, 0);
      const steps = plans.map(({ step, count }): PlannedStep => {
        const range = rangeOf(own.slice(0, total));
        const types = Array(count).fill(type);
        return { ...step, uid: 1, request: request({ types, range }) };
      });
      const outcomes = await run(steps, order, newRoot(parent, own));
      expect(outcomes.map((outcome) => 'ports' in outcome && outcome.ports.length)).toEqual(
        plans.map(({ count }) => count),
      );
    }),
    { numRuns: numRuns / 4 },
  );
});

test('a step writes no claim to a number that another step of its user has', () => {
  const root = temporaryDirectory();
  const [first, second] = [new Leases('first', root), new Leases('second', root)];
  first.claim([20001]);
  second.claim([20001, 20002]);
  expect([20001, 20002].map((port) => second.ownerOf(port))).toEqual(['first', undefined]);
  const directory = ownDirectory(root);
  const claims = readdirSync(directory).map((name) =>
    readFileSync(join(directory, name), 'utf8').split('\n').slice(1, -1),
  );
  expect(claims.toSorted()).toEqual([['20001'], ['20002']]);
});
