import { spawnSync } from 'node:child_process';
import { needs } from './support.ts';

const script = 'import sys; print(sys.executable, end="")';
const { status, stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
export const hasPython = status === 0;
/** The path of Python itself. Version managers put a script in its place, which takes longer than a step. */
export const python = hasPython ? stdout : 'python3';
export const withPython = needs({ python3: hasPython });
