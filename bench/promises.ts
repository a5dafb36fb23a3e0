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
  onMachine,
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
/** Binds a port for TCP and UDP, again and again, until it is told to end. */
const bindInALoop = `
  const { createServer } = require("node:net");
  const { createSocket } = require("node:dgram");
  const port = Number(process.argv[1]);
  let binds = 0, failed = 0;
  const tcp = () => loop(tcp, createServer()).listen(port);
  const udp = () => loop(udp, createSocket("udp4")).bind(port);
  const loop = (again, socket) => socket
    .on("listening", () => { binds++; socket.close(() => setImmediate(again)); })
    .on("error", () => { binds++; failed++; setImmediate(again); });
  process.on("SIGTERM", () => { console.log(JSON.stringify([binds, failed])); process.exit(); });
  tcp();
  udp();`;
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
  if (missing === undefined) {
    await lostPorts();
    await betweenUsersAndNetworks();
    await besideMuch();
  } else {
    console.log(`Skipped what takes a machine of its own: there is no ${missing}.`);
  }
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

/** Has steps share the directory of leases, but not the network, the address or the user. */
async function betweenUsersAndNetworks(): Promise<void> {
  const waves = 22;
  const addresses = await onMachine(
    `sysctl -q -w net.ipv4.ip_local_port_range="32768 33767"
    for wave in $(seq ${waves}); do
      bash -c 'for host in 127.0.0.1 127.0.0.2 ::1; do INPUT_HOST=$host /tmp/node /tmp/index.js & done; wait'
      echo end of round
    done`,
    { count: 100, range: 'ephemeral' },
  );
  const networks = await onMachine(
    `for round in $(seq 40); do
      bash -c '
        bash -c "INPUT_COUNT=10 /tmp/node /tmp/index.js > /tmp/out; true"
        /tmp/node /tmp/index.js &
        bash -c "unshare --net /tmp/node /tmp/index.js > /tmp/out; true" &
        wait
        /tmp/node /tmp/index.js
        true'
      echo end of round
    done`,
    { count: 5, range: '21000-21009', prefer: '21000-21009' },
  );
  const [binds, failed] = JSON.parse(
    await onMachine(
      `as 4711 INPUT_RANGE=21000 > /tmp/out
      /tmp/node -e '${bindInALoop}' 21000 &
      server=$!
      for i in $(seq 25); do as 4712 INPUT_PREFER=21000 > /tmp/out; done
      kill $server
      wait $server`,
      { type: 'both' },
    ),
  );
  const rows = [
    ['ephemeral on 127.0.0.1, 127.0.0.2 and ::1 at once: ports', ...twiceIn(addresses)],
    ['two networks, one of which takes what the other has left: ports', ...twiceIn(networks)],
  ] as const;
  printTable(
    'find-unused-port between users, networks and addresses',
    ['', 'handed out twice', 'of', 'steps refused'],
    rows,
  );
  printTable(
    "One user's server binds its port in a loop, while another's steps prefer that port",
    ['binds', 'failed'],
    [[`${binds}`, failed]],
  );
  if (rows.some(([, twice, , refused]) => twice + refused > 0) || failed > 0 || binds === 0) {
    broken.push('users, networks and addresses');
  }
}

/** How many ports of a round were handed out twice, of how many, and how many steps were refused. */
function twiceIn(printed: string): [twice: number, ports: number, refused: number] {
  const perRound = printed
    .split('end of round')
    .map((text) => text.split('\n').flatMap((line) => portsIn(line)));
  return [
    perRound.reduce((sum, ports) => sum + repeated(ports), 0),
    perRound.flat().length,
    printed.split('::error::').length - 1,
  ];
}

/** Tells what a step costs where much lies about that is not its own. */
async function besideMuch(): Promise<void> {
  const timed = async (prepare: string, inputs: Parameters<typeof step>[0]) => {
    const printed = await onMachine(
      `${prepare}
      for i in 1 2 3 4 5; do
        before=$(date +%s%N)
        bash -c '/tmp/node /tmp/index.js; true' > /tmp/out || exit
        echo $((($(date +%s%N) - before) / 1000000))
      done
      grep -q ^ports= /tmp/out || echo refused
      ls /tmp/find-unused-port-0 | wc -l`,
      inputs,
    );
    const lines = printed.trim().split('\n');
    if (lines.includes('refused')) broken.push('a step beside much was refused');
    const times = lines.slice(0, 5).map(Number);
    return { milliseconds: Math.min(...times), left: Number(lines.at(-1)) };
  };
  const names = Array.from({ length: 1000 }, (_, i) => `n${i}/${i % 2 ? 'tcp' : 'udp'}`).join(' ');
  const files = `(cd /tmp && seq -f 'file-%g' 60000 | xargs touch)`;
  const neighbours = `cd /tmp; ${python()} -c '
import os
for user in range(100000, 120000):
    os.mkdir(f"find-unused-port-{user}")
    os.chown(f"find-unused-port-{user}", user, user)
'`;
  const jobs = `for i in $(seq 200); do bash -c '/tmp/node /tmp/index.js > /tmp/out; true'; done`;
  const rows = [];
  for (const [title, prepare, inputs] of [
    ['1,000 names, TCP and UDP in turn; beside 60,000 files', files, { names }],
    ['1,000 ports of the OS; beside 60,000 files', files, { count: 1000, range: 'ephemeral' }],
    ['100 ports; beside the directories of 20,000 users', neighbours, { count: 100 }],
    ['5 ports; after 200 jobs', jobs, { count: 5 }],
  ] as const) {
    const alone = await timed('', inputs);
    const beside = await timed(prepare, inputs);
    if (beside.left > 3) broken.push(`${beside.left} records are left`);
    rows.push([title, alone.milliseconds, beside.milliseconds, beside.left]);
  }
  printTable(
    'find-unused-port beside much that is not its own',
    ['what', 'alone, ms', 'beside it, ms', 'records left'],
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
