import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Transport } from '../../src/request.ts';
import { record } from '../leases/support.ts';
import { bindUdp, bothTransports, listen, ownRange, spyOn } from '../support.ts';
import { ContestedLeases, searchWith } from './support.ts';

/** Reservations, and three ports that no other step has. */
async function setUp(transports: readonly Transport[] = ['stream']) {
  const { first, ports } = await ownRange(3);
  const leases = new ContestedLeases();
  const details: string[] = [];
  const debug = (detail: string) => {
    details.push(detail);
  };
  const { reservations } = searchWith(leases, { transports, debug });
  return { first, all: [...ports], leases, details, reservations };
}

test('free ports are claimed, and the others are refused', async () => {
  const { first, all, leases, reservations } = await setUp();
  await listen('127.0.0.1', first + 1);
  const free = [first, first + 2];
  expect(await reservations.reserve(all)).toEqual({ reserved: free, refused: [first + 1] });
  expect(all.map((port) => reservations.refusalOf(port))).toEqual([undefined, 'in use', undefined]);
  expect(leases.seenByOthers()).toEqual(free);
});

test('ports are held until they are claimed, and no longer', async () => {
  const { all, leases, reservations } = await setUp();
  const opened = spyOn(Server.prototype, 'listen');
  const closed = spyOn(Server.prototype, 'close');
  const open = () => opened.mock.calls.length - closed.mock.calls.length;
  let held = 0;
  leases.beforeWrite = () => {
    held = open();
  };
  await reservations.reserve(all);
  expect(held).toBeGreaterThanOrEqual(3);
  expect(open()).toBe(0);
});

test('a search through ports in use looks at no records', async () => {
  const { first, leases, reservations } = await setUp();
  await listen('127.0.0.1', first);
  leases.beforeLook = () => expect.fail('It looks.');
  expect(await reservations.reserve([first])).toEqual({ reserved: [], refused: [first] });
});

test('nothing is claimed or held if one port cannot be tested', async () => {
  const { first, leases, reservations } = await setUp();
  await expect(reservations.reserve([first, 70_000, first + 1])).rejects.toThrow(
    'Could not test port 70000 on',
  );
  expect(leases.claimed).toEqual([]);
  await listen('127.0.0.1', first);
  await listen('127.0.0.1', first + 1);
});

test('a port for TCP and UDP is refused if either is in use', async () => {
  const { first, all, reservations } = await setUp(bothTransports);
  await bindUdp('127.0.0.1', first);
  await listen('127.0.0.1', first + 1);
  expect(await reservations.reserve(all)).toEqual({
    reserved: [first + 2],
    refused: [first, first + 1],
  });
});

describe('all ports or none', () => {
  test('if all ports are wanted and one is in use, none is claimed and no record is made', async () => {
    const { first, all, leases, reservations } = await setUp();
    await listen('127.0.0.1', first + 1);
    leases.beforeWrite = () => expect.fail('It claims.');
    expect(await reservations.reserve(all, true)).toEqual({ reserved: [], refused: [first + 1] });
    expect(readdirSync(leases.rivalDirectory)).toEqual([]);
  });

  test('if all ports are wanted and another step has claimed one, none is claimed', async () => {
    const { first, all, leases, reservations } = await setUp();
    leases.beforeLook = () => leases.rivalClaims([first + 1]);
    expect(await reservations.reserve(all, true)).toEqual({ reserved: [], refused: [first + 1] });
    expect(leases.claimed).toEqual([]);
  });

  test('if all ports are wanted and all are free, all are claimed', async () => {
    const { all, leases, reservations } = await setUp();
    expect(await reservations.reserve(all, true)).toEqual({ reserved: all, refused: [] });
    expect(leases.seenByOthers()).toEqual(all);
  });
});

test('a port that another step claims during the probe is not claimed', async () => {
  const { first, all, leases, reservations } = await setUp();
  leases.beforeLook = () => leases.rivalClaims([first]);
  expect(await reservations.reserve(all)).toEqual({
    reserved: [first + 1, first + 2],
    refused: [first],
  });
  expect(leases.claimed).toEqual([first + 1, first + 2]);
});

test('a port that another step claims after the probe is given back', async () => {
  const { first, all, leases, reservations } = await setUp();
  await reservations.reserve(all);
  leases.rivalClaims([first + 1]);
  expect(reservations.confirm(all)).toEqual([first + 1]);
  leases.rivalLeaves();
  expect(leases.seenByOthers()).toEqual([first, first + 2]);
});

test('a new round forgets which ports were in use, but not which are leased', async () => {
  const { first, leases, reservations } = await setUp(['dgram']);
  await bindUdp('127.0.0.1', first);
  leases.rivalClaims([first + 1]);
  await reservations.reserve([first]);
  expect(reservations.refusalOf(first)).toBe('in use');
  reservations.beginRound();
  expect(reservations.refusalOf(first)).toBeUndefined();
  expect(reservations.refusalOf(first + 1)).toEqual({ name: 'a rival', isThisJob: true });
});

test('a new round asks again which jobs live', async () => {
  const { first, leases, reservations } = await setUp();
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()']);
  await once(child, 'spawn');
  const text = record([first], { pid: child.pid, started: undefined });
  writeFileSync(`${leases.rivalDirectory}/1-other`, text);
  reservations.beginRound();
  expect(reservations.refusalOf(first)).toMatchObject({ name: 'somebody' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  reservations.beginRound();
  expect(reservations.refusalOf(first)).toBeUndefined();
});

test('a port that is in use by the server of another step is called taken', async () => {
  const { first, leases, reservations } = await setUp(['dgram']);
  await bindUdp('127.0.0.1', first);
  await reservations.reserve([first]);
  leases.rivalClaims([first]);
  leases.look();
  expect(reservations.refusalOf(first)).toMatchObject({ name: 'a rival' });
});

test('the debug log has each refused port once', async () => {
  const { first, all, leases, details, reservations } = await setUp();
  await listen('127.0.0.1', first);
  const { reserved } = await reservations.reserve(all);
  leases.rivalClaims([first + 1]);
  reservations.confirm(reserved);
  reservations.confirm([first + 2]);
  expect(details).toEqual([
    `Port ${first} is in use.`,
    `Port ${first + 1} is given to another step of this job.`,
  ]);
});
