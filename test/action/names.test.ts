import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  linesOf,
  type Naming,
  outputsOf,
  parseNames,
  variableName,
  variablesOf,
} from '../../src/action/names.ts';

const naming = (given: Partial<Naming> = {}): Naming => ({
  names: [],
  exportEnv: true,
  envPrefix: '',
  ...given,
});
const parse = (text: string) => parseNames(text, 'stream', '');
const refusal = (message: string) => new Error(message);

describe('a list of names', () => {
  test('has commas, spaces or new lines between them, and can have protocols', () => {
    expect(parseNames('web, my-db/udp\n_x/both Y2/TCP\n', 'dgram', '')).toEqual([
      { name: 'web', type: 'dgram' },
      { name: 'my-db', type: 'dgram' },
      { name: '_x', type: 'both' },
      { name: 'Y2', type: 'stream' },
    ]);
  });

  test('can be blank', () => {
    expect(parse(' \n')).toEqual([]);
  });

  test.each([
    ['a,', '"a," ends in a comma'],
    [',a', '",a" starts with a comma'],
    ['a,,b', '"a,,b" has two commas in a row'],
  ])('%j is refused for its comma', (text, message) => {
    expect(() => parse(text)).toThrow(refusal(message));
  });

  test.each(['/tcp', '1a', '-a', '-port', 'a.b', 'ä', 'a'.repeat(101)])(
    '%j is no name, and the message says what is one',
    (text) => {
      expect(() => parse(`web ${text}`)).toThrow(
        refusal(
          `"${text}" is not a name: it takes a letter or _, then letters, digits, _ and -, 100 characters at most`,
        ),
      );
    },
  );

  test('takes a name of 100 characters, and one that only looks like an output or a word of JavaScript', () => {
    const names = ['a'.repeat(100), 'constructor', '__proto__', 'toString', 'portal', 'aports'];
    expect(parse(names.join()).map(({ name }) => name)).toEqual(names);
  });

  test.each(['web/sctp', 'web/', 'web/tcp/udp', 'web/constructor', 'web/stream'])(
    '%j has no protocol that is known',
    (text) => {
      expect(() => parse(text)).toThrow(
        refusal(`"${text}" is not name/tcp, name/udp or name/both`),
      );
    },
  );

  test.each(['port', 'ports', 'PORT', 'Ports/udp'])('%j is taken by an output', (text) => {
    expect(() => parse(text)).toThrow(
      refusal(`"${text}" is taken by an output that is always there`),
    );
  });

  test('takes 1000 names, and says so where there are more', () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`).join(' ');
    expect(parse(names(1000))).toHaveLength(1000);
    expect(() => parse(names(1001))).toThrow(
      refusal('1001 names are too many: 1000 at most are possible'),
    );
  });

  test.each([
    ['web db web', '"web" is given twice'],
    ['dns/tcp dns/udp', '"dns" is given twice'],
    ['web WEB', '"web" and "WEB" give the same output, web'],
    // Their variables differ: DBPORT and DBPORT_PORT.
    ['DBPORT dbport', '"DBPORT" and "dbport" give the same output, dbport'],
    ['my-db x my_db/udp', '"my-db" and "my_db" give the same variable, MY_DB_PORT'],
    ['web, WEB_PORT', '"web" and "WEB_PORT" give the same variable, WEB_PORT'],
    ['web-port web', '"web-port" and "web" give the same variable, WEB_PORT'],
    ['web-port web_port', '"web-port" and "web_port" give the same variable, WEB_PORT'],
  ])('%j is refused with what two of them share', (text, message) => {
    expect(() => parse(text)).toThrow(refusal(message));
  });

  test('that is refused for a variable names it with its prefix', () => {
    expect(() => parseNames('a-b a_b', 'stream', 'CI_')).toThrow(
      refusal('"a-b" and "a_b" give the same variable, CI_A_B_PORT'),
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
])('the port named %s is in the variable %s', (name, variable) => {
  expect(variableName(name, '')).toBe(variable);
  expect(variableName(name, 'ci_')).toBe(`ci_${variable}`);
});

describe('the outputs and variables of', () => {
  test('one port', () => {
    expect(outputsOf([20001], naming())).toEqual([
      ['port', '20001'],
      ['ports', '[20001]'],
    ]);
    expect(variablesOf([20001], naming())).toEqual([
      ['PORT', '20001'],
      ['PORTS', '20001'],
    ]);
    expect(linesOf([20001], naming())).toEqual(['20001 (PORT)']);
  });

  test('several ports, with a prefix', () => {
    const prefixed = naming({ envPrefix: 'MY_' });
    expect(outputsOf([3, 1, 2], prefixed)).toEqual([
      ['port', '3'],
      ['ports', '[3,1,2]'],
    ]);
    expect(variablesOf([3, 1, 2], prefixed)).toEqual([
      ['MY_PORT', '3'],
      ['MY_PORTS', '3 1 2'],
      ['MY_PORT_1', '3'],
      ['MY_PORT_2', '1'],
      ['MY_PORT_3', '2'],
    ]);
    expect(linesOf([3, 1, 2], prefixed)).toEqual([
      '3 (MY_PORT_1)',
      '1 (MY_PORT_2)',
      '2 (MY_PORT_3)',
    ]);
  });

  test('named ports, without PORT and PORTS', () => {
    const named = naming({ names: ['web', 'PGPORT'], envPrefix: 'CI_' });
    expect(outputsOf([3, 1], named)).toEqual([
      ['port', '3'],
      ['ports', '[3,1]'],
      ['web', '3'],
      ['PGPORT', '1'],
    ]);
    expect(variablesOf([3, 1], named)).toEqual([
      ['CI_WEB_PORT', '3'],
      ['CI_PGPORT', '1'],
    ]);
    expect(linesOf([3, 1], named)).toEqual(['web: 3 (CI_WEB_PORT)', 'PGPORT: 1 (CI_PGPORT)']);
  });

  test('one named port, without PORT and PORTS', () => {
    expect(variablesOf([3], naming({ names: ['web'] }))).toEqual([['WEB_PORT', '3']]);
    expect(linesOf([3], naming({ names: ['web'] }))).toEqual(['web: 3 (WEB_PORT)']);
  });

  test('ports that are not exported, without a variable', () => {
    const unexported = naming({ exportEnv: false });
    expect(variablesOf([3, 1], unexported)).toEqual([]);
    expect(linesOf([3, 1], unexported)).toEqual(['3', '1']);
    expect(linesOf([3], { ...unexported, names: ['web'] })).toEqual(['web: 3']);
  });
});

// SECURITY.md promises it: no name from a stranger sets PATH or NODE_OPTIONS.
test('whatever the names, every variable ends in PORT, PORTS or PORT_ and a number', () => {
  const character = fc.constantFrom(...'abPORTSport_-19');
  const list = fc.array(fc.string({ unit: character, maxLength: 12 }), { maxLength: 4 });
  fc.assert(
    fc.property(list, (items) => {
      let names: string[];
      try {
        names = parse(items.join(' ')).map(({ name }) => name);
      } catch (error) {
        expect((error as Error).message).toMatch(
          /^"[^"]*" (is not a name|is taken|is given twice|and "[^"]*" give the same)/,
        );
        return;
      }
      const ports = names.length > 0 ? names.map((_, i) => i + 1) : [1, 2];
      const outputs = outputsOf(ports, naming({ names })).map(([name]) => name.toLowerCase());
      const variables = variablesOf(ports, naming({ names })).map(([name]) => name);
      for (const name of variables) expect(name).toMatch(/^[A-Z_][A-Z0-9_]*$/);
      for (const name of variables) expect(name).toMatch(/(PORT|PORTS|PORT_\d+)$/);
      expect(new Set(outputs).size).toBe(outputs.length);
      expect(new Set(variables).size).toBe(variables.length);
    }),
  );
});
