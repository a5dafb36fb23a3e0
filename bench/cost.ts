/**
 * Measures what a step costs: whole processes, in rounds (A B C A B C ...), as medians of the
 * ratios within a round. Absolute times say more about the machine than about the program.
 *
 *     node bench/cost.ts [RUNS]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  action,
  type Command,
  here,
  installPeers,
  missingForNamespaces,
  node,
  output,
  printTable,
  python,
  root,
  step,
  temporaryDirectory,
} from './lib.ts';
import { ours, peers } from './pickers.ts';

/** A command, and optionally one that starts it somewhere special. */
interface Case extends Command {
  readonly inside?: readonly string[];
}

/** Milliseconds, in the order of the rounds. */
type Times = readonly number[];

const runs = Number(process.argv[2] ?? 30);
const temporary = temporaryDirectory();
const runnerFiles = {
  GITHUB_OUTPUT: temporaryFile('output', ''),
  GITHUB_ENV: temporaryFile('env', ''),
};
const empty: Command = { argv: [node, temporaryFile('empty.mjs', '')] };
const bare = (count: number) => onRunner({ argv: [node, join(here, 'bare.mjs'), `${count}`] });
const missing = missingForNamespaces();

console.log(`Medians of ${runs} runs, of ${3 * runs} for one port.`);
await installPeers();
await startUp();
await manyPorts();
await growth();
if (missing === undefined) {
  await leases();
  await sockets();
} else {
  console.log(`\nSkipped the growth with leases and with other sockets: it takes ${missing}.`);
}
await footprint();

async function startUp(): Promise<void> {
  const asItComes = await bundleAsItComes();
  const cases = [onRunner(step({})), empty, bare(1), onRunner({ argv: [node, asItComes] })];
  // They are the fastest, and so what else the machine does shows the most.
  const [one, nothing, script, whole] = await measure(cases, 3 * runs);
  printTable(
    'One port',
    ['find-unused-port takes', 'times', 'at most'],
    [
      ['an empty Node process', ratio(one, nothing), ''],
      ['a bare script that binds port 0', ratio(one, script), '1.30'],
      [
        `itself with the toolkit bundled as it comes (${kilobytes(asItComes)})`,
        ratio(one, whole),
        '0.50',
      ],
    ],
  );
}

/** Builds the action without any word to the bundler on side effects. */
async function bundleAsItComes(): Promise<string> {
  const directory = join(temporary, 'as-it-comes');
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { dev }] of Object.entries<{ dev?: boolean }>(lock.packages)) {
    if (path === '' || dev) continue;
    const copy = join(directory, path);
    cpSync(join(root, path), copy, { recursive: true });
    const manifest = join(copy, 'package.json');
    const { sideEffects: _, ...kept } = JSON.parse(readFileSync(manifest, 'utf8'));
    if (path.startsWith('node_modules/@actions/')) writeFileSync(manifest, JSON.stringify(kept));
  }
  cpSync(join(root, 'package.json'), join(directory, 'package.json'));
  const tool = (name: string) => join(root, 'node_modules', '.bin', name);
  const lib = join(directory, 'lib');
  const dist = join(directory, 'dist');
  const project = join(root, 'tsconfig.build.json');
  await output({ argv: [tool('tsc'), '-p', project, '--outDir', lib] });
  await output({ argv: [tool('ncc'), 'build', join(lib, 'index.js'), '-o', dist, '--no-cache'] });
  return join(dist, 'index.js');
}

async function manyPorts(): Promise<void> {
  const names = /^(get-port|portfinder|CPython) /;
  const others = (await peers()).filter(({ name }) => names.test(name));
  const places = missing === undefined ? await leasePlaces() : { '': [] };
  const entrants = [
    ...Object.entries(places).map(([where, inside]) => ({
      name: ours.name + where,
      takes: (count: number): Case => ({ ...onRunner(step({ count })), inside }),
    })),
    ...others.map(({ name, pick }) => ({
      name,
      takes: (count: number) => pick(count, 'stream') as Case,
    })),
    { name: 'the bare script, which only listens and closes', takes: bare },
  ];
  const times = await measure(entrants.flatMap(({ takes }) => [takes(1), takes(1_000)]));
  printTable(
    '1,000 ports in one step: at most 90 µs a port, and less than get-port and portfinder',
    ['picker', 'µs for each port after the first', 'whole process, times ours'],
    entrants.map(({ name }, i) => [
      name,
      perPort(times[2 * i + 1], times[2 * i], 1_000),
      ratio(times[2 * i + 1], times[1]),
    ]),
  );
}

/** Where no step has left leases, and where ended jobs left one for every number. */
async function leasePlaces(): Promise<Record<string, readonly string[]>> {
  const old = leasesIn(`${temporary}/leases-old`);
  await output(steps(10, old));
  return {
    ', the first on its machine': leasesIn(`$(mktemp -d ${temporary}/leases-XXXXXX)`),
    ', over the leases of ended jobs': old,
  };
}

/** Starts a program that keeps its leases in another directory, where no other step sees them. */
function leasesIn(directory: string): readonly string[] {
  const script =
    `directory=${directory}; mkdir -p "$directory"; chmod 755 "$directory"; ` +
    'mount --bind "$directory" "$0" && exec "$@"';
  return ['unshare', '-m', 'sh', '-c', script, `/tmp/find-unused-port-${process.getuid?.()}`];
}

