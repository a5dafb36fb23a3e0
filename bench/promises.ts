/**
 * Measures how many ports of each picker others take before they are bound, and how many it gives twice. Writes the
 * figures to docs/losses.json, from which bench/draw.ts draws. Fails if find-unused-port loses a port or gives one
 * twice.
 *
 *     node bench/promises.ts
 */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import {
  type Command,
  missingForNamespaces,
  ours,
  output,
  type Picker,
  peers,
  printTable,
  root,
} from './lib.ts';

/** How many ports a picker lost in each run, in ascending order; null if that was not measured. */
interface Losses {
  readonly picker: string;
  readonly binds: readonly number[] | null;
  readonly connections: readonly number[] | null;
  readonly both: readonly number[] | null;
  readonly udpBinds: readonly number[] | null;
  readonly twice: readonly number[];
}

const runs = 3;
const ports = 200;
const missing = missingForNamespaces();
const pickers = [...(await peers()), ours];
const losses = await measure();

printTable(
  `Of ${ports} ports, in ${runs} runs`,
  ['picker', 'to 2,000 bind(0)', 'to 20,000 connections', 'to both', 'UDP', 'given twice'],
  losses.map(({ picker, binds, connections, both, udpBinds, twice }) => [
    picker,
    ...[binds, connections, both, udpBinds, twice].map((column) => column?.join(', ') ?? ''),
  ]),
);
const last = losses.at(-1);
const ownLosses = [last?.binds, last?.connections, last?.both, last?.udpBinds, last?.twice];
if (ownLosses.some((column) => column?.some((count) => count > 0))) {
  console.log('\nfind-unused-port lost ports or gave some twice.');
  process.exitCode = 1;
}
const hasCpython = losses.some(({ picker }) => picker.startsWith('CPython '));
if (!hasCpython || losses.some(({ both }) => both === null)) {
  console.log('\nNot all was measured, so docs/losses.json stays as it is.');
} else {
  const [major, minor] = release().split('.');
  const machine = { node: process.version, kernel: `Linux ${major}.${minor}`, runs, ports };
  const file = join(root, 'docs', 'losses.json');
  const text = JSON.stringify({ ...machine, losses }, null, 2);
  // All figures of a column on one line.
  const lines = text.replaceAll(/\[[\d,\s]+\]/g, (column) =>
    column.replaceAll(/\s+/g, '').replaceAll(',', ', '),
  );
  writeFileSync(file, `${lines}\n`);
}

async function measure(): Promise<Losses[]> {
  if (missing !== undefined) console.log(`Skipped lost ports: measuring them needs ${missing}.`);
  const rounds: { columns: Map<Picker, number>[]; twice: number[] }[] = [];
  for (let run = 0; run < runs; run++) {
    const [tcp, connections, udp] = await Promise.all([
      countTaken('stream', ['binds=2000']),
      countTaken('stream', ['connections=20000', 'binds=2000']),
      countTaken('dgram', ['binds=5000']),
    ]);
    const twice = [];
    for (const picker of pickers) twice.push(await countGivenTwice(picker));
    rounds.push({ columns: [...tcp, ...connections, ...udp], twice });
  }
  return pickers.map((picker, i) => {
    const column = (index: number) => {
      const counts = rounds.map(({ columns }) => columns[index]?.get(picker));
      return counts.every((count) => count !== undefined) ? ascending(counts) : null;
    };
    return {
      picker: picker.name,
      binds: column(0),
      connections: column(1),
      both: column(2),
      udpBinds: column(3),
      twice: ascending(rounds.map(({ twice }) => twice[i] ?? 0)),
    };
  });
}

/** How many ports each picker loses to each pressure, which adds to those before it. */
async function countTaken(
  type: 'stream' | 'dgram',
  pressures: readonly string[],
): Promise<Map<Picker, number>[]> {
  if (missing !== undefined) return pressures.map(() => new Map());
  const able = pickers.filter((picker) => picker.pick(ports, type) !== undefined);
  const commands = able.map((picker) => picker.pick(ports, type) as Command);
  const printed = await output({
    argv: [
      ...['unshare', '-n', 'python3', join(root, 'bench', 'sockets.py'), type, ...pressures],
      ...['--', ...commands.map(({ argv }) => JSON.stringify(argv))],
    ],
    // Only find-unused-port has any.
    env: Object.assign({}, ...commands.map(({ env }) => env)),
  });
  const counts: (number[] | null)[] = JSON.parse(printed);
  return counts.map((row) => new Map(row?.map((count, i) => [able[i] as Picker, count])));
}

/** How many ports are given twice when 20 processes take 10 each, all at once. */
async function countGivenTwice(picker: Picker): Promise<number> {
  const processes = 20;
  const command = picker.pick(ports / processes) as Command;
  const printed = await Promise.all(Array.from({ length: processes }, () => output(command)));
  const given = printed.flatMap((text): number[] => {
    const [, list = '[]'] = /^ports=(.*)$/m.exec(text) ?? [];
    return JSON.parse(list);
  });
  return given.length - new Set(given).size;
}

function ascending(counts: readonly number[]): number[] {
  return counts.toSorted((a, b) => a - b);
}
