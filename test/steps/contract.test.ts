import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readInputs } from '../../src/action/inputs.ts';
import { variableName } from '../../src/action/names.ts';
import { listOutputs, listVariables } from '../../src/action/outputs.ts';
import { stubInputs } from '../support.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', name), 'utf8');
const actionText = read('action.yml');
const action = parse(actionText);
const readme = read('README.md');

/** The rows of the README's table with this heading, by the text of their first cell. */
function table(heading: string): Map<string, string[]> {
  const lines = readme.split('\n');
  const start = lines.indexOf(heading);
  expect(start, `The README has a table headed ${heading}`).toBeGreaterThan(-1);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return new Map(
    rows
      .slice(0, end < 0 ? rows.length : end)
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .map(([, name = '', ...cells]) => [name.replaceAll('`', ''), cells]),
  );
}

const inputTable = table('| input | default | meaning |');

// The real getInput reads the real environment, as on a runner.
function readWith(inputs: Record<string, string>) {
  stubInputs(inputs);
  return readInputs();
}

/** The naming of a step with these names. */
const namingOf = (...names: string[]) => readWith({ names: names.join() }).naming;

/** The variables of inputs that the code reads. */
function inputsRead(): Set<string> {
  stubInputs({});
  const asked = new Set<string>();
  const real = process.env;
  process.env = new Proxy(real, {
    get(target, name) {
      if (String(name).startsWith('INPUT_')) asked.add(String(name));
      return Reflect.get(target, name);
    },
  });
  try {
    readInputs();
  } finally {
    process.env = real;
  }
  return asked;
}

describe('inputs', () => {
  test('action.yml, the README and the code have the same inputs', () => {
    const names = Object.keys(action.inputs);
    expect([...inputTable.keys()]).toEqual(names);
    expect(inputsRead()).toEqual(new Set(names.map((name) => `INPUT_${name.toUpperCase()}`)));
  });

  test('action.yml and the README have the same defaults', () => {
    for (const [name, [value = '']] of inputTable) {
      const { default: given, description } = action.inputs[name];
      if (given !== undefined) expect(value).toBe(`\`${given}\``);
      else expect(description.includes('The default is'), name).toBe(value !== '');
    }
  });

  test('the defaults in the README are those of the code', () => {
    const absent = readWith({});
    const named = [...inputTable].flatMap(([name, [value = '']]) => {
      const [, keyword] = value.split('`');
      return keyword === undefined ? [] : [[name, keyword] as const];
    });
    // All but names, host, exclude, prefer and env-prefix.
    expect(named).toHaveLength(6);
    for (const [name, keyword] of named) expect(readWith({ [name]: keyword })).toEqual(absent);
  });
});

describe('outputs', () => {
  test('action.yml and the code have the same outputs', () => {
    const always = listOutputs([1, 2], namingOf()).map(([name]) => name);
    expect(Object.keys(action.outputs)).toEqual(always);
  });
});

describe('environment variables', () => {
  test.each([
    ['action.yml', actionText],
    ['the README', readme],
  ])('the example names in %s give the variables beside them', (_, text) => {
    const examples = [...text.matchAll(/`([\w-]+)`\s+gives\s+`(\w+)`/g)];
    expect(examples.length).toBeGreaterThan(0);
    for (const [, name = '', variable] of examples) expect(variableName(name, '')).toBe(variable);
  });
});

test('the names for tools in the README give the variables beside them', () => {
  const words = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  const rows = [...table('| tool | name | variable |').values()];
  expect(rows.length).toBeGreaterThan(5);
  for (const [names, variables] of rows) {
    // Without names there are PORT and PORTS.
    const ports = words(names).length > 0 ? words(names).map((_, i) => i) : [1];
    const given = listVariables(ports, namingOf(...words(names))).map(([name]) => name);
    expect(given.filter((name) => name !== 'PORTS')).toEqual(words(variables));
  }
});

test('all inputs and outputs have a description', () => {
  for (const entry of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
    expect((entry as { description: string }).description).toMatch(/^[a-zA-Z].*\.$/);
  }
});

test('the action runs on Node 24, and has an icon', () => {
  expect(action.runs).toEqual({ using: 'node24', main: 'dist/index.js' });
  expect(Object.keys(action.branding)).toEqual(['icon', 'color']);
});

test('the lock file has one version of Node, of the line that the action runs on', () => {
  const { optionalDependencies } = JSON.parse(read('package.json'));
  const version = read('.node-version').trim();
  expect(new Set(Object.values(optionalDependencies))).toEqual(new Set([version]));
  expect(action.runs.using).toBe(`node${version.split('.')[0]}`);
});
