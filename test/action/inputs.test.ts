import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Inputs, readInputs } from '../../src/action/inputs.ts';
import { PortSet } from '../../src/ports/port-set.ts';
import { bothTransports, request, stubInputs } from '../support.ts';

// The real getInput reads the real environment, as on a runner.
function read(inputs: Record<string, string> = {}): Inputs {
  stubInputs(inputs);
  return readInputs();
}

const all = [
  ...['count', 'names', 'family', 'type', 'host', 'range', 'exclude', 'prefer'],
  ...['contiguous', 'export-env', 'env-prefix'],
];

test.each([
  ['are absent', {}],
  ['are blank', Object.fromEntries(all.map((name) => [name, ' \n']))],
])('the defaults hold if inputs %s', (_, inputs) => {
  expect(read(inputs)).toEqual({
    request: request(),
    naming: { names: [], exportEnv: true, envPrefix: '' },
  });
});

describe('count', () => {
  test.each([
    ['1', 1],
    ['1000', 1000],
    [' 20 ', 20],
    ['007', 7],
  ])('%j is %d ports', (count, expected) => {
    expect(read({ count }).request.count).toBe(expected);
  });

  test.each([
    ...['abc', '0', '1001', '-1', '+1', '1.0', '1e2', '0x10', '1_0', '٣', '1 2'],
    '9'.repeat(400),
  ])('%j is refused', (count) => {
    expect(() => read({ count })).toThrow(
      `Input "count": "${count}" is not a whole number from 1 to 1000`,
    );
  });

  test('may agree with names', () => {
    expect(read({ count: '2', names: 'a b' }).request.count).toBe(2);
  });

  test.each([
    ['2', 'a b c', 'Input "count" is 2 but "names" has 3 names: remove "count"'],
    ['03', 'a', 'Input "count" is 3 but "names" has 1 name: remove "count"'],
  ])('%s is refused beside names: %s', (count, names, message) => {
    expect(() => read({ count, names })).toThrow(new Error(message));
  });
});

describe('names', () => {
  test('have the type of the step, or their own, and each port is free for all of these', () => {
    const { request: wish, naming } = read({ names: 'web, dns/both', type: 'udp' });
    expect(naming.names).toEqual([
      { name: 'web', transports: ['dgram'] },
      { name: 'dns', transports: bothTransports },
    ]);
    expect(wish.count).toBe(2);
    expect(wish.transports.toSorted()).toEqual(bothTransports.toSorted());
    expect(read({ names: 'a/tcp b', type: 'tcp' }).request.transports).toEqual(['stream']);
    expect(read({ names: 'a/udp', type: 'both' }).request.transports).toEqual(['dgram']);
  });

  test('are refused by the name of their input, with the prefix of the variables', () => {
    expect(() => read({ names: 'web, WEB_PORT', 'env-prefix': 'X_' })).toThrow(
      new Error('Input "names": "web" and "WEB_PORT" give the same variable, X_WEB_PORT'),
    );
  });

  test('that are too many are not called a wrong count', () => {
    const names = Array.from({ length: 1001 }, (_, i) => `n${i}`).join(' ');
    expect(() => read({ names })).toThrow(
      new Error('Input "names": 1001 names, the maximum is 1000'),
    );
  });
});

