import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasty, isInstalled, listen, needs, onUnix, runStep } from '../support.ts';
import { documents, examples, readme, root, workflow } from './examples.ts';

/** The text of a document without its examples. */
const proseOf = (text: string) => text.replaceAll(/^```.*?^```$/gms, '');

/** The headings of a document. */
const headingsIn = (text: string) =>
  [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}

/** The rows of each table with this heading, each as its cells. */
function tables(text: string, heading: string): string[][][] {
  return text
    .split(`${heading}\n`)
    .slice(1)
    .map((rest) => {
      const [, ...lines] = rest.split('\n');
      const end = lines.findIndex((line) => !line.startsWith('|'));
      return lines.slice(0, end).map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    });
}

/** How many ports a picker lost in each of three runs, in ascending order. */
interface Losses {
  readonly picker: string;
  readonly binds: number[];
  readonly connections: number[];
  readonly both: number[];
  readonly udpBinds: number[] | null;
  readonly twice: number[];
}

const lossHeading =
  '| picker | lost to 2,000 bind(0) | lost to 20,000 connections | lost to both ' +
  '| UDP: lost to 5,000 bind(0) | given twice |';

const words = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

describe.each(documents)('$path', ({ path, text }) => {
  const prose = proseOf(text);

  test('links lead to files and headings that exist', () => {
    const links = [
      ...prose.matchAll(/\]\((?!https:)(.+?)\)/g),
      ...prose.matchAll(/(?:src|srcset|href)="(?!https:)(.+?)"/g),
    ].map(([, target = '']) => target);
    const broken = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : relative(root, join(root, dirname(path), file));
      if (!existsSync(join(root, target))) return true;
      if (anchor === undefined) return false;
      const headings = headingsIn(readFileSync(join(root, target), 'utf8'));
      return !headings.map(anchorOf).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('all links that are used are defined, and no others', () => {
    const defined = [...prose.matchAll(/^\[([\w-]+)\]: https:/gm)].map(([, name]) => name);
    const used = [...prose.matchAll(/\]\[([\w-]+)\]/g)].map(([, name]) => name);
    expect(defined).toEqual([...new Set(used)].sort());
  });

  test('lines have 120 columns at most, except tables and URLs', () => {
    const isFree = (line: string) => line.startsWith('|') || /^\[[\w-]+\]: /.test(line);
    expect(text.split('\n').filter((line) => line.length > 120 && !isFree(line))).toEqual([]);
  });
});

