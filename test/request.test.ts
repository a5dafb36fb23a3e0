import { expect, test } from 'vitest';
import { transportsOf } from '../src/request.ts';

test('a socket type stands for one transport or both', () => {
  expect(transportsOf('stream')).toEqual(['stream']);
  expect(transportsOf('dgram')).toEqual(['dgram']);
  expect(transportsOf('both')).toEqual(['stream', 'dgram']);
});
