import { expect, test } from 'vitest';
import { inWords, isOutOfFiles } from '../../src/system/errors.ts';

const failure = (code: string) => Object.assign(new Error(`bind ${code}`), { code });

test.each([
  ['EMFILE', 'This process has no file descriptors left: raise the limit (ulimit -n) (EMFILE)'],
  ['ENFILE', 'This machine has no file descriptors left'],
])('%s is said in words, and remains what it is', (code, words) => {
  const cause = failure(code);
  const error = inWords(cause) as Error;
  expect(error.message).toContain(words);
  expect(error.cause).toBe(cause);
  expect(isOutOfFiles(error)).toBe(true);
});

test('every other error stays as it is', () => {
  for (const error of [failure('EADDRINUSE'), undefined, 'text'])
    expect(inWords(error)).toBe(error);
});
