/** What the benches share: the action's place, other processes, and tables. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const here = import.meta.dirname;
export const root = dirname(here);
/** The Node that runs the action, whatever the machine has. */
export const node = process.execPath;
export const action = join(root, 'dist', 'index.js');

/** A process to start. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** What a process left. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The action with some inputs: `step({ count: 3 })`. Away from a runner, it prints its outputs. */
export function step(inputs: Readonly<Record<string, string | number>>): Command {
  const names = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    `${value}`,
  ]);
  return { argv: [node, action], env: Object.fromEntries(names) };
}

/** Starts a process as our child, and waits for its end: three minutes at most. */
export function run({ argv: [file = '', ...args], env }: Command): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 180_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** What a process printed. */
export async function output(command: Command): Promise<string> {
  const { code, stdout, stderr } = await run(command);
  if (code !== 0)
    throw new Error(`${command.argv.join(' ')} failed (${code}):\n${stdout}${stderr}`);
  return stdout;
}

/** Our environment without what a runner, npm or Node means for this very process. */
export function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(INPUT|GITHUB|RUNNER|NODE|npm)_/.test(name),
  );
  return Object.fromEntries(kept);
}

/** The ports that a picker printed; none if it failed. */
export function portsIn(stdout: string): number[] {
  const [, list = '[]'] = /^ports=(.*)$/m.exec(stdout) ?? [];
  return JSON.parse(list);
}

/** How many of the numbers are there more than once. */
export function repeated(ports: readonly number[]): number {
  return ports.length - new Set(ports).size;
}

/** The Python that `python3` starts, which may be a wrapper; undefined if there is none. */
export function python(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)']);
  return status === 0 ? `${stdout}`.trim() : undefined;
}

/** What is missing to make a namespace of each kind with `unshare`; undefined if nothing is. */
export function missingForNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'Linux';
  if (process.getuid?.() !== 0) return 'root';
  const tools = ['unshare', 'nsenter', 'setpriv', 'ip', 'mount', 'python3'];
  const missing = tools.find((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing !== undefined) return missing;
  // A container's root may lack the right to.
  return spawnSync('unshare', ['-n', '-m', 'true']).status === 0 ? undefined : 'CAP_SYS_ADMIN';
}

let mountPoint: string | undefined;

/** Runs a script on a machine of its own: namespaces, with a network and a /tmp that has only `node` and `index.js` in it. */
export function onMachine(script: string, inputs: Parameters<typeof step>[0]): Promise<string> {
  mountPoint ??= temporaryDirectory();
  const directory = mountPoint;
  const prepared = `set -e
    ip link set lo up
    mount -t tmpfs -o size=1G,nr_inodes=500k,mode=1777 tmpfs ${directory}
    cp ${dirname(action)}/* ${directory}
    touch ${directory}/node
    mount --bind ${node} ${directory}/node
    mount --move ${directory} /tmp
    chmod 755 /tmp/node
    step() { env "$@" /tmp/node /tmp/index.js; }
    as() { user=$1; shift; setpriv --reuid=$user --clear-groups env "$@" /tmp/node /tmp/index.js; }
    set +e
    ${script}`;
  const flags = ['--net', '--mount', '--pid', '--fork', '--mount-proc'];
  return output({ argv: ['unshare', ...flags, 'bash', '-c', prepared], env: step(inputs).env });
}

/** Installs the peers, once. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(here, 'node_modules'))) return;
  const argv = ['npm', 'ci', '--prefix', here, '--no-audit', '--no-fund'];
  // With all of our environment: npm may need it to reach its registry.
  await output({ argv, env: process.env });
}

/** A directory of our own that is gone when the bench ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Otherwise an interrupted bench would leave it behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  return directory;
}

/** Prints a Markdown table: texts to the left, all else to the right. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rules = head.map((_, i) => (i === 0 ? '---' : '---:'));
  console.log([`\n## ${title}\n`, line(head), line(rules), ...rows.map(line)].join('\n'));
}

/** Says what of the promises was not kept, and fails the bench if anything was not. */
export function conclude(broken: readonly string[]): void {
  console.log(broken.length === 0 ? '\nEvery promise is kept.' : `\nBroken: ${broken.join('; ')}.`);
  if (broken.length > 0) process.exitCode = 1;
}
