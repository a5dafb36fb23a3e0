import { describe, expect, test } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import { numbers, parsePorts } from '../../src/ports/port-set.ts';
import type { Request, SocketType } from '../../src/request.ts';
import { allocate } from '../../src/search/allocate.ts';
import { noticesOn, warningsOn } from '../../src/search/messages.ts';
import type { Refusals } from '../../src/search/reservations.ts';
import {
  freshLeases,
  listen,
  oneRound,
  ownRange,
  request,
  stream,
  temporaryDirectory,
} from '../support.ts';

describe('a notice', () => {
  async function notices(given: Partial<Request>, root = temporaryDirectory()) {
    const leases = freshLeases(root);
    return (await allocate(request(given), leases, undefined, oneRound)).notices;
  }

  test('tells why a preferred port was not given, and which was instead', async () => {
    const range = await ownRange(2);
    const { first, last } = range;
    await listen('127.0.0.1', first);
    expect(await notices({ prefer: [first, last] })).toEqual([
      `${first} is in use; took ${last} instead`,
    ]);
    const root = temporaryDirectory();
    new Leases('acme/app, run 7, job build', root).claim([first]);
    expect(await notices({ prefer: [first, last] }, root)).toEqual([
      `${first} is leased to acme/app, run 7, job build; took ${last} instead`,
    ]);
  });

  test('tells nothing of preferred ports that were given, or not needed', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', last);
    expect(await notices({ prefer: [first, last] })).toEqual([]);
    expect(await notices({})).toEqual([]);
  });

  test('has one line for each reason', async () => {
    const { first, last } = await ownRange(4);
    await listen('127.0.0.1', first);
    await listen('127.0.0.1', first + 1);
    const root = temporaryDirectory();
    new Leases('somebody', root).claim([first + 2]);
    const prefer = [first, first + 1, first + 2, last];
    expect(await notices({ types: stream(2), prefer }, root)).toEqual([
      `${first}-${first + 1} are in use`,
      `${first + 2} is leased to somebody`,
    ]);
  });

  test('tells which number kept a block from starting where it was preferred', async () => {
    const range = await ownRange(6);
    await listen('127.0.0.1', range.first + 1);
    const given = {
      types: stream(2),
      contiguous: true,
      prefer: [range.first, range.first + 3],
    };
    expect(await notices(given)).toEqual([
      `${range.first + 1} is in use; took ${range.first + 3}-${range.first + 4} instead`,
    ]);
  });
});

describe('notices on preferred ports', () => {
  /** The notices where ports are refused for these types, and 9000 and up were not preferred. */
  const notices = (
    prefer: string,
    ports: readonly number[],
    refused: Partial<Record<SocketType, readonly number[]>>,
    given: Partial<Request> = {},
  ) => {
    const whole = request({
      types: stream(ports.length),
      prefer: [...numbers(parsePorts(prefer))],
      ...given,
    });
    const refusals: Refusals = {
      refusalOf: ({ port, type }) => (refused[type]?.includes(port) ? 'in use' : undefined),
    };
    return noticesOn(ports, whole, refusals);
  };

  test('leave out those behind the last one that was needed', () => {
    expect(notices('8001-8004', [8002], { stream: [8001, 8003, 8004] })).toEqual([
      '8001 is in use; took 8002 instead',
    ]);
    expect(notices('8001-8004', [8003, 8002], { stream: [8001, 8004] })).toEqual([
      '8001 is in use',
    ]);
  });

  test('name all that were refused where there were too few', () => {
    expect(notices('8001-8003', [8002, 9000], { stream: [8001, 8003] })).toEqual([
      '8001, 8003 are in use',
    ]);
    expect(notices('8001', [9000], { stream: [8001] })).toEqual([
      '8001 is in use; took 9000 instead',
    ]);
  });

  test('name none that was not refused', () => {
    expect(notices('8001-8003', [8003], {})).toEqual([]);
  });

  test('name none that was given for one type and refused for another', () => {
    const types: SocketType[] = ['stream', 'dgram'];
    expect(notices('8001', [9000, 8001], { stream: [8001] }, { types })).toEqual([]);
  });

  test('name one that is refused for any of the types', () => {
    const types: SocketType[] = ['dgram', 'stream'];
    expect(notices('8001', [9000, 9001], { stream: [8001] }, { types })).toEqual([
      '8001 is in use',
    ]);
  });

  test('cover the first hundred', () => {
    const all = [...numbers([{ first: 8001, last: 8200 }])];
    expect(notices('8001-8200', [9000], { stream: all })).toEqual([
      '8001-8100 are in use; took 9000 instead',
    ]);
  });

  test('name what was refused of the preferred blocks that were tried before', () => {
    const block = (prefer: string, first: number, refused: number[]) =>
      notices(prefer, [first, first + 1], { stream: refused }, { contiguous: true });
    expect(block('8001 8003', 8003, [8002])).toEqual(['8002 is in use; took 8003-8004 instead']);
    expect(block('8001 8004', 8004, [8001, 8003])).toEqual([
      '8001 is in use; took 8004-8005 instead',
    ]);
    expect(block('8005 8004', 8004, [8006])).toEqual(['8006 is in use; took 8004-8005 instead']);
    expect(block('8004 8001', 8004, [8001])).toEqual([]);
  });
});

test('the debug log tells where leases are, and of each number that is refused', async () => {
  const range = await ownRange(2);
  await listen('127.0.0.1', range.first);
  const root = temporaryDirectory();
  const details: string[] = [];
  const given = request({ prefer: [range.first], range: [range] });
  await allocate(given, freshLeases(root), (detail) => details.push(detail));
  expect(details).toEqual([
    expect.stringMatching(/^Leases are in .*find-unused-port-.*: others have 0 ports\.$/),
    `Port ${range.first} (stream) is in use.`,
  ]);
});

test('the debug log tells the ephemeral range, and where it was read', async () => {
  const details: string[] = [];
  await allocate(request(), freshLeases(), (detail) => details.push(detail));
  expect(details[0]).toMatch(/^The ephemeral range is [\d, -]+ \(.+\)\.$/);
});

test('warnings count right', () => {
  const ephemeral = { ports: [{ first: 32768, last: 60999 }], source: 'test' };
  const warnings = (ports: number[]) =>
    warningsOn(ports, request({ types: stream(ports.length) }), freshLeases(), ephemeral);
  expect(warnings([33000])).toEqual([
    "In this machine's ephemeral range (32768-60999), so that the OS may assign it before the workflow binds it: " +
      'port 33000. Use another, or make that range smaller, as the README says.',
  ]);
  expect(warnings([33001, 33000, 33003])[0]).toContain('port 33000-33001, 33003.');
  expect(warnings([6000, 6665])).toEqual([
    'Browsers refuse to connect to port 6000, 6665 (a "bad port" in the Fetch standard).',
  ]);
});
