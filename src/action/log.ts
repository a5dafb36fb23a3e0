import { inspect } from 'node:util';
import { debug, info, isDebug, setFailed, warning } from '@actions/core';

/** GitHub cuts a longer message off at its end, where it says what is accepted. */
const longestMessage = 4000;

/** Whether a runner takes the outputs. Elsewhere they are printed, and so the log goes to stderr. */
export function onRunner(): boolean {
  return Boolean(process.env.GITHUB_OUTPUT);
}

/** Writes lines to the log. */
export function log(lines: readonly string[]): void {
  // A runner takes `##[` for the start of a command, anywhere in a line. Text of other users can be in it.
  const text = lines.map((line) => oneLine(line).replaceAll('##[', '## [')).join('\n');
  if (onRunner()) info(text);
  else console.error(text);
}

/** Writes a warning, on one line. */
export function warn(message: string): void {
  if (onRunner()) warning(oneLine(message));
  else console.error(`Warning: ${oneLine(message)}`);
}

/** What writes details to the debug log; undefined where nobody reads them, so that none need be put into words. */
export function debugLog(): ((detail: string) => void) | undefined {
  if (!isDebug()) return undefined;
  return onRunner() ? debug : console.error;
}

/** Fails the step with one message; what else is known of the error goes to the debug log. */
export function reportFailure(error: unknown): void {
  const message = withoutMiddle(error instanceof Error ? error.message : String(error));
  if (onRunner()) {
    setFailed(message);
  } else {
    process.exitCode = 1;
    console.error(`Error: ${message}`);
  }
  // It has the stack and all causes.
  debugLog()?.(inspect(error));
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]\s*/g, ' ');
}

/** Shortens what quotes a long input: the start says which one, and the end what is accepted. */
function withoutMiddle(text: string): string {
  if (text.length <= longestMessage) return text;
  return `${text.slice(0, longestMessage / 2)} … ${text.slice(-longestMessage / 2)}`;
}
