/** The system's name for what went wrong, such as EADDRINUSE; undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Whether this process or the machine has no file descriptor left. It says nothing of what was asked. */
export function isOutOfFiles(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** An error that says in words that file descriptors ran out, where `error` says so by its code; else `error`. */
export function inWords(error: unknown): unknown {
  if (!isOutOfFiles(error)) return error;
  const code = codeOf(error);
  const message =
    code === 'EMFILE'
      ? 'This process has no file descriptors left: raise the limit (ulimit -n)'
      : 'This machine has no file descriptors left: close programs that hold many, or raise its limit';
  return Object.assign(new Error(`${message} (${code})`, { cause: error }), { code });
}
