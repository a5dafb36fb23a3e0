import { constants } from 'node:os';

/** The code of a system error, such as EADDRINUSE; undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException;
  if (!isUnnamed(code)) return code;
  const names = Object.entries(constants.errno);
  return names.find(([, number]) => number === -(errno ?? 0))?.[0] ?? code;
}

/** Whether libuv has no name for an error: `Unknown system error -122` is EDQUOT on Linux. */
function isUnnamed(code: unknown): code is string {
  return String(code).startsWith('Unknown system error');
}

/** Whether this process or the machine has no file descriptor left. The error says nothing about the port or file. */
export function isOutOfFiles(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Explains an error in words, if it has only a code or a number. Returns any other error as it is. */
export function explainError(error: unknown): unknown {
  const code = codeOf(error);
  const { code: given, message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const words = isUnnamed(given)
    ? message
        .replace(`${given}: ${given}`, `${code}: ${unnamed[`${code}`] ?? code}`)
        .replaceAll(given, `${code}`)
    : descriptorsLeft[`${code}`];
  return words === undefined ? error : Object.assign(new Error(words, { cause: error }), { code });
}

/** What errors mean that libuv has no name for. */
const unnamed: Record<string, string> = { EDQUOT: 'disk quota exceeded' };

const descriptorsLeft: Record<string, string> = {
  EMFILE: 'This process has no file descriptors left: raise the limit (ulimit -n) (EMFILE)',
  ENFILE:
    'This machine has no file descriptors left: close programs that hold many, or raise its limit (ENFILE)',
};