/** Steps of one job, a thousand ports each. The job has ended when they have. */
function steps(count: number, inside: readonly string[]): Command {
  const { argv, env } = step({ count: 1_000 });
  const script = 'n=$0; while [ $n -gt 0 ]; do "$@" || exit; n=$((n - 1)); done';
  return { argv: [...inside, 'sh', '-c', script, `${count}`, ...argv], env };
}

async function growth(): Promise<void> {
  const counts = [1, 10, 100, 1_000];
  const times = await measure(counts.map((count) => onRunner(step({ count }))));
  printTable(
    'Growth with the ports asked for',
    ['ports', 'times one port', 'µs for each port after the first'],
    counts.map((count, i) => [
      count,
      ratio(times[i], times[0]),
      count === 1 ? '' : perPort(times[i], times[0], count),
    ]),
  );
}

async function leases(): Promise<void> {
  const counts = [0, 1_000, 9_000, 10_000];
  const cases = counts.map((count) => ({
    ...onRunner(step({})),
    inside: leasesIn(`${temporary}/leases-${count}`),
  }));
  for (const [i, { inside }] of cases.entries()) {
    for (let leased = 0; leased < at(counts, i); leased += 1_000) {
      // Theirs is this process, and so they last: `exec` leaves nobody between it and the step.
      const { argv, env } = step({ count: 1_000 });
      await output({ argv: [...inside, ...argv], env });
    }
  }
  const times = await measure(cases);
  printTable(
    'Growth with the live leases of other steps, one port',
    ['live leases', 'times none', 'at most'],
    counts.map((count, i) => [count, ratio(times[i], times[0]), count === 10_000 ? '1.30' : '']),
  );
}

async function sockets(): Promise<void> {
  const states = ['idle', 'time-wait', 'established'];
  const machines = await Promise.all(states.map((state) => busyMachine(state, 20_000)));
  const times = await measure(
    machines.map(({ pid }) => ({
      ...onRunner(step({})),
      inside: ['nsenter', `--net=/proc/${pid}/ns/net`],
    })),
    runs,
    // TIME_WAIT lasts a minute.
    40,
  );
  const waiting = readFileSync(`/proc/${machines[1]?.pid}/net/sockstat`, 'utf8');
  for (const machine of machines) machine.stdin?.end();
  printTable(
    'Growth with the other sockets of the machine, one port',
    ['sockets', 'times none'],
    [
      ['20,000 in TIME_WAIT', ratio(times[1], times[0])],
      ['20,000 established', ratio(times[2], times[0])],
    ],
  );
  if (!/ tw 20\d{3}/.test(waiting)) console.log('\nThe runs outlasted some in TIME_WAIT.');
}

/** A process that keeps a network namespace with many sockets, until its input ends. */
async function busyMachine(state: string, count: number): Promise<ChildProcess> {
  const helper = [python() ?? '', join(here, 'sockets.py'), 'busy', state, `${count}`];
  const child = spawn('unshare', ['-n', ...helper], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function footprint(): Promise<void> {
  const loaded = await modulesOf(onRunner(step({})));
  const beyond = async (command: Command) => {
    const baseline = await modulesOf(command);
    return loaded.filter((name) => !baseline.includes(name)).join(', ') || 'none';
  };
  printTable(
    'Footprint',
    ['', 'is', 'is to be'],
    [
      ['dist/index.js', kilobytes(action), 'at most 80 kB'],
      [
        "Node's modules that an empty process does not load",
        await beyond(empty),
        'without dgram, child_process',
      ],
      ["Node's modules that the bare script does not load", await beyond(bare(1)), ''],
    ],
  );
}

async function modulesOf({ argv: [program = '', ...args], env }: Command): Promise<string[]> {
  const argv = [program, '--import', join(here, 'modules.mjs'), ...args];
  const [, names = ''] = /^modules=(.*)$/m.exec(await output({ argv, env })) ?? [];
  return JSON.parse(names);
}

/**
 * The milliseconds that each case took in each round. The first round only warms the caches, and
 * is left out. There are fewer rounds if they would take longer than so many seconds.
 */
async function measure(cases: readonly Case[], rounds = runs, seconds = 90): Promise<Times[]> {
  const times = cases.map((): number[] => []);
  const end = performance.now() + seconds * 1_000;
  for (let round = 0; round <= rounds; round++) {
    if (round > 1 && performance.now() > end) {
      console.log(`\nOnly ${round - 1} runs of what follows, which takes too long:`);
      break;
    }
    for (const [i, { inside = [], argv, env }] of cases.entries()) {
      const timer = [...inside, node, join(here, 'time.mjs'), ...argv];
      const printed = await output({ argv: timer, env });
      if (round > 0) times[i]?.push(Number(printed));
    }
  }
  return times;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? at(sorted, middle)
    : (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}

/** A command with the runner's files, as a step has them. */
function onRunner(command: Command): Case {
  return { ...command, env: { ...command.env, ...runnerFiles } };
}

function temporaryFile(name: string, text: string): string {
  const file = join(temporary, name);
  writeFileSync(file, text);
  return file;
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}

/** The median over the rounds: what slows the machine down slows down all of a round. */
function ratio(times: Times = [], base: Times = []): string {
  return median(times.map((time, round) => time / at(base, round))).toFixed(2);
}

/** The microseconds for each port after the first. */
function perPort(times: Times = [], one: Times = [], count: number): string {
  const each = times.map((time, round) => ((time - at(one, round)) * 1_000) / (count - 1));
  return median(each).toFixed(0);
}

function kilobytes(file: string): string {
  return `${(statSync(file).size / 1_000).toFixed(1)} kB`;
}
