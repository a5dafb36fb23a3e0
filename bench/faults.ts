/**
 * Kills steps at random moments, and checks that what they leave is in nobody's way: the same job
 * gets other ports that can be bound, and once the job has ended everything can be had again.
 *
 *     node bench/faults.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import {
  conclude,
  environment,
  here,
  node,
  output,
  portsIn,
  printTable,
  repeated,
  run,
  step,
} from './lib.ts';

/** What a job saw. */
interface Report {
  /** When its killed steps died. */
  readonly early: number;
  readonly writing: number;
  readonly late: number;
  readonly finished: number;
  readonly refused: number;
  readonly twice: number;
  readonly unbindable: number;
}

// No other step looks here first, and no server is expected.
const range = { first: 14_300, last: 15_299 };
const inputs = { count: 20, range: `${range.first}-${range.last}` };
const all = Array.from({ length: range.last - range.first + 1 }, (_, i) => range.first + i);
// A live job keeps what its killed steps leased: 1,000 ports are enough for twice as many kills.
const jobs = 10;
const killsPerJob = 20;

if (process.argv[2] === 'job') console.log(JSON.stringify(await job()));
else await bench();

async function bench(): Promise<void> {
  const reports: Report[] = [];
  for (let i = 0; i < jobs; i++) {
    reports.push(JSON.parse(await output({ argv: [node, join(here, 'faults.ts'), 'job'] })));
  }
  const sum = (key: keyof Report) => reports.reduce((total, report) => total + report[key], 0);
  // The jobs have ended. What they were given and what their killed steps leased is free again.
  const rest = await run(step({ ...inputs, count: all.length }));
  const ports = portsIn(rest.stdout);
  const unbindable = await countUnbindable(ports);
  printTable(
    `${jobs * killsPerJob} steps killed, ${inputs.count} ports each`,
    ['killed', 'steps'],
    [
      ['before the first claim', sum('early')],
      ['between the first and the last', sum('writing')],
      ['after the last', sum('late')],
      ['never, since it was faster', sum('finished')],
    ],
  );
  printTable(
    'What came of it',
    ['', 'was', 'of'],
    [
      [`clean steps of the same ${jobs} jobs that were refused`, sum('refused'), jobs],
      ['ports handed out twice within a job', sum('twice'), ''],
      ['ports of clean steps that could not be bound', sum('unbindable'), jobs * inputs.count],
      ['ports to be had when the jobs had ended', ports.length, all.length],
      ['of these, ports that could not be bound', unbindable, ports.length],
    ],
  );
  if (rest.code !== 0) console.log(`\n${rest.stdout.trim()}`);
  const broken = [
    ...(sum('refused') > 0 ? ['a clean step was refused'] : []),
    ...(sum('twice') > 0 ? ['a port was handed out twice'] : []),
    ...(sum('unbindable') + unbindable > 0 ? ['a port could not be bound'] : []),
    ...(repeated(ports) > 0 || ports.length < all.length ? ['the range is not free again'] : []),
  ];
  conclude(broken);
}

/** Kills steps, then runs one in peace. The leases are tied to the process that does this. */
async function job(): Promise<Report> {
  const ports: number[] = [];
  let whole = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    ports.push(...portsIn((await run(step(inputs))).stdout));
    whole = Math.min(whole, performance.now() - start);
  }
  const killed = { early: 0, writing: 0, late: 0, finished: 0 };
  for (let i = 0; i < killsPerJob; i++) {
    // Nothing happens before Node is up, which is most of the time.
    const { pid, stdout, finished } = await killedStep(whole * (0.5 + 0.6 * Math.random()));
    const claims = claimsOf(pid);
    ports.push(...portsIn(stdout));
    if (finished) killed.finished++;
    else if (claims === 0) killed.early++;
    else if (claims < inputs.count) killed.writing++;
    else killed.late++;
  }
  const clean = portsIn((await run(step(inputs))).stdout);
  return {
    ...killed,
    refused: clean.length === inputs.count ? 0 : 1,
    twice: repeated([...ports, ...clean]),
    unbindable: await countUnbindable(clean),
  };
}

/** Kills a step after so many milliseconds, unless it ends before. */
async function killedStep(
  after: number,
): Promise<{ pid: number; stdout: string; finished: boolean }> {
  const { argv, env } = step(inputs);
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env: { ...environment(), ...env } });
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), after);
  const [, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { pid: child.pid ?? 0, stdout, finished: signal === null };
}

/** How many numbers a step has claimed. */
function claimsOf(pid: number): number {
  const directory = `/tmp/find-unused-port-${process.getuid?.()}`;
  const record = readdirSync(directory).find((name) => name.startsWith(`${pid}-`));
  if (record === undefined) return 0;
  const [, ...lines] = readFileSync(join(directory, record), 'utf8').split('\n');
  return lines.reduce((sum, line) => sum + (line.startsWith('-') ? -1 : Number(line !== '')), 0);
}

/** Binds all of the ports at the same time, and counts those that cannot be. */
async function countUnbindable(ports: readonly number[]): Promise<number> {
  const servers = await Promise.all(ports.map(listen));
  for (const server of servers) server?.close();
  return servers.filter((server) => server === undefined).length;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, () => resolve(server));
  });
}
