import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { currentJob } from '../../src/leases/job.ts';
import { claimLines, headerLine } from '../../src/leases/record.ts';
import { PortSet } from '../../src/ports/port-set.ts';
import type { Request, Transport } from '../../src/request.ts';
import { inMemory, ownRange, request, temporaryDirectory } from '../support.ts';
import type { Outcome, Step } from './interleavings-worker.ts';

/** A thread that runs steps, each only as far as the test lets it. */
class Thread {
  #isTerminated = false;
  readonly #shared = new Int32Array(new SharedArrayBuffer(12));
  readonly #worker = new Worker(new URL('interleavings-worker.ts', import.meta.url), {
    workerData: this.#shared,
    execArgv: [],
  });
  /** Resolves when the thread has loaded the code. */
  readonly ready = once(this.#worker, 'message');

  /** Starts a step, and waits until it is about to do its first operation. */
  start(step: Step): Promise<Outcome> {
    const outcome = once(this.#worker, 'message').then(([value]): Outcome => value);
    Atomics.store(this.#shared, 0, 0);
    this.#worker.postMessage(step);
    this.#wait();
    return outcome;
  }

  /** Lets the step do its next operations, at least one, and waits until it has. */
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
    this.#isTerminated = true;
    return this.#worker.terminate();
  }

  #wait(): void {
    // A test that took too long goes on after its end, and must not wait for a thread that will do nothing more.
    if (this.#isTerminated) throw new Error('The test has ended.');
    if (Atomics.wait(this.#shared, 0, 0, 100_000) === 'timed-out') {
      throw new Error('The step neither stops nor ends.');
    }
  }
}

let threads: readonly Thread[] = [];
async function startThreads(): Promise<void> {
  threads = Array.from({ length: 3 }, () => new Thread());
  await Promise.all(threads.map((thread) => thread.ready));
}
async function terminateThreads(): Promise<void> {
  await Promise.all(threads.map((thread) => thread.terminate()));
}
beforeAll(startThreads);
// A test that fails may leave a step that has not ended. The next test must not meet it.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  await terminateThreads();
  await startThreads();
});
afterAll(terminateThreads);

type PlannedStep = Omit<Step, 'root'>;

/** A step that tries once to get a port, except for what is given. */
function plannedStep(asked: Partial<Request>, given: Partial<PlannedStep> = {}): PlannedStep {
  return {
    request: request(asked),
    uid: 1,
    retries: 0,
    lateBytes: 3,
    killedAfter: undefined,
    seed: 1,
    ephemeral: [],
    temp: undefined,
    ...given,
  };
}

/** Makes directories that all users share, one for each order of steps. */
function roots(): () => string {
  const parent = temporaryDirectory(inMemory);
  let made = 0;
  return () => {
    const root = join(parent, `${made++}`);
    mkdirSync(root);
    return root;
  };
}

// No process has this pid.
const endedJob = headerLine({ ...currentJob(), pid: 0x7fffffff }, 'a step of a job that has ended');

/** Adds a record of these ports, which a job of user 1 has left that has ended. */
function leaveRecord(root: string, ports: readonly number[]): void {
  const directory = join(root, 'find-unused-port-1');
  mkdirSync(directory);
  writeFileSync(join(directory, '1-ended'), endedJob + claimLines(ports));
}

function portsIn(outcomes: readonly Outcome[]): number[] {
  return outcomes.flatMap((outcome) => ('ports' in outcome ? outcome.ports : []));
}

/** How many claims were withdrawn, in all records. */
function withdrawnIn(root: string): number {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
  return texts.join('').split('\n-').length - 1;
}

/**
 * Runs two steps in all orders with two switches: the first step does some operations, the second does some, then the
 * first goes on to its end, and the second to its own.
 */
async function* allOrders(steps: readonly PlannedStep[]) {
  const newRoot = roots();
  const [first, second] = threads as [Thread, Thread];
  for (let isFirstDone = false, i = 0; !isFirstDone; i++) {
    for (let isSecondDone = false, j = 1; !isSecondDone && !isFirstDone; j++) {
      const root = newRoot();
      const outcomes = [first, second].map((thread, n) =>
        thread.start({ ...(steps[n] as PlannedStep), root }),
      );
      if (i > 0) first.proceed(i);
      isFirstDone = first.isDone;
      second.proceed(j);
      isSecondDone = second.isDone;
      first.proceed('end');
      second.proceed('end');
      yield { order: [i, j], outcomes: await Promise.all(outcomes), withdrawn: withdrawnIn(root) };
    }
  }
}

