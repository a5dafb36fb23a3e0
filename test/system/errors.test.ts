import { expect, test } from 'vitest';
import { codeOf, explainError, isOutOfFiles } from '../../src/system/errors.ts';
import { onLinux, systemError } from '../support.ts';

test.each([
  ['EMFILE', 'This process has no file descriptors left: raise the limit (ulimit -n) (EMFILE)'],
  ['ENFILE', 'This machine has no file descriptors left'],
])('%s gets a helpful message and keeps its code', (code, words) => {
  const cause = systemError(code);
  const error = explainError(cause);
  expect(error).toMatchObject({ message: expect.stringContaining(words), cause });
  expect(isOutOfFiles(error)).toBe(true);
});

onLinux.test('an error that libuv has no name for is named and put into words', () => {
  // As Node has it for a write beyond a disk quota.
  const raw = 'Unknown system error -122';
  const cause = Object.assign(new Error(`${raw}: ${raw}, write`), {
    errno: -122,
    code: raw,
    syscall: 'write',
  });
  expect(codeOf(cause)).toBe('EDQUOT');
  expect(explainError(cause)).toMatchObject({
    message: 'EDQUOT: disk quota exceeded, write',
    cause,
  });
});

onLinux.test('the code of an error that libuv has no name for replaces its number', () => {
  for (const [errno, code] of [
    [-122, 'EDQUOT'],
    [-99_999, 'Unknown system error -99999'],
  ] as const) {
    const raw = `Unknown system error ${errno}`;
    const cause = Object.assign(new Error(`${raw} (${raw})`), { errno, code: raw });
    expect(explainError(cause)).toMatchObject({ message: `${code} (${code})`, code, cause });
  }
});

test('every other error stays as it is', () => {
  for (const error of [systemError('EADDRINUSE'), undefined, 'text'])
    expect(explainError(error)).toBe(error);
});
