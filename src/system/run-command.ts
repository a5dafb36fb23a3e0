/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/**
 * Runs a program and returns what it printed.
 *
 * @param timeout milliseconds; then the program is killed
 * @throws Error if it fails or does not end in time
 */
export function runCommand([file, ...args]: Command, timeout: number): Promise<string> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (error.killed) reject(new Error(`no answer within ${timeout / 1000} s`));
      else reject(error);
    });
  });
}
