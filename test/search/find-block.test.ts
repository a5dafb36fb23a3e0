import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Request } from '../../src/request.ts';
import { findBlock } from '../../src/search/find-block.ts';
import {
  freshLeases,
  listen,
  type OwnRange,
  oneRound,
  ownRange,
  ports,
  span,
  spyOn,
  temporaryDirectory,
} from '../support.ts';
import { ContestedLeases, searchWith } from './support.ts';

const block = (given: Partial<Request>, leases?: ContestedLeases) =>
  ports({ contiguous: true, ...given }, leases);

/** Searches a range from its start. */
function search(
  length: number,
  { first, last }: OwnRange,
  leases = freshLeases(),
  pace = oneRound,
) {
  const { reservations, patience } = searchWith(leases, { pace });
  return findBlock(length, [{ first, last }], reservations, patience);
}

test('a block has consecutive ports in ascending order', async () => {
  const found = await block({ count: 65 });
  const [first = 0] = found;
  expect(found).toEqual([...span(first, first + 64)]);
});

test('the only free block is found', async () => {
  const range = await ownRange(12);
  await listen('127.0.0.1', range.first + 3);
  await listen('127.0.0.1', range.first + 9);
  const found = await block({ count: 5, range: range.ports });
  expect(found).toEqual([...span(range.first + 4, range.first + 8)]);
});

test('a block is found between ports that others have leased', async () => {
  const range = await ownRange(40);
  const root = temporaryDirectory();
  freshLeases(root).write([range.first + 7, range.first + 20]);
  // 12 ports are between the two, and 19 after the second.
  const given = { count: 19, range: range.ports, contiguous: true };
  expect(await ports(given, freshLeases(root))).toEqual([...span(range.first + 21, range.last)]);
});

test('the ports of a block that is not free are left to others', async () => {
  const { first, last } = await ownRange(75);
  await listen('127.0.0.1', first + 2);
  const leases = new ContestedLeases();
  const found = await block({ count: 35, prefer: [first], range: span(first + 40, last) }, leases);
  expect(found).toEqual([...span(first + 40, last)]);
  expect(leases.seenByOthers()).toEqual(found);
});

test('a search that finds no free block claims nothing and leaves no record', async () => {
  const range = await ownRange(62);
  await listen('127.0.0.1', range.last - 1);
  const leases = new ContestedLeases();
  leases.beforeWrite = () => expect.fail('It claims.');
  await expect(block({ count: 61, range: range.ports }, leases)).rejects.toThrow(
    `Needed 61 ports in a row, found at most 60 in ${range.first}-${range.last}: 1 in use`,
  );
  expect(readdirSync(leases.rivalDirectory)).toEqual([]);
});

test('a block is tried in batches, from its end', async () => {
  const { first, last, ports: range } = await ownRange(70);
  const { reservations, patience } = searchWith();
  const reserve = spyOn(reservations, 'reserve');
  await findBlock(70, [{ first, last }], reservations, patience);
  const batches = reserve.mock.calls.map(([batch]) => batch);
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(reservations.batchSize);
  expect(batches.toReversed().flat()).toEqual([...range]);
});

test('a search among many blocks that others claim leaves no record', async () => {
  const range = await ownRange(600);
  const leases = new ContestedLeases();
  // The step sees this claim only when it claims ports itself.
  leases.beforeLook = () => leases.rivalClaims([...range.ports].filter((port) => port % 2 === 0));
  expect(await search(30, range, leases)).toEqual([]);
  expect(readdirSync(leases.rivalDirectory)).toEqual(['1-rival']);
});

test('a block with a port of another step is not probed', async () => {
  const range = await ownRange(7);
  const leases = new ContestedLeases();
  leases.rivalClaims([range.first + 2]);
  leases.lookAfresh();
  leases.beforeLook = () => leases.rivalLeaves();
  expect(await search(4, range, leases)).toEqual([...span(range.first + 3, range.last)]);
});

test('a search for a block may exceed the timeout while it makes progress', async () => {
  const range = await ownRange(120);
  await listen('127.0.0.1', range.first + 1);
  let now = 0;
  const leases = new ContestedLeases();
  // Three batches of the first block take longer than the timeout. Each is progress.
  leases.beforeWrite = () => {
    now += 0.6 * oneRound.timeout;
  };
  const found = await search(100, range, leases, { ...oneRound, now: () => now });
  expect(found).toEqual([...span(range.first + 2, range.first + 101)]);
});

test('a block starts at the first preferred port that is possible', async () => {
  const { first, last } = await ownRange(11);
  await listen('127.0.0.1', first + 1);
  const prefer = [65_535, first, first + 4, first + 2];
  const given = { count: 3, prefer, range: span(first + 7, last) };
  expect(await block(given)).toEqual([first + 4, first + 5, first + 6]);
  const [start] = await block({ ...given, exclude: span(first + 4) });
  expect(start).toBeGreaterThanOrEqual(first + 7);
});
