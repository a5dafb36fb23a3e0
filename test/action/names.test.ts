import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Name, type Naming, parseNames, variableName } from '../../src/action/names.ts';
import { listOutputs, listVariables } from '../../src/action/outputs.ts';

const parse = (text: string) => parseNames(text, ['stream'], '');
const message = (text: string) => new Error(text);

describe('a list of names', () => {
  test('names are separated by commas, spaces or new lines, and may have protocols', () => {
    expect(parseNames('web, my-db/udp\n_x/both Y2/TCP\n', ['dgram'], '')).toEqual([
      { name: 'web', transports: ['dgram'] },
      { name: 'my-db', transports: ['dgram'] },
      { name: '_x', transports: ['stream', 'dgram'] },
      { name: 'Y2', transports: ['stream'] },
    ]);
  });

  test('a blank list has no names', () => {
    expect(parse(' \n')).toEqual([]);
  });

  test('a list with two commas in a row is refused', () => {
    expect(() => parse('a,,b')).toThrow(message('"a,,b" has two commas in a row'));
  });

  test.each(['/tcp', '1a', '-a', '-port', 'a.b', 'ä', 'a'.repeat(101)])(
    '%j is not a valid name, and the error says what is',
    (text) => {
      expect(() => parse(`web ${text}`)).toThrow(
        message(
          `"${text}" is not a valid name: use a letter or _, then letters, digits, _ and -, 100 characters at most`,
        ),
      );
    },
  );

  test('a name may have 100 characters, resemble an output, or be a word of JavaScript', () => {
    const names = ['a'.repeat(100), 'constructor', '__proto__', 'toString', 'portal', 'aports'];
    expect(parse(names.join()).map(({ name }) => name)).toEqual(names);
  });

  test.each(['web/sctp', 'web/', 'web/tcp/udp', 'web/constructor', 'web/stream'])(
    '%j is refused because of its protocol',
    (text) => {
      expect(() => parse(text)).toThrow(
        message(`"${text}" is not name/tcp, name/udp or name/both`),
      );
    },
  );

  test.each(['port', 'ports', 'Port', 'Ports/udp'])('%j is refused: it is an output', (text) => {
    const [name] = text.split('/');
    expect(() => parse(text)).toThrow(
      message(
        `"${name}" is taken by an output that is always there. Only PORT, in capitals, may be the first name`,
      ),
    );
  });

  test('only the first name may be PORT', () => {
    expect(parse('PORT PGPORT').map(({ name }) => name)).toEqual(['PORT', 'PGPORT']);
    expect(() => parse('PGPORT PORT')).toThrow(
      message('"PORT" must be the first name: the output "port" is always the first port'),
    );
    expect(() => parse('PORT PORT')).toThrow('"PORT" must be the first name');
  });

  test('a name with a port behind it, as in Docker, is refused', () => {
    expect(() => parse('web:8080')).toThrow(
      message('"web:8080" has a port: write the name alone, and the port in the input "prefer"'),
    );
  });

  test('a list of more than 1000 names is refused', () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`).join(' ');
    expect(parse(names(1000))).toHaveLength(1000);
    expect(() => parse(names(1001))).toThrow(message('1001 names, the maximum is 1000'));
  });

  test.each([
    ['web db web', '"web" appears twice'],
    ['dns/tcp dns/udp', '"dns" appears twice'],
    ['web WEB', '"web" and "WEB" give the same output, web'],
    // Their variables differ: DBPORT and DBPORT_PORT.
    ['DBPORT dbport', '"DBPORT" and "dbport" give the same output, dbport'],
    ['my-db x my_db/udp', '"my-db" and "my_db" give the same variable, MY_DB_PORT'],
    ['web, WEB_PORT', '"web" and "WEB_PORT" give the same variable, WEB_PORT'],
    ['web-port web', '"web-port" and "web" give the same variable, WEB_PORT'],
    ['web-port web_port', '"web-port" and "web_port" give the same variable, WEB_PORT'],
  ])('the names %j are refused, and the error names what they share', (text, expected) => {
    expect(() => parse(text)).toThrow(message(expected));
  });

  test('an error about a shared variable has the variable with its prefix', () => {
    expect(() => parseNames('a-b a_b', ['stream'], 'CI_')).toThrow(
      message('"a-b" and "a_b" give the same variable, CI_A_B_PORT'),
    );
  });
});

test.each([
  ['web', 'WEB_PORT'],
  ['my-db', 'MY_DB_PORT'],
  ['web-port', 'WEB_PORT'],
  ['server_port', 'SERVER_PORT'],
  ['Server_Port', 'SERVER_PORT'],
  ['WEB_PORT', 'WEB_PORT'],
  ['PGPORT', 'PGPORT'],
  ['myPORT', 'MYPORT'],
  ['_port', '_PORT'],
  ['Webport', 'WEBPORT_PORT'],
  ['pgPort', 'PGPORT_PORT'],
  ['port-1', 'PORT_1_PORT'],
  ['my-portal', 'MY_PORTAL_PORT'],
  ['PORTS_', 'PORTS__PORT'],
])('the name %s gives the variable %s', (name, variable) => {
  expect(variableName(name, '')).toBe(variable);
  expect(variableName(name, 'ci_')).toBe(`ci_${variable}`);
});

// SECURITY.md promises that no name from a stranger sets PATH or NODE_OPTIONS.
test('every variable ends in PORT, PORTS or PORT_ and a number, whatever the names', () => {
  const character = fc.constantFrom(...'abPORTSport_-19');
  const list = fc.array(fc.string({ unit: character, maxLength: 12 }), { maxLength: 4 });
  fc.assert(
    fc.property(list, (items) => {
      let names: Name[];
      try {
        names = parse(items.join(' '));
      } catch (error) {
        expect(`${error}`).toMatch(
          /^Error: "[^"]*" (is not a valid name|is taken|must be the first|appears twice|and "[^"]*" give the same)/,
        );
        return;
      }
      const ports = names.length > 0 ? names.map((_, i) => i + 1) : [1, 2];
      const naming: Naming = { names, exportEnv: true, envPrefix: '' };
      const outputs = listOutputs(ports, naming).map(([name]) => name.toLowerCase());
      const variables = listVariables(ports, naming).map(([name]) => name);
      for (const name of variables) {
        expect(name).toMatch(/^[A-Z_][A-Z0-9_]*$/);
        expect(name).toMatch(/(PORT|PORTS|PORT_\d+)$/);
      }
      expect(new Set(outputs).size).toBe(outputs.length);
      expect(new Set(variables).size).toBe(variables.length);
    }),
  );
});
