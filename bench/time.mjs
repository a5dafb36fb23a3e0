/**
 * Runs a program and prints how many milliseconds it took: `node time.mjs PROGRAM [ARGUMENT...]`.
 *
 * It is also the parent of the step, so the leases end with it, and no run finds those of the runs before.
 */
import { spawnSync } from 'node:child_process';

const [file, ...args] = process.argv.slice(2);
const start = performance.now();
const { status, stderr } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
const end = performance.now();
if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed (${status}): ${stderr}`);
console.log(end - start);
