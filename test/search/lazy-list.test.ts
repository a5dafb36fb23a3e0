import { expect, test } from 'vitest';
import { LazyList } from '../../src/search/lazy-list.ts';

/** A list of letters, and those that it has made. */
function letters() {
  const made: string[] = [];
  const list = new LazyList(
    (function* () {
      for (const letter of 'abc') {
        made.push(letter);
        yield letter;
      }
    })(),
  );
  return { list, made };
}

test('an item is made when it is first asked for, and once', () => {
  const { list, made } = letters();
  expect(made).toEqual([]);
  expect([list.at(0), list.at(0), list.at(1), list.at(0)]).toEqual(['a', 'a', 'b', 'a']);
  expect(made).toEqual(['a', 'b']);
});

test('there is nothing behind the last item', () => {
  const { list } = letters();
  expect([...list, ...list].join('')).toBe('abcabc');
  expect([list.at(3), list.at(3), list.at(2)]).toEqual([undefined, undefined, 'c']);
});
