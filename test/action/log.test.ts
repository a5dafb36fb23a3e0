import { EOL } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { debugLog, log, reportFailure, warn } from '../../src/action/log.ts';

let stdout: string;

beforeEach(() => {
  stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += chunk;
    return true;
  });
  vi.stubEnv('RUNNER_DEBUG', undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

const lines = (text: string) => text.trimEnd().split(/\r?\n/);

describe('in the log', () => {
  test('a log line stays one line, and is no command whatever is in it', () => {
    log(['7 (PORT)', '8080 is leased to acme\n::error::x; took 7', 'a ##[set-output name=port]1']);
    expect(lines(stdout)).toEqual([
      '7 (PORT)',
      '8080 is leased to acme ::error::x; took 7',
      'a ## [set-output name=port]1',
    ]);
  });

  test('a warning of several lines is one line', () => {
    warn('netsh says:\r\n\r\n  nothing \n of use.\n');
    expect(stdout).toBe(`::warning::netsh says: nothing of use.${EOL}`);
  });

  test.each([
    [new Error('It broke.'), '::error::It broke.'],
    ['no error at all', '::error::no error at all'],
    [undefined, '::error::undefined'],
    [null, '::error::null'],
  ])('the failure %s has one message', (error, expected) => {
    reportFailure(error);
    expect(stdout.trimEnd()).toBe(expected);
    expect(process.exitCode).toBe(1);
  });

  test('details are not written', () => {
    expect(debugLog()).toBeUndefined();
    reportFailure(new Error('It broke.'));
    expect(lines(stdout)).toEqual(['::error::It broke.']);
  });
});

describe('in debug mode', () => {
  beforeEach(() => {
    vi.stubEnv('RUNNER_DEBUG', '1');
  });

  test('details are written', () => {
    debugLog()?.('One.');
    debugLog()?.('Another.');
    expect(lines(stdout)).toEqual(['::debug::One.', '::debug::Another.']);
  });

  test('a failure tells its stack and its causes, also where they go round in a circle', () => {
    const root: { cause?: unknown } = new Error('The root.');
    const error = new Error('It broke.', { cause: new Error('A cause.', { cause: root }) });
    root.cause = error;
    reportFailure(error);
    const [message, detail, ...more] = lines(stdout);
    expect(message).toBe('::error::It broke.');
    expect(detail).toMatch(/^::debug::.*Error: It broke\.%0A +at .*A cause\..*The root\./);
    expect(more).toEqual([]);
  });
});
