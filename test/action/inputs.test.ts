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
  ['absent', {}],
  ['blank', Object.fromEntries(all.map((name) => [name, ' \n']))],
])('a step whose inputs are %s has the defaults', (_, inputs) => {
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
  ])('count: %j asks for %d ports', (count, expected) => {
    expect(read({ count }).request.count).toBe(expected);
  });

  test.each([
    ...['abc', '0', '1001', '-1', '+1', '1.0', '1e2', '0x10', '1_0', '٣', '1 2'],
    '9'.repeat(400),
  ])('count: %j is refused', (count) => {
    expect(() => read({ count })).toThrow(
      `Input "count": "${count}" is not a whole number from 1 to 1000`,
    );
  });

  test('a count that agrees with the names is accepted', () => {
    expect(read({ count: '2', names: 'a b' }).request.count).toBe(2);
  });

  test.each([
    ['2', 'a b c', 'Input "count" is 2 but "names" has 3 names: remove "count"'],
    ['03', 'a', 'Input "count" is 3 but "names" has 1 name: remove "count"'],
  ])('count: %s is refused with the names %j', (count, names, message) => {
    expect(() => read({ count, names })).toThrow(new Error(message));
  });
});

describe('names', () => {
  test('a name without a protocol has the type of the step; each port is free for all protocols of the step', () => {
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

  test('an error about names has the name of the input, and variables with their prefix', () => {
    expect(() => read({ names: 'web, WEB_PORT', 'env-prefix': 'X_' })).toThrow(
      new Error('Input "names": "web" and "WEB_PORT" give the same variable, X_WEB_PORT'),
    );
  });

  test('too many names are an error about the names, not about the count', () => {
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
  ])('family %s can be written as any of %j', (family, names) => {
    for (const name of names) expect(read({ family: name }).request.family).toBe(family);
  });

  test.each([
    [['stream'], ['stream', 'STREAM', 'tcp', 'SOCK_STREAM']],
    [['dgram'], ['dgram', 'UDP', 'sock_dgram']],
    [bothTransports, ['both']],
  ])('type %j can be written as any of %j', (transports, names) => {
    for (const type of names) expect(read({ type }).request.transports).toEqual(transports);
  });

  test.each(['contiguous', 'export-env'])('%s is true or false, in any case', (input) => {
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
  ])('%s: %j is refused, and the error lists the accepted words', (input, value, accepted) => {
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
  ])('host %s without a family has the family %s', (host, family) => {
    expect(read({ host }).request).toMatchObject({ host, family });
  });

  test('a host can be an address of the given family', () => {
    expect(read({ host: '::1', family: 'ipv6' }).request.family).toBe('ipv6');
  });

  test('a host that is a name can have any family', () => {
    expect(read({ host: 'localhost', family: 'both' }).request.family).toBe('both');
  });

  test.each([
    ['127.0.0.1', 'ipv6', 'ipv4'],
    ['::1', 'ipv4', 'ipv6'],
    ['::', 'both', 'ipv6'],
  ])('host %s is refused with family %s', (host, family, version) => {
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
  ])('range %j is read as %j', (range, expected) => {
    expect(`${read({ range }).request.range}`).toBe(expected);
  });

  test('excluded ports may be in any order', () => {
    const { exclude } = read({ exclude: '20005-20010, 20000-20004 9000' }).request;
    expect(`${exclude}`).toBe('9000, 20000-20010');
  });

  test('an unknown word as range is refused, and the error lists what is accepted', () => {
    expect(() => read({ range: 'Any' })).toThrow(
      new Error('Input "range": "Any" is not auto, ephemeral or a list of ports'),
    );
  });

  test.each([
    ['auto, 30000', 'auto'],
    ['20000-20999 AUTO', 'auto'],
    ['30000\nEphemeral', 'ephemeral'],
    ['auto ephemeral', 'auto'],
  ])('range %j is refused: a keyword cannot be combined', (range, keyword) => {
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
  ])('%s: %j is refused, and the error shows the comma', (input, value, message) => {
    expect(() => read({ [input]: value })).toThrow(new Error(`Input "${input}": ${message}`));
  });

  test.each(['range', 'exclude', 'prefer'])('%s: more than 1000 items are refused', (input) => {
    expect(() => read({ [input]: '1 '.repeat(1001) })).toThrow(
      /^Input "[a-z]+": 1001 items, the maximum is 1000/,
    );
  });

  test.each(['range', 'exclude', 'prefer'])('%s: an item beyond 65535 is refused', (input) => {
    expect(() => read({ [input]: '20000, 70000' })).toThrow(
      `Input "${input}": "70000" is not a port from 1 to 65535 or a range of them`,
    );
  });

  test('preferred ports keep their order, without repetitions and excluded ports', () => {
    const { prefer } = read({ prefer: '9000, 8000-8002, 8001', exclude: '8000' }).request;
    expect(prefer).toEqual([9000, 8001, 8002]);
  });

  test('1000 overlapping ranges of preferred ports have each port once', () => {
    const { prefer } = read({ prefer: '1-65535 '.repeat(1000), exclude: '1-65000' }).request;
    expect(prefer).toEqual(Array.from({ length: 535 }, (_, i) => 65001 + i));
  });

  test('a block is refused with range: ephemeral', () => {
    expect(() => read({ range: 'ephemeral', contiguous: 'true' })).toThrow(
      'Input "contiguous": "true" is not possible with "range": ephemeral',
    );
  });
});

describe('env-prefix', () => {
  test.each(['', 'X', '_', 'MY_', 'a1'])('env-prefix: %j is accepted', (prefix) => {
    expect(read({ 'env-prefix': prefix }).naming.envPrefix).toBe(prefix);
  });

  test.each(['1', 'A-', 'A B', 'A=', 'Ä', 'A\nB'])('env-prefix: %j is refused', (prefix) => {
    expect(() => read({ 'env-prefix': prefix })).toThrow(
      new Error(
        `Input "env-prefix": "${prefix}" cannot start a variable name: use a letter or _, then letters, digits and _`,
      ),
    );
  });

  test('an env-prefix of more than 100 characters is refused', () => {
    expect(read({ 'env-prefix': 'P'.repeat(100) }).naming.envPrefix).toHaveLength(100);
    expect(() => read({ 'env-prefix': 'P'.repeat(120_000) })).toThrow(
      new Error('Input "env-prefix" is 120000 characters long, the maximum is 100'),
    );
  });
});

test('any inputs are accepted, or refused with an error that names one of them', () => {
  const words = fc.constantFrom(
    ...['', '1', '5', 'a', 'b/udp', 'tcp', 'both', 'ipv6', '::1', 'x y', 'auto', 'ephemeral'],
    ...['true', 'false', '20000-20010', '7-3', '0', ',', 'a,b', 'PORT', '\n', '١'],
  );
  const inputs = fc.record(
    Object.fromEntries(all.map((name) => [name, fc.oneof(words, fc.string())])),
  );
  fc.assert(
    fc.property(inputs, (given) => {
      // An environment variable cannot contain NUL.
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
