import { codeOf } from '../system/errors.ts';

/** The errors if another process has a file open. On Windows, antivirus programs open new files for a moment. */
const codes: readonly (string | undefined)[] = ['EBUSY', 'EPERM', 'EACCES'];

/** Milliseconds that are left for retries in the whole step. */
let left = 1000;

/** Runs a file operation. On Windows it is repeated while another process has the file open. */
export function retryOnWindows<T>(action: () => T): T {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (process.platform !== 'win32' || !codes.includes(codeOf(error)) || left <= 0) throw error;
      left -= 20;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
