import { Server } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { SocketType } from '../../src/request.ts';
import { Reservations } from '../../src/search/reservations.ts';
import { ownAddresses } from '../../src/system/probe.ts';
import { bindUdp, listen, ownRange } from '../support.ts';
import { ContestedLeases } from './support.ts';

async function setUp() {
  const range = await ownRange(3);
  const leases = new ContestedLeases();
  const details: string[] = [];
  const reservations = new Reservations(leases, ownAddresses(process.platform, []), (detail) =>
    details.push(detail),
  );
  const request = (offset: number, type: SocketType = 'stream') => ({
    port: range.first + offset,
    type,
  });
  return { ...range, leases, details, reservations, request };
}

test('numbers that nobody has are claimed, and the others are refused', async () => {
  const { first, leases, reservations, request } = await setUp();
  await listen('127.0.0.1', first + 1);
  const requests = [0, 1, 2].map((offset) => request(offset));
  await reservations.reserve(requests);
  expect(requests.map((one) => reservations.refusalOf(one))).toEqual([
    undefined,
    'in use',
    undefined,
  ]);
  expect(leases.seenByOthers(requests.map(({ port }) => port))).toEqual([first, first + 2]);
});

test('numbers are held while they are claimed, and not any longer', async () => {
  const { leases, reservations, request } = await setUp();
  const [listen, close] = [
    vi.spyOn(Server.prototype, 'listen'),
    vi.spyOn(Server.prototype, 'close'),
  ];
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const open = () => listen.mock.calls.length - close.mock.calls.length;
  let held = 0;
  leases.beforeClaim = () => {
    held = open();
  };
  await reservations.reserve([request(0), request(1)]);
  expect(held).toBeGreaterThanOrEqual(2);
  expect(open()).toBe(0);
});

test('no leases are looked at where all numbers are in use', async () => {
  const { first, leases, reservations, request } = await setUp();
  await listen('127.0.0.1', first);
  leases.beforeClaim = () => expect.fail('It claims.');
  await reservations.reserve([request(0)]);
  expect(reservations.refusalOf(request(0))).toBe('in use');
});

test('nothing is claimed or held where one number cannot be tried', async () => {
  const { first, leases, reservations, request } = await setUp();
  const requests = [request(0), { port: 70_000, type: 'stream' as const }, request(1)];
  await expect(reservations.reserve(requests)).rejects.toThrow('Port 70000 cannot be tried');
  expect(leases.claimed).toEqual([]);
  await listen('127.0.0.1', first);
  await listen('127.0.0.1', first + 1);
});

test('a number is refused for one type, and not for the others', async () => {
  const { first, reservations, request } = await setUp();
  await bindUdp('127.0.0.1', first);
  await reservations.reserve([request(0), request(1)]);
  for (const type of ['dgram', 'both'] as const) {
    await reservations.tryFor(request(0, type));
    await reservations.tryFor(request(1, type));
    expect(reservations.refusalOf(request(0, type))).toBe('in use');
    expect(reservations.refusalOf(request(1, type))).toBeUndefined();
  }
  expect(reservations.refusalOf(request(0))).toBeUndefined();
  // It is not held any more.
  await bindUdp('127.0.0.1', first + 1);
});

test('what was refused is tried again when the search starts again, unless it is leased', async () => {
  const { first, leases, reservations, request } = await setUp();
  await bindUdp('127.0.0.1', first);
  leases.rivalClaims([first + 1]);
  reservations.startAgain();
  const types = ['dgram', 'both'] as const;
  for (const type of types) {
    await reservations.reserve([request(0, type)]);
    expect(reservations.refusalOf(request(0, type))).toBe('in use');
  }
  reservations.startAgain();
  for (const type of types) expect(reservations.refusalOf(request(0, type))).toBeUndefined();
  expect(reservations.refusalOf(request(1))).toEqual({ leasedTo: 'a rival' });
});

test('the debug log tells of each refusal once', async () => {
  const { first, leases, details, reservations, request } = await setUp();
  await listen('127.0.0.1', first);
  const requests = [request(0), request(1), request(2)];
  await reservations.reserve(requests);
  leases.rivalClaims([first + 1]);
  reservations.confirm(requests);
  reservations.confirm(requests);
  expect(details).toEqual([
    `Port ${first} (stream) is in use.`,
    `Port ${first + 1} (stream) is leased to a rival.`,
  ]);
});
