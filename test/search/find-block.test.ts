import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Leases } from '../../src/leases/leases.ts';
import { numbers, type PortRange } from '../../src/ports/port-set.ts';
import type { Request, SocketType } from '../../src/request.ts';
import { findBlock } from '../../src/search/find-block.ts';
import { defaultPace, Patience } from '../../src/search/pace.ts';
import { Reservations } from '../../src/search/reservations.ts';
import {
  freshLeases,
  listen,
  oneRound,
  ownRange,
  ports,
  stream,
  temporaryDirectory,
} from '../support.ts';
import { watched } from './support.ts';

const block = (given: Partial<Request>, leases?: Leases) =>
  ports({ contiguous: true, ...given }, leases);

test('a block is consecutive numbers in order', async () => {
  const found = await block({ types: stream(25) });
  const [first = 0] = found;
  expect(found).toEqual(Array.from({ length: 25 }, (_, i) => first + i));
});

test('the one block that there is is found', async () => {
  const range = await ownRange(12);
  await listen('127.0.0.1', range.first + 3);
  await listen('127.0.0.1', range.first + 9);
  const found = await block({ types: stream(5), range: [range] });
  expect(found).toEqual([...numbers([{ first: range.first + 4, last: range.first + 8 }])]);
});

test('a block is found between those that others have leased', async () => {
  const range = await ownRange(40);
  const root = temporaryDirectory();
  for (const offset of [7, 20]) {
    const port = range.first + offset;
    await ports({ range: [{ first: port, last: port }] }, freshLeases(root));
  }
  // 12 numbers lie between the two, and 19 behind the second.
  expect(await block({ types: stream(19), range: [range] }, freshLeases(root))).toEqual([
    ...numbers([{ first: range.first + 21, last: range.last }]),
  ]);
});

test('numbers that were passed over are left to others', async () => {
  const range = await ownRange(67);
  const root = temporaryDirectory();
  await listen('127.0.0.1', range.first + 2);
  await block({ types: stream(64), range: [range] }, freshLeases(root));
  const rest = await ports({ types: stream(2), range: [range] }, freshLeases(root));
  expect(rest.toSorted()).toEqual([range.first, range.first + 1]);
});

test('a long search leaves no long record', async () => {
  const range = await ownRange(600);
  const root = temporaryDirectory();
  // Every second number is another step's, but the step learns of it only when it claims.
  const others = freshLeases(root);
  const leases = freshLeases(root);
  leases.look();
  const reservations = new Reservations(leases, []);
  others.claim([...numbers([range])].filter((port) => port % 2 === 0));
  const patience = new Patience(defaultPace);
  await findBlock(stream(30), [range], reservations, patience);
  const [directory = ''] = readdirSync(root);
  expect(readdirSync(join(root, directory))).toHaveLength(1);
});

/** A search for a block in a range, and the batches in which it tries numbers. */
async function search(
  types: readonly SocketType[],
  range: PortRange,
  pace = oneRound,
  leases = freshLeases(),
) {
  const { reservations, patience, batches } = watched(leases, pace);
  const found = await findBlock(types, [range], reservations, patience);
  return { found, batches: batches() };
}

test.each<[SocketType, number]>([
  ['stream', 30],
  ['dgram', 15],
  ['both', 10],
])('%s: numbers are tried in batches of limited size, the last first', async (type, size) => {
  const range = await ownRange(size + 5);
  const all = [...numbers([range])];
  const { batches } = await search(Array(size + 5).fill(type), range);
  expect(batches).toEqual([all.slice(5), all.slice(0, 5)]);
});

test('a block of several types is tried as the one needs it that takes the most sockets', async () => {
  const range = await ownRange(15);
  const { batches } = await search([...stream(14), 'both'], range);
  expect(batches.map(({ length }) => length)).toEqual([10, 5]);
});

test('a block in which another step has a number is not tried', async () => {
  const range = await ownRange(7);
  const leases = freshLeases();
  vi.spyOn(leases, 'ownerOf').mockImplementation((port) =>
    port === range.first + 2 ? 'another step' : undefined,
  );
  const { found, batches } = await search(stream(4), range, oneRound, leases);
  expect(found).toEqual([...numbers([{ first: range.first + 3, last: range.last }])]);
  expect(batches).toEqual([found]);
});

test('a block in which a number is in use is left at once', async () => {
  const range = await ownRange(62);
  await listen('127.0.0.1', range.last - 1);
  const { found, batches } = await search(stream(61), range);
  expect(found).toBeUndefined();
  expect(batches).toEqual([[...numbers([{ first: range.first + 31, last: range.last - 1 }])]]);
});

test('a search that finds one port after the other takes as long as it needs', async () => {
  const range = await ownRange(120);
  await listen('127.0.0.1', range.first + 1);
  let now = 0;
  // The clock moves by this whenever it is read. Without progress the second block would not be tried.
  const pace = { ...oneRound, now: () => (now += 0.6 * oneRound.timeout) };
  const { found } = await search(stream(100), range, pace);
  expect(found).toEqual([...numbers([{ first: range.first + 2, last: range.first + 101 }])]);
});

test('the error says how many there are in a row at most where there are too few', async () => {
  const range = await ownRange(7);
  await listen('127.0.0.1', range.first + 3);
  await expect(block({ types: stream(4), range: [range] })).rejects.toThrow(
    `Needed 4 ports in a row, found at most 3 in ${range.first}-${range.last}: 1 in use.`,
  );
});

test('a block begins at a preferred port if it can', async () => {
  const { first, last } = await ownRange(11);
  await listen('127.0.0.1', first + 1);
  const prefer = [65_535, first, first + 4];
  const range = [{ first: first + 7, last }];
  const given = { types: stream(3), prefer, range };
  expect(await block(given)).toEqual([first + 4, first + 5, first + 6]);
  const exclude = [{ first: first + 5, last: first + 5 }];
  expect((await block({ ...given, exclude }))[0]).toBeGreaterThanOrEqual(first + 7);
});

test('each number of a block has the type of its name', async () => {
  const range = await ownRange(3);
  await listen('127.0.0.1', range.first + 1);
  expect(await block({ types: ['stream', 'dgram', 'stream'], range: [range] })).toEqual([
    ...numbers([range]),
  ]);
});
