import { describe, expect, test } from 'vitest';
import { parsePorts } from '../../src/ports/parse-ports.ts';
import { PortSet } from '../../src/ports/port-set.ts';
import type { Request } from '../../src/request.ts';
import { allCandidates, candidateSets } from '../../src/search/candidates.ts';
import type { Refusals } from '../../src/search/reservations.ts';
import {
  canRetryHelp,
  describeImpossibility,
  describeShortage,
  type SearchResult,
} from '../../src/search/shortage.ts';
import { request, span } from '../support.ts';

const none = PortSet.of([]);

/** A request for three of ten ports, except for what is given, and the ports it could get. */
function wish(given: Partial<Request>) {
  const whole = request({ count: 3, range: parsePorts('8080-8089'), ...given });
  return { whole, candidates: allCandidates(whole, candidateSets(whole, none)) };
}

/** Refusals of ports that others have leased. */
const leasedTo = (ports: Record<number, string>): Refusals => ({
  refusalOf: (port) =>
    ports[port] === undefined ? undefined : { isThisJob: false, name: ports[port] },
});

describe('messages about too few ports', () => {
  function shortage(
    given: Partial<Request>,
    found: number,
    leased: Record<number, string> = {},
    gaveUpAfter?: SearchResult['gaveUpAfter'],
  ) {
    const { whole, candidates } = wish(given);
    return describeShortage(whole, candidates, leasedTo(leased), { found, gaveUpAfter });
  }

  /** The message if only these ports are permitted, and in use. */
  function shortageOf(permitted: PortSet, given: Partial<Request>, bindBan?: string) {
    const { whole, candidates } = wish({ count: 1, ...given });
    const refusals: Refusals = {
      refusalOf: (port) => (permitted.has(port) ? 'in use' : 'not permitted'),
    };
    const result = { found: 0, gaveUpAfter: undefined, bindBan };
    return describeShortage(whole, candidates, refusals, result);
  }

  test('the message has what was needed and what was found', () => {
    expect(shortage({}, 2)).toBe('Needed 3 ports, found 2 in 8080-8089');
    expect(shortage({ count: 1 }, 0)).toBe('Needed 1 port, found none in 8080-8089');
    expect(shortage({ range: 'auto' }, 0)).toBe('Needed 3 ports, found none in "range": auto');
  });

  test('the message names the three owners with the most ports', () => {
    const leased = {
      ...{ 8080: 'a', 8081: 'b', 8082: 'b', 8083: 'c', 8084: 'd', 8085: 'd', 8086: 'e' },
    };
    expect(shortage({}, 2, leased)).toBe(
      'Needed 3 ports, found 2 in 8080-8089: 2 taken by b, 2 taken by d, 1 taken by a, 2 taken by others',
    );
  });

  test('the message counts preferred ports, and names the input if they are outside the range', () => {
    expect(shortage({ prefer: [7000, 8080] }, 2, { 7000: 'a' })).toBe(
      'Needed 3 ports, found 2 in 8080-8089 and "prefer": 1 taken by a',
    );
    expect(shortage({ prefer: [8080] }, 2)).toBe('Needed 3 ports, found 2 in 8080-8089');
    expect(shortage({ prefer: [8080], range: 'auto' }, 2)).toBe(
      'Needed 3 ports, found 2 in "range": auto and "prefer"',
    );
  });

  test('the message counts excluded ports', () => {
    const exclude = parsePorts('8081 8000-8080');
    expect(shortage({ exclude }, 2)).toBe('Needed 3 ports, found 2 in 8080-8089: 2 excluded');
  });

  test('the message has how many ports in a row there may be', () => {
    const given = { contiguous: true, count: 6 };
    expect(shortage(given, 0, { 8084: 'a' })).toBe(
      'Needed 6 ports in a row, found at most 5 in 8080-8089: 1 taken by a',
    );
    expect(shortage({ ...given, count: 2 }, 0, {}, 10_000)).toBe(
      'Needed 2 ports in a row, found at most 1 in 8080-8089. Gave up after 10 s without another port',
    );
    expect(shortage({ ...given, range: parsePorts('8084') }, 0, { 8084: 'a' })).toBe(
      'Needed 6 ports in a row, found none in 8084: 1 taken by a',
    );
  });

  test('the message for range: ephemeral says that the OS gave no other port', () => {
    expect(shortage({ range: 'ephemeral' }, 1)).toBe(
      'Needed 3 ports, found 1 in the ephemeral range: the OS gave no other port that is not excluded or taken',
    );
  });

  test('the message has the time after which the search gave up', () => {
    expect(shortage({}, 2, {}, 10_000)).toBe(
      'Needed 3 ports, found 2 in 8080-8089. Gave up after 10 s without another port',
    );
  });

  test('the message says what a user or a process may not bind', () => {
    const range = span(1023, 1025);
    expect(shortageOf(none, { range })).toBe(
      'Needed 1 port, found none in 1023-1025: 3 that this user may not bind (ports below 1024 need privileges)',
    );
    expect(shortageOf(span(1023), { range })).toBe(
      'Needed 1 port, found none in 1023-1025: 1 in use, 2 that this process may not bind',
    );
  });

  test('the message says that a process may bind no port, if it was refused one', () => {
    const range = span(8080);
    expect(shortageOf(none, { range }, 'EPERM')).toBe(
      'Needed 1 port, found none in 8080: 1 that this process may not bind. ' +
        'This process may bind no port there, nor let the OS choose one (EPERM)',
    );
    expect(shortageOf(none, { range: 'auto' }, 'EPERM')).toMatch(
      /bind\. This process may bind no port, nor let the OS choose one \(EPERM\)$/,
    );
    expect(shortageOf(range, { range }, 'EPERM')).toBe(
      'Needed 1 port, found none in 8080: 1 in use',
    );
  });

  test('the message shortens a range of more than 200 characters', () => {
    const odd = Array.from({ length: 39 }, (_, i) => 101 + 2 * i);
    const range = PortSet.of([...odd, 10_001]);
    expect(`${range}`).toHaveLength(200);
    expect(shortage({ range }, 2)).toBe(`Needed 3 ports, found 2 in ${range}`);
    const text = shortage({ range: PortSet.of([...range, 20_001]) }, 2);
    expect(text).toBe(`Needed 3 ports, found 2 in ${range} …`);
  });
});

