import { describe, expect, test } from 'vitest';
import { numbers, type PortRange } from '../../src/ports/port-set.ts';
import type { Request, SocketType } from '../../src/request.ts';
import { ownRange, ports, stream } from '../support.ts';
import { ContestedLeases } from './support.ts';

/** More than are tried at a time. */
const count = 35;
const mixed = Array.from(
  { length: count },
  (_, i): SocketType => (i % 3 === 0 ? 'stream' : i % 3 === 1 ? 'dgram' : 'both'),
);

/** Each way to search, with numbers to spare. */
const ways: [string, (range: PortRange) => Partial<Request>][] = [
  ['single numbers', (range) => ({ types: stream(count), range: [range] })],
  ['types of their own', (range) => ({ types: mixed, range: [range] })],
  ['a block', (range) => ({ types: stream(count), range: [range], contiguous: true })],
  ['a block of several types', (range) => ({ types: mixed, range: [range], contiguous: true })],
  ['numbers that the OS chooses', () => ({ types: stream(count), range: 'ephemeral' })],
  [
    'numbers that the OS chooses beside preferred ones',
    ({ first }) => ({ types: stream(count), range: 'ephemeral', prefer: [first, first + 1] }),
  ],
];

describe.each(ways)('a step that looks for %s', (_, given) => {
  test('gives way to another that claims some of them before the last look', async () => {
    const range = await ownRange(4 * count);
    const leases = new ContestedLeases();
    let lost: number[] = [];
    leases.beforeLook = () => {
      const { claimed } = leases;
      if (lost.length > 0 || claimed.length < count) return;
      lost = [claimed[0] as number, claimed.at(-1) as number, Math.max(...claimed)];
      leases.rivalClaims(lost);
    };
    const found = await ports(given(range), leases);
    expect(lost).toHaveLength(3);
    expect(found.filter((port) => lost.includes(port))).toEqual([]);
    leases.rivalLeaves();
    const all = [...leases.claimed, ...found, ...numbers([range])];
    expect(leases.seenByOthers([...new Set(all)]).toSorted()).toEqual(found.toSorted());
  });

  test('has claimed what it gets, whatever another gives back meanwhile', async () => {
    const range = await ownRange(4 * count);
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
