import { inspect } from 'node:util';
import { debug, info, isDebug, setFailed, warning } from '@actions/core';

/** Writes lines to the log. */
export function log(lines: readonly string[]): void {
  // A runner takes `##[` for the start of a command, anywhere in a line. Text of other users can be in it.
  info(lines.map((line) => oneLine(line).replaceAll('##[', '## [')).join('\n'));
}

/** Writes a warning, on one line. */
export function warn(message: string): void {
  warning(oneLine(message));
}

/** What writes details to the debug log; undefined where nobody reads them, so that none need be put into words. */
export function debugLog(): ((detail: string) => void) | undefined {
  return isDebug() ? debug : undefined;
}

/** Fails the step with one message; what else is known of the error goes to the debug log. */
export function reportFailure(error: unknown): void {
  setFailed(error instanceof Error ? error.message : String(error));
  // It has the stack and all causes.
  debugLog()?.(inspect(error));
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]\s*/g, ' ');
}
