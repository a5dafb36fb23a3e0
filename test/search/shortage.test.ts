import { describe, expect, test } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import { type PortSet, parsePorts, portSet } from '../../src/ports/port-set.ts';
import type { Request } from '../../src/request.ts';
import { type Refusals, Reservations } from '../../src/search/reservations.ts';
import { impossibility, mayChange, shortage } from '../../src/search/shortage.ts';
import { freshLeases, request, stream, temporaryDirectory } from '../support.ts';

const set = (text: string): PortSet => portSet(parsePorts(text));
const sets = (given: Request) => (typeof given.range === 'object' ? [given.range] : []);

/** Reservations of a machine on which others have leased these. */
function reservations(leased: Record<string, readonly number[]> = {}): Reservations {
  const root = temporaryDirectory();
  for (const [owner, ports] of Object.entries(leased)) new Leases(owner, root).claim(ports);
  const found = new Reservations(freshLeases(root), []);
  found.startAgain();
  return found;
}

function said(given: Partial<Request>, found: number, leased = {}, gaveUpAfter?: number) {
  const whole = request({ types: stream(3), range: set('8080-8089'), ...given });
  return shortage(whole, sets(whole), found, reservations(leased), gaveUpAfter);
}

describe('a shortage', () => {
  test('tells what was needed and found', () => {
    expect(said({}, 2)).toBe('Needed 3 ports, found 2 in 8080-8089.');
    expect(said({ types: stream(1) }, 0)).toBe('Needed 1 port, found none in 8080-8089.');
    expect(said({ range: 'auto' }, 0)).toBe('Needed 3 ports, found none in "range": auto.');
  });

  test('tells who has the numbers: the three with the most by name', () => {
    const leased = { a: [8080], b: [8081, 8082], c: [8083], d: [8084, 8085], e: [8086] };
    expect(said({}, 2, leased)).toBe(
      'Needed 3 ports, found 2 in 8080-8089: 2 leased to b, 2 leased to d, 1 leased to a, 2 leased to others.',
    );
  });

  test('counts preferred numbers, and names the input', () => {
    expect(said({ prefer: [7000, 8080] }, 2, { a: [7000] })).toBe(
      'Needed 3 ports, found 2 in 8080-8089 and "prefer": 1 leased to a.',
    );
    expect(said({ prefer: [8080] }, 2)).toBe('Needed 3 ports, found 2 in 8080-8089.');
    expect(said({ prefer: [8080], range: 'auto' }, 2)).toBe(
      'Needed 3 ports, found 2 in "range": auto and "prefer".',
    );
  });

  test('counts what is excluded', () => {
    const exclude = set('8000-8081');
    expect(said({ exclude }, 2)).toBe('Needed 3 ports, found 2 in 8080-8089: 2 excluded.');
  });

  test('tells how many there are in a row', () => {
    const given = { contiguous: true, types: stream(6) };
    expect(said(given, 0, { a: [8084] })).toBe(
      'Needed 6 ports in a row, found at most 5 in 8080-8089: 1 leased to a.',
    );
    expect(said({ ...given, types: stream(2) }, 0, {}, 10_000)).toBe(
      'Needed 2 ports in a row, found at most 1 in 8080-8089. Gave up after 10 s without another port.',
    );
    expect(said({ ...given, range: set('8084') }, 0, { a: [8084] })).toBe(
      'Needed 6 ports in a row, found none in 8084: 1 leased to a.',
    );
  });

  test('tells that the OS has no others', () => {
    expect(said({ range: 'ephemeral' }, 1)).toBe(
      'Needed 3 ports, found 1 in the ephemeral range: the OS has no others that are neither excluded nor leased.',
    );
  });

  test('tells after how long the search gave up', () => {
    expect(said({}, 2, {}, 10_000)).toBe(
      'Needed 3 ports, found 2 in 8080-8089. Gave up after 10 s without another port.',
    );
  });

  test('cuts a long range short', () => {
    const range = portSet(
      Array.from({ length: 900 }, (_, i) => ({ first: 2 * i + 1, last: 2 * i + 1 })),
    );
    const text = said({ range }, 2);
    expect(text).toMatch(/^Needed 3 ports, found 2 in 1, 3, 5, .* …\.$/);
    expect(text.length).toBeLessThan(250);
  });
});

describe('a request is impossible', () => {
  const why = (given: Partial<Request>) => {
    const whole = request({ types: stream(3), range: set('8080-8082'), ...given });
    return impossibility(whole, sets(whole));
  };

  test('if it wants more ports than there are', () => {
    expect(why({})).toBeUndefined();
    expect(why({ types: stream(4) })).toBe('Needed 4 ports, but there are only 3 in 8080-8082.');
    expect(why({ types: stream(2), range: set('8080') })).toBe(
      'Needed 2 ports, but there is only 1 in 8080.',
    );
    expect(why({ types: stream(4), prefer: [7000] })).toBeUndefined();
    expect(why({ types: stream(4), prefer: [8080] })).toBe(
      'Needed 4 ports, but there are only 3 in 8080-8082.',
    );
  });

  test('if it wants more numbers in a row than there are, or can start at a preferred one', () => {
    const given = { contiguous: true, range: set('8080-8081 8083-8084') };
    expect(why(given)).toBe(
      'Needed 3 ports in a row, but there are only 2 in 8080-8081, 8083-8084.',
    );
    expect(why({ ...given, prefer: [9000] })).toBeUndefined();
    expect(why({ ...given, prefer: [65_533] })).toBeUndefined();
    expect(why({ ...given, prefer: [65_534] })).toContain('there are only 2 in');
    for (const excluded of ['9000', '9001', '9002']) {
      expect(why({ ...given, prefer: [9000], exclude: set(excluded) })).toContain(
        'there are only 2 in',
      );
    }
  });

  test('if all sets together are not enough, and no set is asked for that is not needed', () => {
    let asked = 0;
    const why = (count: number) => {
      asked = 0;
      const some = function* () {
        for (const text of ['8080', '8081', '8082-8083', '8084']) {
          asked++;
          yield set(text);
        }
      };
      return impossibility(request({ types: stream(count), range: 'auto' }), some());
    };
    expect(why(6)).toBe('Needed 6 ports, but there are only 5 in "range": auto.');
    expect(asked).toBe(4);
    expect(why(3)).toBeUndefined();
    expect(asked).toBe(3);
  });

  test('if all is excluded', () => {
    const exclude = set('1-65535');
    const none = [[]];
    expect(impossibility(request({ exclude }), none)).toBe(
      'Needed 1 port, but there is none in "range": auto, without "exclude".',
    );
    expect(impossibility(request({ exclude, range: 'ephemeral' }), none)).toBe(
      'Needed 1 port, but there is none in the ephemeral range, without "exclude".',
    );
  });
});

test('numbers that are leased may be left; waiting for others is in vain', () => {
  const given = request({ types: stream(2), range: set('8080-8081') });
  expect(mayChange(given, sets(given), reservations({ a: [8080, 8081] }))).toBe(true);
});

test('waiting for numbers that are not permitted is in vain', () => {
  const refusals: Refusals = {
    refusalOf: ({ port }) => (port < 1024 ? 'not permitted' : 'in use'),
  };
  const waits = (range: string, count: number) => {
    const given = request({ types: stream(count), range: set(range) });
    return mayChange(given, sets(given), refusals);
  };
  expect(waits('1022-1024', 1)).toBe(true);
  expect(waits('1022-1024', 2)).toBe(false);
  expect(waits('1022-1023', 1)).toBe(false);
});
