/**
 * Measures how long steps take, as whole processes. The candidates run in rounds (A B C A B C …), and the result is the
 * median of the ratios within a round: absolute times say more about the machine than about the program.
 *
 *     node bench/cost.ts [ROUNDS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Command,
  environment,
  here,
  missingForNamespaces,
  ours,
  output,
  type Place,
  peers,
  printTable,
  quantile,
  root,
  temporaryDirectory,
} from './lib.ts';

/** A machine on which a step runs, with leases of other steps. */
interface Machine extends Place {
  /** The command that enters it. */
  readonly inside: readonly string[];
  /** A directory for the runner's files. */
  readonly temporary: string;
}

const rounds = Number(process.argv[2] ?? 60);
const temporary = temporaryDirectory();
const missing = missingForNamespaces();
const thisMachine: Machine = { ...here, inside: [], temporary };
for (const name of ['output', 'env']) writeFileSync(join(temporary, name), '');

console.log(`Medians of ${rounds} rounds.`);
if (missing !== undefined) console.log(`Skipped the cost of leases: that needs ${missing}.`);
const alone = missing === undefined ? await machine(0) : thisMachine;
await onePort();
await manyPorts();
if (missing === undefined) await besideLivingSteps();

async function onePort(): Promise<void> {
  const [step = [], script = []] = await measure([
    [alone, ours.pick(1, 'stream', alone)],
    [alone, bare(1)],
  ]);
  const ratio = quantile(step.map((time, round) => time / (script[round] ?? 0)));
  const row = ['a bare script that binds port 0', ratio.toFixed(2), '1.30'];
  printTable('One port', ['find-unused-port takes', 'times', 'at most'], [row]);
}

async function manyPorts(): Promise<void> {
  const count = 1_000;
  const measured = /^(get-port|portfinder|CPython|find-unused-port)\b(?!-)/;
  const pickers = [...(await peers()), ours].filter(({ name }) => measured.test(name));
  const entrants = [
    ...pickers.map(({ name, pick }) => ({ name, take: (n: number) => pick(n, 'stream', alone) })),
    { name: 'the bare script, which only listens and closes', take: bare },
  ];
  const times = await measure(
    entrants.flatMap(({ take }) => [
      [alone, take(1)],
      [alone, take(count)],
    ]),
    rounds / 2,
  );
  printTable(
    `${count} ports in one step: at most 90 µs a port, and less than get-port and portfinder`,
    ['picker', 'µs for each port after the first'],
    entrants.map(({ name }, i) => {
      const [one = [], many = []] = times.slice(2 * i);
      const each = many.map((time, round) => ((time - (one[round] ?? 0)) * 1_000) / (count - 1));
      return [name, quantile(each).toFixed(0)];
    }),
  );
}

async function besideLivingSteps(): Promise<void> {
  const counts = [100, 300];
  const machines = [alone, ...(await Promise.all(counts.map(machine)))];
  const times = await measure(machines.map((place) => [place, ours.pick(1, 'stream', place)]));
  const [base = [], ...others] = times;
  printTable(
    'One port, beside the living steps of 10 jobs',
    ['steps', 'times none', 'at most'],
    others.map((column, i) => [
      counts[i] ?? 0,
      quantile(column.map((time, round) => time / (base[round] ?? 0))).toFixed(2),
      counts[i] === 100 ? '1.20' : '',
    ]),
  );
}

/** A script that picks so many ports without this action. */
function bare(count: number): Command {
  return { argv: [alone.node, join(alone.root, 'bench', 'bare.mjs'), `${count}`] };
}

/** Makes a machine with its own /tmp, on which 10 jobs live. They have run so many steps together. */
async function machine(steps: number): Promise<Machine> {
  const directory = join(temporary, `machine-${steps}`);
  mkdirSync(join(directory, 'repository'), { recursive: true });
  const script = `
    cd '${directory}' && chmod 1777 . && touch node output env &&
    mount --bind '${root}' repository && mount --bind '${here.node}' node && mount --rbind . /tmp &&
    echo ready && read -r _`;
  const pid = await start(['unshare', '--mount', 'sh', '-c', script]);
  const place: Machine = {
    node: '/tmp/node',
    root: '/tmp/repository',
    inside: ['nsenter', `--mount=/proc/${pid}/ns/mnt`],
    temporary: '/tmp',
  };
  const jobs = Array.from({ length: steps === 0 ? 0 : 10 }, (_, job) => {
    const { argv } = ours.pick(1, 'stream', place) as Command;
    // A runner gives a folder to each job, and files to each step.
    const run = `
      export GITHUB_OUTPUT=/tmp/output GITHUB_ENV=/tmp/env RUNNER_TEMP=/tmp/job-${job} && mkdir $RUNNER_TEMP || exit
      for _ in $(seq ${steps / 10}); do '${argv.join("' '")}' > /tmp/log-${job} || exit; done
      echo ready && read -r _`;
    return start([...place.inside, 'sh', '-c', run]);
  });
  await Promise.all(jobs);
  return place;
}

/** Starts a program that lives until the bench ends, and waits until it is ready. */
async function start([program = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, {
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (`${first}` !== 'ready\n') throw new Error(`${program} ${args.join(' ')} failed: ${first}`);
  // It must not keep the bench alive. When the bench ends, the program's input ends, and so does the program.
  child.unref();
  for (const stream of [child.stdin, child.stdout])
    (stream as unknown as { unref(): void }).unref();
  return child.pid ?? 0;
}

/** The milliseconds that each case took in each round, without the first round, which only warms the caches. */
async function measure(
  cases: readonly (readonly [Machine, Command | undefined])[],
  count = rounds,
): Promise<number[][]> {
  const times = cases.map((): number[] => []);
  for (let round = 0; round <= count; round++) {
    for (const [i, [place, command]] of cases.entries()) {
      const { argv = [], env } = command ?? {};
      const timer = [...place.inside, place.node, join(place.root, 'bench', 'time.mjs'), ...argv];
      const files = {
        GITHUB_OUTPUT: join(place.temporary, 'output'),
        GITHUB_ENV: join(place.temporary, 'env'),
      };
      const printed = await output({ argv: timer, env: { ...env, ...files } });
      if (round > 0) times[i]?.push(Number(printed));
    }
  }
  const [first = []] = times;
  const [low = 0, high = 0] = [0.25, 0.75].map((part) => quantile(first, part));
  const spread = (high - low) / quantile(first);
  if (spread > 0.25) {
    const percent = (spread * 100).toFixed(0);
    console.log(
      `\nThis machine is too busy: the times of one step differ by ${percent} %. The next results are not reliable.`,
    );
  }
  return times;
}