describe('keywords', () => {
  test.each([
    ['ipv4', ['ipv4', 'IPv4', 'AF_INET', 'inet', '4']],
    ['ipv6', ['ipv6', 'af_inet6', 'INET6', '6']],
    ['both', ['both', 'Both']],
  ])('family %s has the names %j', (family, names) => {
    for (const name of names) expect(read({ family: name }).request.family).toBe(family);
  });

  test.each([
    [['stream'], ['stream', 'STREAM', 'tcp', 'SOCK_STREAM']],
    [['dgram'], ['dgram', 'UDP', 'sock_dgram']],
    [bothTransports, ['both']],
  ])('type %j has the names %j', (transports, names) => {
    for (const type of names) expect(read({ type }).request.transports).toEqual(transports);
  });

  test.each(['contiguous', 'export-env'])('%s is true or false', (input) => {
    for (const value of ['true', 'false', 'TRUE', 'False']) {
      const { request: wish, naming } = read({ [input]: value });
      const flag = input === 'contiguous' ? wish.contiguous : naming.exportEnv;
      expect(flag).toBe(value.toLowerCase() === 'true');
    }
  });

  test.each([
    ['family', 'ipv5', 'ipv4, af_inet, inet, 4, ipv6, af_inet6, inet6, 6, both'],
    ['family', 'constructor', 'ipv4, af_inet, inet, 4, ipv6, af_inet6, inet6, 6, both'],
    ['family', 'ipv4 af_inet', 'ipv4, af_inet, inet, 4, ipv6, af_inet6, inet6, 6, both'],
    ['type', 'raw', 'stream, tcp, sock_stream, dgram, udp, sock_dgram, both'],
    ['contiguous', 'yes', 'true, false'],
    ['export-env', '1', 'true, false'],
  ])('%s: %j is refused with what is accepted', (input, value, accepted) => {
    expect(() => read({ [input]: value })).toThrow(
      `Input "${input}": "${value}" is not one of ${accepted}`,
    );
  });
});

describe('host', () => {
  test.each([
    ['127.0.0.1', 'ipv4'],
    ['::1', 'ipv6'],
    ['localhost', 'ipv4'],
  ])('%s has the family %s', (host, family) => {
    expect(read({ host }).request).toMatchObject({ host, family });
  });

  test('can be an address of the family that is given', () => {
    expect(read({ host: '::1', family: 'ipv6' }).request.family).toBe('ipv6');
  });

  test('can be a name in any family', () => {
    expect(read({ host: 'localhost', family: 'both' }).request.family).toBe('both');
  });

  test.each([
    ['127.0.0.1', 'ipv6', 'ipv4'],
    ['::1', 'ipv4', 'ipv6'],
    ['::', 'both', 'ipv6'],
  ])('%s is refused with family %s', (host, family, version) => {
    expect(() => read({ host, family })).toThrow(
      `Input "host": "${host}" is an ${version} address, but "family" is ${family}`,
    );
  });
});

describe('range, exclude and prefer', () => {
  test.each([
    ['AUTO', 'auto'],
    ['ephemeral', 'ephemeral'],
    ['20000-20999, 30000', '20000-20999, 30000'],
    ['3 2 1-2', '1-3'],
    ['9000 8500 8000', '8000, 8500, 9000'],
  ])('range %j is %j', (range, expected) => {
    expect(`${read({ range }).request.range}`).toBe(expected);
  });

  test('exclude may be in any order', () => {
    const { exclude } = read({ exclude: '20005-20010, 20000-20004 9000' }).request;
    expect(`${exclude}`).toBe('9000, 20000-20010');
  });

  test('range: a word that is none is refused with what is accepted', () => {
    expect(() => read({ range: 'Any' })).toThrow(
      new Error('Input "range": "Any" is not auto, ephemeral or a list of ports'),
    );
  });

  test.each([
    ['auto, 30000', 'auto'],
    ['20000-20999 AUTO', 'auto'],
    ['30000\nEphemeral', 'ephemeral'],
    ['auto ephemeral', 'auto'],
  ])('range: in %j a keyword does not stand alone', (range, keyword) => {
    expect(() => read({ range })).toThrow(
      new Error(
        `Input "range": "${range}" is not possible: ${keyword} cannot be combined with other items`,
      ),
    );
  });

  test.each([
    ['range', 'auto,', '"auto," ends in a comma'],
    ['range', '30000,', '"30000," ends in a comma'],
    ['exclude', ',30000', '",30000" starts with a comma'],
    ['prefer', '1,,2', '"1,,2" has two commas in a row'],
  ])('%s: %j is refused for its comma', (input, value, message) => {
    expect(() => read({ [input]: value })).toThrow(new Error(`Input "${input}": ${message}`));
  });

  test.each(['range', 'exclude', 'prefer'])('%s: a list of more than 1000 is refused', (input) => {
    expect(() => read({ [input]: '1 '.repeat(1001) })).toThrow(
      /^Input "[a-z]+": 1001 items, the maximum is 1000/,
    );
  });

  test.each(['range', 'exclude', 'prefer'])('%s: an item that is no port is refused', (input) => {
    expect(() => read({ [input]: '20000, 70000' })).toThrow(
      `Input "${input}": "70000" is not a port from 1 to 65535 or a range of them`,
    );
  });

  test('prefer keeps its order, says each number once, and gives way to exclude', () => {
    const { prefer } = read({ prefer: '9000, 8000-8002, 8001', exclude: '8000' }).request;
    expect(prefer).toEqual([9000, 8001, 8002]);
  });

  test('prefer: 1000 overlapping ranges are read as one', () => {
    const { prefer } = read({ prefer: '1-65535 '.repeat(1000), exclude: '1-65000' }).request;
    expect(prefer).toEqual(Array.from({ length: 535 }, (_, i) => 65001 + i));
  });

  test('range: ephemeral has no blocks', () => {
    expect(() => read({ range: 'ephemeral', contiguous: 'true' })).toThrow(
      'Input "contiguous": "true" is not possible with "range": ephemeral',
    );
  });
});

