/**
 * Runs a command as GitHub's runner runs a step's shell: on pipes, and without killing the processes that it leaves
 * running. Fails if one of them keeps a pipe open for five seconds after the command has ended: a runner waits that
 * long.
 *
 *     node on-pipes.ts bash -e script
 */
import { spawn } from 'node:child_process';

const [program = '', ...args] = process.argv.slice(2);
const command = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
command.stdout.pipe(process.stdout);
command.stderr.pipe(process.stderr);
command.once('exit', () => {
  const timer = setTimeout(() => {
    console.error('A process that this step started keeps the output of the step open.');
    process.exit(1);
  }, 5000);
  command.once('close', (code) => {
    clearTimeout(timer);
    process.exitCode = code ?? 1;
  });
});
