import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', name), 'utf8');
const action = parse(read('action.yml'));
const readme = read('README.md');

/** The rows of a README table, by the name in their first cell. */
function table(heading: string): Map<string, string[]> {
  const [, body = ''] = readme.split(new RegExp(`\\| ${heading} +\\|`));
  const [rows = ''] = body.split('\n\n');
  return new Map(
    rows
      .split('\n')
      .slice(2)
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .map(([, name = '', ...cells]) => [name.replaceAll('`', ''), cells]),
  );
}

test('action.yml, the README and the code have the same inputs', () => {
  const names = Object.keys(action.inputs);
  expect([...table('input').keys()]).toEqual(names);
  const code = [
    ...read('src/action/inputs.ts').matchAll(/(?:getInput|keyword|readPorts)\('([a-z-]+)'/g),
  ];
  expect(new Set(code.map(([, name]) => name))).toEqual(new Set(names));
});

test('action.yml and the README have the same defaults', () => {
  for (const [name, [value = '']] of table('input')) {
    const { default: given, description } = action.inputs[name];
    if (given !== undefined) expect(value).toBe(`\`${given}\``);
    else if (value !== '') expect(description).toContain('The default is');
  }
});

test('action.yml and the README have the same outputs', () => {
  expect([...table('output').keys()]).toEqual([...Object.keys(action.outputs), '<name>']);
});

test('all inputs and outputs are described', () => {
  for (const entry of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
    expect((entry as { description: string }).description).toMatch(/^[a-zA-Z].*\.$/);
  }
});

test('it runs on the newest runtime, with an icon', () => {
  expect(action.runs).toEqual({ using: 'node24', main: 'dist/index.js' });
  expect(Object.keys(action.branding)).toEqual(['icon', 'color']);
});