describe('env-prefix', () => {
  test.each(['', 'X', '_', 'MY_', 'a1'])('%j can start a variable name', (prefix) => {
    expect(read({ 'env-prefix': prefix }).naming.envPrefix).toBe(prefix);
  });

  test.each(['1', 'A-', 'A B', 'A=', 'Ä', 'A\nB'])('%j cannot', (prefix) => {
    expect(() => read({ 'env-prefix': prefix })).toThrow(
      new Error(
        `Input "env-prefix": "${prefix}" cannot start a variable name: use a letter or _, then letters, digits and _`,
      ),
    );
  });

  test('takes 100 characters, and says so where there are more', () => {
    expect(read({ 'env-prefix': 'P'.repeat(100) }).naming.envPrefix).toHaveLength(100);
    expect(() => read({ 'env-prefix': 'P'.repeat(120_000) })).toThrow(
      new Error('Input "env-prefix" is 120000 characters long, the maximum is 100'),
    );
  });
});

test('whatever the inputs, they are read or refused by name', () => {
  const words = fc.constantFrom(
    ...['', '1', '5', 'a', 'b/udp', 'tcp', 'both', 'ipv6', '::1', 'x y', 'auto', 'ephemeral'],
    ...['true', 'false', '20000-20010', '7-3', '0', ',', 'a,b', 'PORT', '\n', '١'],
  );
  const inputs = fc.record(
    Object.fromEntries(all.map((name) => [name, fc.oneof(words, fc.string())])),
  );
  fc.assert(
    fc.property(inputs, (given) => {
      // No environment can hold a NUL.
      const clean = Object.entries(given).map(([name, value]) => [
        name,
        value.replaceAll('\0', ''),
      ]);
      let parsed: Inputs;
      try {
        parsed = read(Object.fromEntries(clean));
      } catch (error) {
        expect(`${error}`).toMatch(/^Error: Input "[a-z-]+"(: | is \d+ but)/);
        return;
      }
      const { request: wish, naming } = parsed;
      expect(wish.count).toBeGreaterThanOrEqual(1);
      expect(wish.count).toBeLessThanOrEqual(1000);
      expect([0, wish.count]).toContain(naming.names.length);
      expect(wish.transports.length).toBeGreaterThan(0);
      expect(PortSet.of(wish.prefer).intersection(wish.exclude).size).toBe(0);
    }),
  );
});
