import { codeOf } from '../system/errors.ts';

/** On Windows, antivirus programs open new files for a moment, so that nobody else can. */
const codes: readonly (string | undefined)[] = ['EBUSY', 'EPERM', 'EACCES'];

/** Milliseconds that retries may take in the whole step. */
let left = 1000;

/** Does something with a file, on Windows again while another process has it open. */
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
