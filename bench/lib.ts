/** Code that the benches share: processes, the action and its peers, and tables. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = dirname(import.meta.dirname);

/** A process to start. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Where a command finds its files: a machine made for the bench has them elsewhere. */
export interface Place {
  readonly node: string;
  readonly root: string;
}

export const here: Place = { node: process.execPath, root };

/** A program that picks unused ports and prints them as the action does. */
export interface Picker {
  readonly name: string;
  /** The command; undefined for a type that it does not know. */
  pick(count: number, type?: 'stream' | 'dgram', place?: Place): Command | undefined;
}

export const ours: Picker = {
  name: 'find-unused-port',
  pick: (count, type = 'stream', { node, root } = here) => ({
    argv: [node, join(root, 'dist', 'index.js')],
    env: { INPUT_COUNT: `${count}`, INPUT_TYPE: type },
  }),
};

/** The peers: those of npm, installed if they are missing, and CPython's if its test package is there. */
export async function peers(): Promise<Picker[]> {
  const bench = join(root, 'bench');
  if (!existsSync(join(bench, 'node_modules'))) {
    // With the whole environment: npm may need it to reach its registry.
    await output({ argv: ['npm', 'ci', '--prefix', bench, '--no-audit'], env: process.env });
  }
  const names = ['get-port', 'get-port-please', 'detect-port', 'portfinder'];
  return [...cpython(), ...names.map(npmPeer)];
}

function npmPeer(name: string): Picker {
  const manifest = join(root, 'bench', 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  return {
    name: `${name} ${version}`,
    pick: (count, type = 'stream', { node, root } = here) =>
      type === 'stream'
        ? { argv: [node, join(root, 'bench', 'peers.mjs'), name, `${count}`] }
        : undefined,
  };
}

function cpython(): Picker[] {
  const script = 'import platform, test.support.socket_helper; print(platform.python_version())';
  const { status, stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
  if (status !== 0) {
    console.log('Skipped CPython: that needs python3 with its test package.');
    return [];
  }
  return [
    {
      name: `CPython ${stdout.trim()} find_unused_port`,
      pick: (count, type = 'stream', { root } = here) => ({
        argv: ['python3', join(root, 'bench', 'peers.py'), `${count}`, type],
      }),
    },
  ];
}

/** This environment without the variables of a runner, npm and Node, which are for this process only. */
export function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(INPUT|GITHUB|RUNNER|NODE|npm)_/.test(name),
  );
  return Object.fromEntries(kept);
}

/** Runs a program, at most five minutes, and returns what it prints. */
export function output({ argv: [file = '', ...args], env }: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 300_000,
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.on('error', reject).on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')} failed (${code}): ${stdout}`));
    });
  });
}

/** What is missing to make namespaces with `unshare`; undefined if nothing is. */
export function missingForNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'Linux';
  if (process.getuid?.() !== 0) return 'root';
  const tools = ['unshare', 'nsenter', 'ip', 'mount', 'python3'];
  const missing = tools.find((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing !== undefined) return missing;
  // Root in a container may not be permitted to.
  return spawnSync('unshare', ['-n', '-m', 'true']).status === 0 ? undefined : 'CAP_SYS_ADMIN';
}

/** Makes a directory that is deleted when the bench ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Otherwise an interrupted bench would leave it behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  return directory;
}

/** A quantile of some numbers, by default the median. */
export function quantile(values: readonly number[], part = 0.5): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
}

/** Prints a Markdown table: the first column to the left, all others to the right. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rules = head.map((_, i) => (i === 0 ? '---' : '---:'));
  console.log([`\n## ${title}\n`, line(head), line(rules), ...rows.map(line)].join('\n'));
}
