import { beforeEach, describe, expect, test } from 'vitest';
import type { Request } from '../../src/request.ts';
import { setOwners } from '../leases/support.ts';
import {
  ascending,
  bothTransports,
  hasAllUsers,
  needs,
  type OwnRange,
  ownRange,
  ports,
  span,
} from '../support.ts';
import { ContestedLeases } from './support.ts';

const anotherUser = 4711;
const withAllUsers = needs({ 'all user ids': hasAllUsers });

beforeEach(() => {
  // Only root can make a directory for another user.
  setOwners((path) => (path.endsWith(`-${anotherUser}`) ? anotherUser : undefined));
});

/** More ports than are tried at a time. */
const count = 35;

/** Each way to search, with ports to spare. */
const ways: [string, (range: OwnRange) => Partial<Request>][] = [
  ['single ports', ({ ports }) => ({ count, range: ports })],
  ['ports for TCP and UDP', ({ ports }) => ({ count, range: ports, transports: bothTransports })],
  ['a block', ({ ports }) => ({ count, range: ports, contiguous: true })],
  ['ports that the OS chooses', () => ({ count, range: 'ephemeral' })],
  [
    'ports that the OS chooses beside preferred ones',
    ({ first }) => ({ count, range: 'ephemeral', prefer: [first, first + 1] }),
  ],
];

describe.each(ways)('rivals of a step that looks for %s', (_, given) => {
  test('ports that a rival claims before the last look are given back, again and again', async () => {
    const range = await ownRange(6 * count);
    const leases = new ContestedLeases();
    const lost: number[] = [];
    leases.beforeLook = () => {
      const { claimed } = leases;
      if (lost.length === 4 || claimed.length < count) return;
      lost.push(Math.min(...claimed), Math.max(...claimed));
      leases.rivalClaims(lost);
    };
    const found = await ports(given(range), leases);
    expect(lost).toHaveLength(4);
    expect(found.filter((port) => lost.includes(port))).toEqual([]);
    leases.rivalLeaves();
    expect(leases.seenByOthers()).toEqual(ascending(found));
  });

  test('a step gets only ports that it has claimed, even if a rival gives some back', async () => {
    const range = await ownRange(4 * count);
    const leases = new ContestedLeases();
    let taken: number | undefined;
    leases.beforeWrite = ([first]) => {
      if (taken !== undefined || first === undefined) return;
      taken = first;
      leases.rivalClaims([first]);
    };
    leases.beforeLook = () => leases.rivalLeaves();
    const found = await ports(given(range), leases);
    expect(taken).toBeDefined();
    expect(leases.seenByOthers()).toEqual(ascending(found));
  });

  withAllUsers.test('ports that another user claims during the probe are not claimed', async () => {
    const range = await ownRange(4 * count);
    const leases = new ContestedLeases(anotherUser);
    const lost = [range.first, range.first + 1];
    leases.beforeLook = () => leases.rivalClaims(lost);
    leases.beforeWrite = (written) => {
      expect(written.filter((port) => lost.includes(port))).toEqual([]);
    };
    const found = await ports({ ...given(range), prefer: [...lost, range.last] }, leases);
    expect(found.filter((port) => lost.includes(port))).toEqual([]);
    expect(leases.seenByOthers()).toEqual(ascending(found));
  });
});

test('the OS is asked again if it chooses ports that another step has leased', async () => {
  const leases = new ContestedLeases();
  // Half of the odd ports, which Linux prefers, and half of the even ones: hardly ever are twenty choices all free.
  const isLeased = (port: number) => port % 4 > 1;
  leases.rivalClaims([...span(1, 65_535)].filter(isLeased));
  const found = await ports({ count: 20, transports: ['dgram'], range: 'ephemeral' }, leases);
  expect(found.filter(isLeased)).toEqual([]);
});
