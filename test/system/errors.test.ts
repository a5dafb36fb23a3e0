import { expect, test } from 'vitest';
import { inWords, isOutOfFiles } from '../../src/system/errors.ts';
import { systemError } from '../support.ts';

test.each([
  ['EMFILE', 'This process has no file descriptors left: raise the limit (ulimit -n) (EMFILE)'],
  ['ENFILE', 'This machine has no file descriptors left'],
])('%s gets a helpful message and keeps its code', (code, words) => {
  const cause = systemError(code);
  const error = inWords(cause);
  expect(error).toMatchObject({ message: expect.stringContaining(words), cause });
  expect(isOutOfFiles(error)).toBe(true);
});

test('every other error stays as it is', () => {
  for (const error of [systemError('EADDRINUSE'), undefined, 'text'])
    expect(inWords(error)).toBe(error);
});
