// Runs a script with the Node that the lock file pins, whatever Node the machine has.
// usage: node scripts/node.mjs SCRIPT [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const isWindows = process.platform === 'win32';
const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
const pinned = join(root, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');

// Some systems have no such package, and on others (musl) it does not start.
const starts = spawnSync(pinned, ['--version']).status === 0;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (!starts && (major < 22 || (major === 22 && minor < 18))) {
  const version = readFileSync(join(root, '.node-version'), 'utf8').trim();
  console.error(
    `Install Node ${version}: this is ${process.version}, and 22.18 is the oldest that works.`,
  );
  process.exit(1);
}

// The processes that the script starts find the same Node.
if (starts) process.env.PATH = `${dirname(pinned)}${delimiter}${process.env.PATH}`;
const child = spawn(starts ? pinned : process.execPath, process.argv.slice(2), {
  stdio: 'inherit',
});
// A terminal sends SIGINT to the child, too. This process ends after it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill());
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
