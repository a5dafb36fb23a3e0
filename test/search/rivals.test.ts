import { describe, expect, test } from 'vitest';
import { numbers } from '../../src/ports/port-set.ts';
import type { Request } from '../../src/request.ts';
import { ownRange, ports, stream } from '../support.ts';
import { ContestedLeases } from './support.ts';

/** Each way to search, with numbers to spare. */
const ways: [string, (range: { first: number; last: number }) => Partial<Request>][] = [
  ['single numbers', (range) => ({ types: stream(3), range: [range] })],
  ['types of their own', (range) => ({ types: ['stream', 'dgram', 'both'], range: [range] })],
  ['a block', (range) => ({ types: stream(3), range: [range], contiguous: true })],
  [
    'a block of several types',
    (range) => ({
      types: ['both', 'stream', 'dgram'],
      range: [range],
      contiguous: true,
    }),
  ],
  ['numbers that the OS chooses', () => ({ types: stream(3), range: 'ephemeral' })],
];

describe.each(ways)('a step that looks for %s', (_, given) => {
  test('gives way to another that claims one of them before the last look', async () => {
    const range = await ownRange(12);
    const leases = new ContestedLeases();
    let lost = 0;
    leases.beforeLook = () => {
      if (lost > 0 || leases.claimed.length < 3) return;
      lost = leases.claimed[1] as number;
      leases.rivalClaims([lost]);
    };
    const found = await ports(given(range), leases);
    expect(lost).toBeGreaterThan(0);
    expect(found).not.toContain(lost);
    leases.rivalLeaves();
    const all = [...leases.claimed, ...found, ...numbers([range])];
    expect(leases.seenByOthers([...new Set(all)]).toSorted()).toEqual(found.toSorted());
  });

  test('has claimed what it gets, whatever another gives back meanwhile', async () => {
    const range = await ownRange(12);
    const leases = new ContestedLeases();
    let taken: number | undefined;
    leases.beforeClaim = ([first]) => {
      if (taken !== undefined || first === undefined) return;
      taken = first;
      leases.rivalClaims([first]);
    };
    leases.beforeLook = () => leases.rivalLeaves();
    const found = await ports(given(range), leases);
    expect(taken).toBeDefined();
    expect(leases.seenByOthers(found)).toEqual(found);
  });
});

test('the OS is asked again at once where it chooses a number that another has leased', async () => {
  const leases = new ContestedLeases();
  // Half of all, so that twenty of the OS are hardly ever all free. Linux prefers odd numbers to even ones.
  const isLeased = (port: number) => port % 4 > 1;
  leases.rivalClaims([...numbers([{ first: 1, last: 65_535 }])].filter(isLeased));
  const found = await ports({ types: Array(20).fill('dgram'), range: 'ephemeral' }, leases);
  expect(found.filter(isLeased)).toEqual([]);
  expect(leases.looks).toBe(2);
});