test.each<[string, number, Transport[], boolean]>([
  ['of one user', 1, ['stream'], false],
  ['of two users, with marks', 2, ['dgram'], true],
])(
  'two steps %s share two ports and give nothing back, in all orders with two switches between them',
  async (_, uid, transports, hasMark) => {
    const { ports } = await ownRange(2);
    const temp = hasMark ? temporaryDirectory(inMemory) : undefined;
    const asked = { range: ports, transports };
    // Both start with the same port.
    const steps = [plannedStep(asked, { temp }), plannedStep(asked, { uid, temp })];
    for await (const { order, outcomes, withdrawn } of allOrders(steps)) {
      const found = portsIn(outcomes).toSorted();
      expect({ order, found, withdrawn }).toEqual({ order, found: [...ports], withdrawn: 0 });
    }
  },
);

test('a TCP and a UDP step never both keep a port, in all orders with two switches between them', async () => {
  const { ports } = await ownRange(1);
  const steps = (['stream', 'dgram'] as const).map((transport, i) =>
    plannedStep({ range: ports, transports: [transport] }, { uid: i + 1 }),
  );
  for await (const { order, outcomes } of allOrders(steps)) {
    expect([order, portsIn(outcomes).length]).not.toEqual([order, 2]);
  }
});

/** Which step goes on, and how far it gets before it is the next one's turn. */
interface Turn {
  readonly index: number;
  /** A number of operations, or up to the next one that changes a file, where the order matters most. */
  readonly upTo: number | 'change';
}

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    index: fc.nat(2),
    upTo: fc.oneof(
      fc.constant('change' as const),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 80 }),
    ),
  }),
  { maxLength: 20, size: 'max' },
);

const plan = fc.record({
  uid: fc.integer({ min: 1, max: 2 }),
  retries: fc.nat(1),
  lateBytes: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 6 }) }, fc.nat(400)),
  killedAfter: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.nat(60)),
  seed: fc.integer({ min: 1, max: 0x7ffffffe }),
  hasMark: fc.boolean(),
  transports: fc.subarray<Transport>(['stream', 'dgram'], { minLength: 1 }),
  count: fc.integer({ min: 1, max: 2 }),
  spare: fc.nat(1),
  way: fc.constantFrom('each' as const, 'block' as const, 'ephemeral' as const),
});
/** Several steps, each with random numbers of its own. */
const plans = fc.uniqueArray(plan, {
  selector: ({ seed }) => seed,
  minLength: 2,
  maxLength: 3,
});

test('two steps never keep the same port, in any order of reads and writes, even if steps are killed', async () => {
  const own = [...(await ownRange(3)).ports];
  const everything = PortSet.ofRanges([{ first: 1, last: 65_535 }]);
  const newRoot = roots();
  const temp = temporaryDirectory(inMemory);
  await fc.assert(
    fc.asyncProperty(plans, turns, async (several, order) => {
      const root = newRoot();
      leaveRecord(root, own);
      const running = threads.slice(0, several.length);
      const started = several.map(({ hasMark, transports, count, spare, way, ...given }, i) => {
        const ephemeral = own.slice(0, count + spare);
        const few = PortSet.of(ephemeral);
        const asked = {
          each: { range: few },
          block: { range: few, contiguous: true },
          ephemeral: { range: 'ephemeral', exclude: everything.difference(few) },
        } as const;
        const step = plannedStep(
          { count, transports, ...asked[way] },
          { ...given, ephemeral, temp: hasMark ? temp : undefined },
        );
        return (running[i] as Thread).start({ ...step, root });
      });
      for (const { index, upTo } of order) running[index]?.proceed(upTo);
      for (const thread of running) thread.proceed('end');
      const outcomes = await Promise.all(started);
      const kept = portsIn(outcomes);
      expect(new Set(kept).size).toBe(kept.length);
      for (const outcome of outcomes) {
        if ('ports' in outcome) expect(outcome.warnings).toEqual([]);
        if ('error' in outcome) expect(outcome.error).toMatch(/^Error: Needed \d port.*, found /);
      }
    }),
    { numRuns: 200 },
  );
});
