import { describe, expect, test } from 'vitest';
import { contains, subtract } from '../../src/ports/port-set.ts';
import type { Request, SocketType } from '../../src/request.ts';
import { bindEphemeral } from '../../src/search/bind-ephemeral.ts';
import { defaultPace, Patience } from '../../src/search/pace.ts';
import { Reservations } from '../../src/search/reservations.ts';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import {
  freshLeases,
  listen,
  ownRange,
  ports,
  stream,
  temporaryDirectory,
  withIpv6,
  withoutDescriptors,
  withPrlimit,
} from '../support.ts';

const ephemeral = await ephemeralRange(['stream', 'dgram']);
const chosen = (given: Partial<Request>, leases = freshLeases()) =>
  ports({ range: 'ephemeral', ...given }, leases);

test.each(['stream', 'dgram', 'both'] as const)(
  'the OS chooses %s ports, which differ',
  async (type) => {
    const found = await chosen({ types: Array(50).fill(type) });
    expect(new Set(found).size).toBe(50);
    for (const port of found) expect(contains(ephemeral.ports, port)).toBe(true);
  },
);

withIpv6.test('the number is the same in both families', async () => {
  const [port = 0] = await chosen({ family: 'both', types: ['both'] });
  await listen('0.0.0.0', port);
  await listen('::', port, true);
});

test('what is excluded is left out', async () => {
  // All but the lower half, where the OS looks as well.
  const { first = 1, last = 1 } = ephemeral.ports[0] ?? {};
  const half = { first, last: first + Math.floor((last - first) / 2) };
  const exclude = subtract([{ first: 1, last: 65_535 }], [half]);
  for (const port of await chosen({ types: stream(5), exclude })) {
    expect(contains(exclude, port)).toBe(false);
  }
});

test('preferred ports come first', async () => {
  const { first } = await ownRange(1);
  const found = await chosen({ types: stream(3), prefer: [first] });
  expect(found[0]).toBe(first);
  expect(new Set(found).size).toBe(3);
});

test('a preferred port that another step has gives way to one that the OS chooses', async () => {
  const { first } = await ownRange(1);
  const root = temporaryDirectory();
  freshLeases(root).claim([first]);
  const [port] = await chosen({ prefer: [first] }, freshLeases(root));
  expect(port).not.toBe(first);
});

describe('the choice of the OS', () => {
  const choose = (hosts: string[], exclude: Parameters<typeof bindEphemeral>[3] = []) => {
    let looks = 0;
    const pace = { ...defaultPace, now: () => looks++, timeout: 50 };
    return bindEphemeral(
      ['stream'] satisfies SocketType[],
      [undefined],
      hosts,
      exclude,
      new Reservations(freshLeases(), []),
      new Patience(pace),
    );
  };

  test('is asked for again as long as it is refused, until time runs out', async () => {
    expect(await choose(['127.0.0.1'], [{ first: 1, last: 65_535 }])).toEqual([undefined]);
  });

  test('is passed over where it is in use in the other family or for the other type', async () => {
    // What is bound to an address is in the way of itself.
    expect(await choose(['127.0.0.1', '127.0.0.1'])).toEqual([undefined]);
  });

  test('passes on errors that do not speak of numbers', async () => {
    // An address that is kept for documentation (RFC 5737): no machine has it.
    await expect(choose(['192.0.2.1'])).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  withPrlimit.test('takes a file descriptor for each number', async () => {
    await expect(withoutDescriptors(() => choose(['127.0.0.1']))).rejects.toMatchObject({
      code: 'EMFILE',
    });
  });
});

test('steps that ask on different addresses at once get different numbers', async () => {
  const root = temporaryDirectory();
  const other = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
  const found = await Promise.all(
    ['127.0.0.1', other, '127.0.0.1', other].map((host) =>
      chosen({ types: stream(100), host }, freshLeases(root)),
    ),
  );
  expect(new Set(found.flat()).size).toBe(400);
});
