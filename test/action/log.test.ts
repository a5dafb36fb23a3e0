import { EOL } from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { debugLog, log, reportFailure, warn } from '../../src/action/log.ts';

let stdout: string;
let stderr: string;

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += chunk;
    return true;
  });
  // Vitest has a console of its own, which does not write to process.stderr.
  vi.spyOn(console, 'error').mockImplementation((line) => {
    stderr += `${line}\n`;
  });
  vi.stubEnv('GITHUB_OUTPUT', 'a file');
  vi.stubEnv('RUNNER_DEBUG', undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

const lines = (text: string) => text.trimEnd().split(/\r?\n/);

describe('on a runner', () => {
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

  test('a failure that quotes a long input still says at its end what is accepted', () => {
    reportFailure(new Error(`Input "range": "${'x'.repeat(100_000)}" is not a list of ports`));
    expect(stdout).toMatch(/^::error::Input "range": "x+ … x+" is not a list of ports\r?\n$/);
    expect(stdout.length).toBeLessThan(4096);
    stdout = '';
    reportFailure(new Error('x'.repeat(4000)));
    expect(stdout.trimEnd()).toBe(`::error::${'x'.repeat(4000)}`);
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

test('away from a runner all of it goes to stderr, in plain words', () => {
  vi.stubEnv('GITHUB_OUTPUT', '');
  vi.stubEnv('RUNNER_DEBUG', '1');
  log(['8080 is in use; took 8081 instead']);
  warn('Mind\nthis.');
  debugLog()?.('A detail.');
  reportFailure('It broke.');
  expect(lines(stderr)).toEqual([
    '8080 is in use; took 8081 instead',
    'Warning: Mind this.',
    'A detail.',
    'Error: It broke.',
    "'It broke.'",
  ]);
  expect(stdout).toBe('');
  expect(process.exitCode).toBe(1);
});
