import { EOL } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { debugLog, log, reportFailure, warn } from '../../src/action/log.ts';
import { captureStdout, stubEnv } from '../support.ts';

let printed: ReturnType<typeof captureStdout>;

beforeEach(() => {
  printed = captureStdout();
  stubEnv('RUNNER_DEBUG', undefined);
});

afterEach(() => {
  process.exitCode = undefined;
});

test('a line of the log stays one line, and starts no command, whatever it contains', () => {
  log([
    '7 (PORT)',
    '8080 is leased to acme\n::error::x; took 7',
    'a ##[set-output name=port]1 and ##[add-mask]2',
  ]);
  expect(printed.lines()).toEqual([
    '7 (PORT)',
    '8080 is leased to acme ::error::x; took 7',
    'a ## [set-output name=port]1 and ## [add-mask]2',
  ]);
});

test('a warning with line breaks is logged on one line', () => {
  warn('netsh says:\r\n\r\n  nothing \n of use.\n');
  expect(printed.text()).toBe(`::warning::netsh says: nothing of use.${EOL}`);
});

test.each([
  [new Error('It broke.'), '::error::It broke.'],
  ['no error at all', '::error::no error at all'],
  [undefined, '::error::undefined'],
  [null, '::error::null'],
])('a step that fails with %s logs one message', (error, expected) => {
  reportFailure(error);
  expect(printed.lines()).toEqual([expected]);
  expect(process.exitCode).toBe(1);
});

test('without debug logging, details are not logged', () => {
  expect(debugLog()).toBeUndefined();
});

describe('debug logging', () => {
  beforeEach(() => {
    stubEnv('RUNNER_DEBUG', '1');
  });

  test('with debug logging, details are logged', () => {
    debugLog()?.('One.');
    debugLog()?.('Another.');
    expect(printed.lines()).toEqual(['::debug::One.', '::debug::Another.']);
  });

  test('with debug logging, a failure has its stack and causes, even if these form a circle', () => {
    const root: { cause?: unknown } = new Error('The root.');
    const error = new Error('It broke.', { cause: new Error('A cause.', { cause: root }) });
    root.cause = error;
    reportFailure(error);
    expect(printed.lines()).toEqual([
      '::error::It broke.',
      expect.stringMatching(/^::debug::.*Error: It broke\.%0A +at .*A cause\..*The root\./),
    ]);
  });
});
