/**
 * Checks what the action promises, beside what others do: a port stays unused until the workflow
 * binds it, and nobody gets it twice.
 *
 *     node bench/promises.ts
 */
import { join } from 'node:path';
import {
  type Command,
  conclude,
  here,
  installPeers,
  missingForNamespaces,
  node,
  output,
  portsIn,
  printTable,
  python,
  repeated,
  run,
  step,
} from './lib.ts';
import { ours, type Picker, peers } from './pickers.ts';

const rounds = 10;
const broken: string[] = [];
let pickers: readonly Picker[] = [];

const [task, size, command = ''] = process.argv.slice(2);
if (task === 'crowd')
  console.log(JSON.stringify(await startCrowd(Number(size), JSON.parse(command))));
else await bench();

async function bench(): Promise<void> {
  await installPeers();
  pickers = [...(await peers()), ours];
  const missing = missingForNamespaces();
  if (missing === undefined) await lostPorts();
  else console.log(`Skipped what is lost between pick and bind: it takes ${missing}.`);
  await repeatedPorts();
  await crowds();
  conclude(broken);
}

/** Has each picker pick 200 ports, which are bound only after others had their share. */
async function lostPorts(): Promise<void> {
  // Connections take half a minute, so that what both do is measured in the same namespace.
  const [tcp, connections, udp] = await Promise.all([
    lost('stream', ['binds=2000']),
    lost('stream', ['connections=20000', 'binds=2000']),
    lost('dgram', ['binds=5000']),
  ]);
  const columns = [...tcp, ...connections, ...udp];
  if (columns.some((column) => column.get(ours) !== 0)) broken.push('ports are lost');
  printTable(
    'Lost between pick and bind, of 200 ports',
    [
      'picker',
      'TCP, to 2,000 bind(0)',
      'TCP, to 20,000 connections',
      'TCP, to both',
      'UDP, to 5,000 bind(0)',
    ],
    pickers.map((picker) => [
      picker.name,
      ...columns.map((column) => column.get(picker) ?? 'TCP only'),
    ]),
  );
}

/** How many ports each picker loses to each pressure on top of those before it. */
async function lost(
  type: 'stream' | 'dgram',
  pressures: readonly string[],
): Promise<Map<Picker, number>[]> {
  const able = pickers.filter((picker) => picker.pick(200, type) !== undefined);
  const commands = able.map((picker) => picker.pick(200, type) as Command);
  const printed = await output({
    argv: [
      ...['unshare', '-n', python() ?? '', join(here, 'sockets.py'), 'lost', type, ...pressures],
      ...['--', ...commands.map(({ argv }) => JSON.stringify(argv))],
    ],
    // Only ours has any.
    env: Object.assign({}, ...commands.map(({ env }) => env)),
  });
  const counts: number[][] = JSON.parse(printed);
  return counts.map((row) => new Map(able.map((picker, i) => [picker, row[i] as number])));
}

async function repeatedPorts(): Promise<void> {
  const rows = [];
  for (const picker of pickers) {
    const { twice, refused } = await crowd(20, picker.pick(10, 'stream') as Command);
    if (picker === ours && twice + refused > 0) broken.push('20 steps, 10 ports each');
    rows.push([picker.name, twice, refused]);
  }
  printTable(
    '20 processes take 10 ports each, all at once',
    ['picker', 'ports handed out twice', 'processes refused'],
    rows,
  );
}

async function crowds(): Promise<void> {
  // These ranges are where no other step looks first, and no server is expected.
  const scenes = [
    { title: '40 steps, 10 ports each', steps: 40, inputs: { count: 10 } },
    {
      title: '20 steps, 5 ports each, in a range of 120',
      steps: 20,
      inputs: { count: 5, range: '18200-18319' },
    },
    {
      title: '10 steps, a block of 8 each, in a range of 180',
      steps: 10,
      inputs: { count: 8, range: '18400-18579', contiguous: 'true' },
    },
  ];
  const rows = [];
  for (const { title, steps, inputs } of scenes) {
    let twice = 0;
    let refused = 0;
    for (let i = 0; i < rounds; i++) {
      const result = await crowd(steps, step(inputs));
      twice += result.twice;
      refused += result.refused;
    }
    if (twice + refused > 0) broken.push(title);
    rows.push([title, twice, refused]);
  }
  printTable(
    `find-unused-port in a crowd, ${rounds} rounds`,
    ['all at once', 'ports handed out twice', 'steps refused'],
    rows,
  );
}

/** What came of processes that picked ports all at once. */
interface Crowd {
  readonly twice: number;
  readonly refused: number;
}

/** Has a process of its own be the parent of all: when it has ended, so have the leases. */
async function crowd(size: number, command: Command): Promise<Crowd> {
  const argv = [node, join(here, 'promises.ts'), 'crowd', `${size}`, JSON.stringify(command)];
  return JSON.parse(await output({ argv }));
}

/** Starts all at once, as our children: none may get what another was given. */
async function startCrowd(size: number, command: Command): Promise<Crowd> {
  const outcomes = await Promise.all(Array.from({ length: size }, () => run(command)));
  return {
    twice: repeated(outcomes.flatMap(({ stdout }) => portsIn(stdout))),
    refused: outcomes.filter(({ code }) => code !== 0).length,
  };
}
