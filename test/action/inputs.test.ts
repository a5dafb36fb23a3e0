import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Inputs, readInputs, variableName } from '../../src/action/inputs.ts';
import { contains } from '../../src/ports/port-set.ts';
import { inputVariables } from '../support.ts';

// The real getInput reads the real environment, as on a runner.
beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('INPUT_')) vi.stubEnv(name, undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function read(inputs: Record<string, string> = {}): Inputs {
  for (const [name, value] of Object.entries(inputVariables(inputs))) vi.stubEnv(name, value);
  return readInputs();
}

const all = [
  ...['count', 'names', 'family', 'type', 'host', 'range', 'exclude', 'prefer'],
  ...['contiguous', 'export-env', 'env-prefix'],
];

test.each([
  ['are absent', {}],
  ['are blank', Object.fromEntries(all.map((name) => [name, ' \n']))],
])('the defaults hold where inputs %s', (_, inputs) => {
  expect(read(inputs)).toEqual({
    request: {
      types: ['stream'],
      family: 'ipv4',
      host: undefined,
      range: 'auto',
      exclude: [],
      prefer: [],
      contiguous: false,
    },
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
    expect(read({ count }).request.types).toEqual(Array(expected).fill('stream'));
  });

  test.each([
    'abc',
    '0',
    '1001',
    '-1',
    '+1',
    '1.0',
    '1e2',
    '0x10',
    '1_0',
    '٣',
    '1 2',
    '9'.repeat(400),
  ])('%j is refused', (count) => {
    expect(() => read({ count })).toThrow(
      `Input "count": "${count}" is not a whole number from 1 to 1000`,
    );
  });

  test('may agree with names, and must', () => {
    expect(read({ count: '2', names: 'a b' }).request.types).toHaveLength(2);
    expect(() => read({ count: '3', names: 'a b' })).toThrow(
      'Input "count": "3" does not agree with the 2 of "names": leave it out',
    );
  });
});

describe('names', () => {
  test('are separated by commas, spaces or new lines, and can have a protocol', () => {
    const { request, naming } = read({ names: 'web, my-db/udp\n_x/both Y2/TCP\n', type: 'dgram' });
    expect(naming.names).toEqual(['web', 'my-db', '_x', 'Y2']);
    expect(request.types).toEqual(['dgram', 'dgram', 'both', 'stream']);
  });

  test.each(['a,,b', ',a', 'a,', ',', '/tcp', '1a', '-a', 'a.b', 'ä', 'a'.repeat(101)])(
    '%j has one that is no name',
    (names) => {
      expect(() => read({ names })).toThrow(
        /^Input "names": "[^"]*" is not a name: it takes a letter/,
      );
    },
  );

  test('have up to 100 characters, whatever they mean elsewhere', () => {
    const names = ['a'.repeat(100), 'constructor', '__proto__', 'toString'];
    expect(read({ names: names.join() }).naming.names).toEqual(names);
  });

  test.each(['web/sctp', 'web/', 'web/tcp/udp', 'web/constructor', 'web/stream'])(
    '%j has no protocol that is known',
    (names) => {
      expect(() => read({ names })).toThrow(
        `Input "names": "${names}" is not name/tcp, name/udp or name/both`,
      );
    },
  );

  test.each(['port', 'ports', 'PORT', 'Ports/udp'])('%j is taken', (names) => {
    expect(() => read({ names })).toThrow(`Input "names": "${names}" is taken`);
  });

  test.each([
    ['a a', 'a', 'a'],
    ['web WEB', 'WEB', 'web'],
    ['my-db my_db/udp', 'my_db/udp', 'my-db'],
  ])('%j clash', (names, second, first) => {
    expect(() => read({ names })).toThrow(
      `Input "names": "${second}" gives the same output or variable as "${first}"`,
    );
  });

  test('are 1000 at most', () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`).join(' ');
    expect(read({ names: names(1000) }).request.types).toHaveLength(1000);
    expect(() => read({ names: names(1001) })).toThrow(
      'Input "count": "1001" is not a whole number from 1 to 1000',
    );
  });

  test('give variables in upper snake case', () => {
    expect(variableName('my-db')).toBe('MY_DB_PORT');
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
    ['stream', ['stream', 'STREAM', 'tcp', 'SOCK_STREAM']],
    ['dgram', ['dgram', 'UDP', 'sock_dgram']],
    ['both', ['both']],
  ])('type %s has the names %j', (type, names) => {
    for (const name of names) expect(read({ type: name }).request.types).toEqual([type]);
  });

  test.each(['contiguous', 'export-env'])('%s is true or false', (input) => {
    for (const value of ['true', 'false', 'TRUE', 'False']) {
      const { request, naming } = read({ [input]: value });
      const read_ = input === 'contiguous' ? request.contiguous : naming.exportEnv;
      expect(read_).toBe(value.toLowerCase() === 'true');
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
    [
      '20000-20999, 30000',
      [
        { first: 20000, last: 20999 },
        { first: 30000, last: 30000 },
      ],
    ],
    ['3 2 1-2', [{ first: 1, last: 3 }]],
  ])('range %j is %j', (range, expected) => {
    expect(read({ range }).request.range).toEqual(expected);
  });

  test('range: a word that is none is refused with what is accepted', () => {
    expect(() => read({ range: 'Any' })).toThrow(
      'Input "range": "Any" is not auto, ephemeral or a list of ports',
    );
  });

  test.each(['range', 'exclude', 'prefer'])('%s: an item that is no port is refused', (input) => {
    expect(() => read({ [input]: '20000, 70000' })).toThrow(
      `Input "${input}": "70000" is not a port from 1 to 65535 or a range of them`,
    );
  });

  test('prefer keeps its order, says each number once, and gives way to exclude', () => {
    const { request } = read({ prefer: '9000, 8000-8002, 8001', exclude: '8000' });
    expect(request.prefer).toEqual([9000, 8001, 8002]);
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
      `Input "env-prefix": "${prefix}" cannot start a variable name`,
    );
  });
});

test('whatever the inputs, they are read or refused by name', () => {
  const words = fc.constantFrom(
    ...[
      '',
      '1',
      '5',
      'a',
      'b/udp',
      'tcp',
      'both',
      'ipv6',
      '::1',
      'x y',
      'auto',
      'ephemeral',
      'true',
      'false',
    ],
    ...['20000-20010', '7-3', '0', ',', 'a,b', 'PORT', '\n', '١'],
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
        expect((error as Error).message).toMatch(/^Input "[a-z-]+": /);
        return;
      }
      const { request, naming } = parsed;
      expect(request.types.length).toBeGreaterThanOrEqual(1);
      expect(request.types.length).toBeLessThanOrEqual(1000);
      expect([0, request.types.length]).toContain(naming.names.length);
      for (const port of request.prefer) expect(contains(request.exclude, port)).toBe(false);
    }),
  );
});