test('the list at the top of the recipes names all of them', () => {
  const recipes = documents.find(({ path }) => path === 'docs/recipes.md');
  const { text = '' } = recipes ?? {};
  const listed = [...text.matchAll(/^- \[(.+?)\]\(#[\w-]+\)$/gm)].map(([, heading]) => heading);
  expect(listed).toEqual(headingsIn(text).slice(1));
});

test('the links to the README in messages lead to its headings', () => {
  const bundle = readFileSync(join(root, 'dist', 'index.js'), 'utf8');
  const anchors = [...bundle.matchAll(/find-unused-port\/find-unused-port#([\w-]+)/g)];
  const existing = headingsIn(readme.text).map(anchorOf);
  expect(anchors.length).toBeGreaterThan(0);
  expect(existing).toContain('make-the-ephemeral-range-smaller');
  for (const [, anchor] of anchors) expect(existing).toContain(anchor);
});

describe('tables', { concurrent: true }, () => {
  const heading = '| output | environment variable | value |';
  const columns = (rows: string[][] = [], ...names: string[]) =>
    [0, 1].map((column) =>
      rows.flatMap((row) => words(row[column])).filter((word) => !names.includes(word)),
    );
  const [withoutNames, withNames, ...others] = tables(readme.text, heading);

  test('the README has two tables of outputs', () => {
    expect(others).toEqual([]);
  });

  test('the first table of outputs has what a step without names sets', async () => {
    const [{ outputs, variables }, single] = await Promise.all([
      runStep({ count: '2' }),
      runStep({}),
    ]);
    const [expected, expectedVariables = []] = columns(withoutNames, 'PORT_1', 'PORT_N');
    expect(Object.keys(outputs)).toEqual(expected);
    expect(Object.keys(variables)).toEqual([...expectedVariables, 'PORT_1', 'PORT_2']);
    expect(withoutNames?.at(-1)?.[1]).toBe('`PORT_1` … `PORT_N`');
    expect(Object.keys(single.variables)).toEqual(expectedVariables);
  });

  test('the second table of outputs has what a step with names sets', async () => {
    const { outputs, variables } = await runStep({ names: 'my-db' });
    expect(columns(withNames, '<name>', '<NAME>_PORT')).toEqual([
      Object.keys(outputs).filter((name) => name !== 'my-db'),
      [],
    ]);
    expect(withNames?.at(-1)).toEqual([
      '`<name>`',
      '`<NAME>_PORT`',
      expect.stringContaining('`my-db` gives `MY_DB_PORT`'),
    ]);
    expect(Object.keys(variables)).toEqual(['MY_DB_PORT']);
  });

  test('a step for 1000 ports exports as many variables as the README says', async () => {
    const { variables } = await runStep({ count: '1000' });
    const [, number = ''] = /`count: 1000` exports ([\d,]+)/.exec(readme.text) ?? [];
    expect(Object.keys(variables)).toHaveLength(Number(number.replace(',', '')));
  });

  test('the figures in docs/losses.md are those that the bench measured', () => {
    const { losses } = JSON.parse(readFileSync(join(root, 'docs', 'losses.json'), 'utf8'));
    const cell = (figures: number[] | null) => {
      if (figures === null) return 'TCP only';
      const [least, median, most] = figures;
      return most === 0 ? '0' : `${median} (${least}-${most})`;
    };
    const expected = losses.map(({ picker, binds, connections, both, udpBinds, twice }: Losses) => [
      picker,
      ...[binds, connections, both, udpBinds, twice].map(cell),
    ]);
    const { text = '' } = documents.find(({ path }) => path === 'docs/losses.md') ?? {};
    const [rows = []] = tables(text, lossHeading);
    const lines = (table: string[][]) => table.map((row) => row.join(' | '));
    expect(lines(rows).map((line) => line.replaceAll('**', ''))).toEqual(lines(expected));
  });
});

describe('troubleshooting', () => {
  test('the message about a range that is in use begins as the README shows', async () => {
    const port = await listen('127.0.0.1');
    const environment = { NODE_OPTIONS: hasty };
    const { stdout } = await runStep({ range: `${port}` }, { environment });
    expect(readme.text).toContain('`found none in 8081: 1 in use`');
    expect(stdout).toContain(`found none in ${port}: 1 in use`);
  });

  onUnix.test("the README's command for leases shows the port of a step", async () => {
    const [, command = ''] = /`(head \/tmp\/.+?)`/.exec(readme.text) ?? [];
    const { outputs } = await runStep({});
    expect(spawnSync(command, { shell: true, encoding: 'utf8' }).stdout).toMatch(
      new RegExp(`^${outputs.port}$`, 'm'),
    );
  });

  needs({ ss: isInstalled('ss') }).test("the README's command shows who has a port", async () => {
    const port = await listen('127.0.0.1');
    const [, command = ''] = /`sudo (ss .+?)`/.exec(readme.text) ?? [];
    expect(command).toContain('8081');
    const { stdout } = spawnSync(command.replace('8081', `${port}`), {
      shell: true,
      encoding: 'utf8',
    });
    expect(stdout).toContain(`pid=${process.pid},`);
  });
});

needs({ actionlint: isInstalled('actionlint') }).test(
  'actionlint finds nothing in the examples',
  () => {
    const { status, stdout } = spawnSync('actionlint', ['-shellcheck=', '-pyflakes='], {
      cwd: workflow(examples, ({ background: _, cancel, ...step }) =>
        // actionlint does not know `background` and `cancel` yet.
        cancel === undefined ? [step] : [],
      ),
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  },
);