describe('impossible requests', () => {
  const why = (given: Partial<Request>) => {
    const { whole, candidates } = wish({ range: parsePorts('8080-8082'), ...given });
    return describeImpossibility(whole, candidates);
  };

  test('a request for more ports than there are is impossible', () => {
    expect(why({})).toBeUndefined();
    expect(why({ count: 4 })).toBe('Needed 4 ports, but there are only 3 in 8080-8082');
    expect(why({ count: 2, range: parsePorts('8080') })).toBe(
      'Needed 2 ports, but there is only 1 in 8080',
    );
    expect(why({ count: 4, prefer: [7000] })).toBeUndefined();
    expect(why({ count: 4, prefer: [8080] })).toBe(
      'Needed 4 ports, but there are only 3 in 8080-8082',
    );
  });

  test('a request for more ports in a row than there are is impossible, also from a preferred one', () => {
    const given = { contiguous: true, range: parsePorts('8080-8081 8083-8084') };
    expect(why(given)).toBe(
      'Needed 3 ports in a row, but there are only 2 in 8080-8081, 8083-8084',
    );
    expect(why({ ...given, prefer: [9000] })).toBeUndefined();
    expect(why({ ...given, prefer: [65_533] })).toBeUndefined();
    expect(why({ ...given, prefer: [65_534] })).toContain('there are only 2 in');
    for (const excluded of ['9000', '9001', '9002']) {
      expect(why({ ...given, prefer: [9000], exclude: parsePorts(excluded) })).toContain(
        '"exclude" leaves only 2 of',
      );
    }
  });

  test('a request is impossible if all ports are excluded', () => {
    const exclude = parsePorts('1-65535');
    for (const [range, place] of [
      ['auto', '"range": auto'],
      ['ephemeral', 'the ephemeral range'],
    ] as const) {
      expect(why({ count: 1, range, exclude })).toBe(
        `Needed 1 port, but "exclude" leaves none of ${place}`,
      );
    }
  });
});

describe('waiting', () => {
  const helps = (count: number, ports: string, refusals: Refusals, contiguous = false) => {
    const { whole, candidates } = wish({ count, range: parsePorts(ports), contiguous });
    return canRetryHelp(whole, candidates, refusals);
  };

  test('waiting helps if ports are leased', () => {
    expect(helps(2, '8080-8081', leasedTo({ 8080: 'a', 8081: 'a' }))).toBe(true);
  });

  test('waiting does not help if too few ports are permitted', () => {
    const refusals: Refusals = {
      refusalOf: (port) => (port < 1024 ? 'not permitted' : 'in use'),
    };
    expect(helps(1, '1022-1024', refusals)).toBe(true);
    expect(helps(2, '1022-1024', refusals)).toBe(false);
    expect(helps(1, '1022-1023', refusals)).toBe(false);
    expect(helps(2, '1022-1025', refusals, true)).toBe(true);
    expect(helps(2, '1022-1024 1026', refusals, true)).toBe(false);
  });
});
