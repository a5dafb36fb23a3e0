import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import { ownDirectory } from '../../src/leases/users.ts';
import { parsePortList } from '../../src/ports/parse-ports.ts';
import type { Request } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { describeNotices, describeWarnings } from '../../src/search/messages.ts';
import { record } from '../leases/support.ts';
import {
  freshLeases,
  listen,
  oneRound,
  ownRange,
  request,
  span,
  temporaryDirectory,
} from '../support.ts';

describe('notices of a step', () => {
  async function notices(given: Partial<Request>, root = temporaryDirectory()) {
    const leases = freshLeases(root);
    return (await allocate(request(given), leases, undefined, oneRound)).notices;
  }

  test('a notice has the reason why a preferred port was not given, and the port given instead', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', first);
    expect(await notices({ prefer: [first, last] })).toEqual([
      `${first} is in use; took ${last} instead`,
    ]);
    const root = temporaryDirectory();
    new Leases('acme/app, run 7, job build', root).write([first]);
    expect(await notices({ prefer: [first, last] }, root)).toEqual([
      `${first} is given to another step of this job; took ${last} instead`,
    ]);
  });

  test('a notice names the step of another job that has a preferred port', async () => {
    const { first, last } = await ownRange(2);
    const root = temporaryDirectory();
    freshLeases(root);
    const given = { pid: process.pid, started: undefined, owner: 'acme/app, run 7' };
    writeFileSync(`${ownDirectory(root)}/1-other`, record([first], given));
    expect(await notices({ prefer: [first, last] }, root)).toEqual([
      `${first} is taken by acme/app, run 7; took ${last} instead`,
    ]);
  });

  test('there is no notice if preferred ports were given or not needed', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', last);
    expect(await notices({ prefer: [first, last] })).toEqual([]);
    expect(await notices({})).toEqual([]);
  });

  test('there is one notice for each reason', async () => {
    const { first, last } = await ownRange(4);
    await listen('127.0.0.1', first);
    await listen('127.0.0.1', first + 1);
    const root = temporaryDirectory();
    new Leases('somebody', root).write([first + 2]);
    const prefer = [first, first + 1, first + 2, last];
    expect(await notices({ count: 2, prefer }, root)).toEqual([
      `${first}-${first + 1} are in use`,
      `${first + 2} is given to another step of this job`,
    ]);
  });

  test('a notice names the port that kept a block from starting at a preferred port', async () => {
    const { first } = await ownRange(6);
    await listen('127.0.0.1', first + 1);
    expect(await notices({ count: 2, contiguous: true, prefer: [first, first + 3] })).toEqual([
      `${first + 1} is in use; took ${first + 3}-${first + 4} instead`,
    ]);
  });
});

describe('notices about preferred ports', () => {
  /** The notices if these ports were given, and those are in use. */
  const notices = (
    prefer: string,
    ports: readonly number[],
    inUse: readonly number[],
    contiguous = false,
  ) =>
    describeNotices(
      ports,
      request({ count: ports.length, prefer: parsePortList(prefer), contiguous }),
      { refusalOf: (port) => (inUse.includes(port) ? 'in use' : undefined) },
    );

  test('notices leave out ports after the last one that was needed', () => {
    expect(notices('8001-8004', [8002], [8001, 8003, 8004])).toEqual([
      '8001 is in use; took 8002 instead',
    ]);
    expect(notices('8001-8004', [8003, 8002], [8001, 8004])).toEqual(['8001 is in use']);
  });

  test('notices name all refused ports if there were too few others', () => {
    expect(notices('8001-8003', [8002, 9000], [8001, 8003])).toEqual(['8001, 8003 are in use']);
    expect(notices('8001', [9000], [8001])).toEqual(['8001 is in use; took 9000 instead']);
  });

  test('notices name no port that was not refused', () => {
    expect(notices('8001-8003', [8003], [])).toEqual([]);
  });

  test('notices are about the first hundred preferred ports', () => {
    expect(notices('8001-8200', [9000], [...span(8001, 8200)])).toEqual([
      '8001-8100 are in use; took 9000 instead',
    ]);
  });

  test('notices name the refused ports of preferred blocks that were tried before', () => {
    const block = (prefer: string, first: number, inUse: number[]) =>
      notices(prefer, [first, first + 1], inUse, true);
    expect(block('8001 8003', 8003, [8002])).toEqual(['8002 is in use; took 8003-8004 instead']);
    expect(block('8001 8004', 8004, [8001, 8003])).toEqual([
      '8001 is in use; took 8004-8005 instead',
    ]);
    expect(block('8005 8004', 8004, [8006])).toEqual(['8006 is in use; took 8004-8005 instead']);
    expect(block('8004 8001', 8004, [8001])).toEqual([]);
  });
});

test('the debug log has the directory of the leases, and each refused port', async () => {
  const range = await ownRange(4);
  await listen('127.0.0.1', range.first);
  const root = temporaryDirectory();
  freshLeases(root).write([range.last - 1, range.last]);
  const details: string[] = [];
  const given = request({ prefer: [range.first], range: range.ports });
  await allocate(given, freshLeases(root), (detail) => details.push(detail));
  expect(details.slice(-2)).toEqual([
    expect.stringMatching(/^Leases are in .*find-unused-port-.*: others have 2 ports\.$/),
    `Port ${range.first} is in use.`,
  ]);
});

test('the debug log has the ephemeral range, and where it was read', async () => {
  const details: string[] = [];
  await allocate(request(), freshLeases(), (detail) => details.push(detail));
  expect(details[0]).toMatch(/^The ephemeral range is [\d, -]+ \(.+\)\.$/);
});

test('a warning names the ports that it is about', () => {
  const ephemeral = { ports: span(32768, 60999), source: 'test' };
  const warnings = (ports: number[], given: Partial<Request> = {}) =>
    describeWarnings(ports, request(given), freshLeases(), ephemeral);
  expect(warnings([20000])).toEqual([]);
  const range = "in this machine's ephemeral range (32768-60999): the OS may assign";
  const url =
    'https://github.com/find-unused-port/find-unused-port#make-the-ephemeral-range-smaller';
  expect(warnings([33000])).toEqual([
    `Port 33000 is ${range} it before your server binds it. Make that range smaller: ${url}`,
  ]);
  const assumed = { ...ephemeral, assumed: 'no /proc' };
  const withRange = (port: number) =>
    describeWarnings([port], request({ range: span(port) }), freshLeases(), assumed);
  expect(withRange(20000)).toEqual([]);
  expect(withRange(33000)).toEqual([
    'Could not read the ephemeral range (no /proc). Assumed the default, 32768-60999.',
    expect.stringContaining('Port 33000 is'),
  ]);
  // The user has chosen the port.
  for (const chosen of [{ prefer: [33000] }, { range: span(33000, 33000) }]) {
    expect(warnings([33000], chosen)).toEqual([
      `Port 33000 is ${range} it before your server binds it. Use another, or make that range smaller: ${url}`,
    ]);
  }
  expect(warnings([33001, 33000, 33003])[0]).toContain(
    `Ports 33000-33001, 33003 are ${range} them before your server binds them.`,
  );
  const badPorts =
    'Browsers refuse to connect to port 6000, 6665 (a "bad port" in the Fetch standard).';
  expect(warnings([6665, 6000])).toEqual([badPorts]);
  expect(warnings([6665, 6000], { transports: ['stream', 'dgram'] })).toEqual([badPorts]);
  expect(warnings([6665, 6000], { transports: ['dgram'] })).toEqual([]);
});
