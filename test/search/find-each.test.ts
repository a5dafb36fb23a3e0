import { expect, test } from 'vitest';
import { candidateSource, findEach } from '../../src/search/find-each.ts';
import {
  ascending,
  bindUdp,
  bothTransports,
  freshLeases,
  listen,
  oneRound,
  ownRange,
  ports,
  temporaryDirectory,
} from '../support.ts';
import { ContestedLeases, searchWith } from './support.ts';

test('a step that asks for TCP and UDP skips a port that is in use for either', async () => {
  const range = await ownRange(5);
  const { first, last } = range;
  await listen('127.0.0.1', first);
  await bindUdp('127.0.0.1', last);
  const given = {
    transports: bothTransports,
    prefer: [last, first, first + 2],
    range: range.ports,
  };
  expect(ascending(await ports({ ...given, count: 3 }))).toEqual([first + 1, first + 2, first + 3]);
  await expect(ports({ ...given, count: 4 })).rejects.toThrow(
    `Needed 4 ports, found 3 in ${first}-${last}: 2 in use`,
  );
});

test('a search that finds too few counts those that it keeps at the last look', async () => {
  const range = await ownRange(4);
  const { first, last } = range;
  await listen('127.0.0.1', first);
  const leases = new ContestedLeases();
  leases.beforeLook = () => {
    if (leases.claimed.length > 0) leases.rivalClaims([last]);
  };
  await expect(ports({ count: 4, range: range.ports }, leases)).rejects.toThrow(
    `Needed 4 ports, found 2 in ${first}-${last}: 1 in use, 1 given to another step of this job`,
  );
});

test('a search that finds too few counts what it lost to a step that has given way since', async () => {
  const range = await ownRange(4);
  const { first, last } = range;
  await listen('127.0.0.1', first);
  const leases = new ContestedLeases();
  let looks = 0;
  leases.beforeLook = () => {
    if (leases.claimed.length === 0) return;
    looks++;
    if (looks === 1) leases.rivalClaims([last]);
    else leases.rivalLeaves();
  };
  const prefer = [first + 1, first + 2, last];
  await expect(ports({ count: 3, prefer, range: range.ports }, leases)).rejects.toThrow(
    `Needed 3 ports, found 2 in ${first}-${last}: 1 in use, 1 given to another step of this job`,
  );
});

test('a port that another step has leased for UDP is not given for TCP', async () => {
  const range = await ownRange(2);
  const root = temporaryDirectory();
  const one = (transport: 'stream' | 'dgram') =>
    ports({ transports: [transport], range: range.ports }, freshLeases(root));
  expect(ascending([...(await one('dgram')), ...(await one('stream'))])).toEqual([...range.ports]);
});

test('a port that another step has leased is not probed', async () => {
  const { first, last, ports: range } = await ownRange(2);
  const leases = new ContestedLeases();
  leases.rivalClaims([first]);
  const { reservations } = searchWith(leases);
  reservations.beginRound();
  leases.rivalLeaves();
  expect(await candidateSource(range, reservations)(2)).toEqual([last]);
});

test('a search for ports may exceed the timeout while it makes progress', async () => {
  const range = await ownRange(120);
  let now = 0;
  // The clock moves by less than the timeout whenever it is read, and by more in all.
  const pace = { ...oneRound, now: () => (now += 0.4 * oneRound.timeout) };
  const { reservations, patience } = searchWith(freshLeases(), { pace });
  const source = candidateSource(range.ports, reservations);
  expect(await findEach(120, source, reservations, patience)).toEqual([...range.ports]);
});

test.each([
  ['TCP', ['stream'], 30],
  ['UDP', ['dgram'], 15],
  ['TCP and UDP', bothTransports, 10],
] as const)(
  'a search for %s holds few ports at a time, so it needs few file descriptors',
  async (_, transports, size) => {
    const range = await ownRange(35);
    const { reservations } = searchWith(freshLeases(), { transports });
    expect(await candidateSource(range.ports, reservations)(35)).toHaveLength(size);
  },
);
