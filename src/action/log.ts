import { inspect } from 'node:util';
import { debug, info, isDebug, setFailed, warning } from '@actions/core';

/** Writes lines to the log. */
export function log(lines: readonly string[]): void {
  // A runner takes `##[` anywhere in a line for the start of a command, and lines can contain other users' text.
  info(lines.map((line) => oneLine(line).replaceAll('##[', '## [')).join('\n'));
}

/** Writes a warning, on one line. */
export function warn(message: string): void {
  warning(oneLine(message));
}

/** Returns a function that writes to the debug log; undefined if debug logging is off, so callers can save the work. */
export function debugLog(): ((detail: string) => void) | undefined {
  return isDebug() ? debug : undefined;
}

/** Fails the step with one message. The stack and all causes go to the debug log. */
export function reportFailure(error: unknown): void {
  setFailed(error instanceof Error ? error.message : String(error));
  debugLog()?.(inspect(error));
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]\s*/g, ' ');
}
