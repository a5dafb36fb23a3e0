import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runStep } from '../support.ts';
import { examples, has, readme, workflow } from './examples.ts';

/** The README without its examples. */
const prose = readme.replaceAll(/^```.*?^```$/gms, '');

test('a reader sees an example at once', () => {
  expect(readme.split('\n').slice(0, 10).join('\n')).toContain('- uses: find-unused-port/');
});

test('its prose fits into an editor of 120 columns', () => {
  const lines = prose.split('\n').filter((line) => !line.startsWith('|'));
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
});

test('its links lead somewhere', () => {
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) =>
      `#${heading
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-')}`,
  );
  const targets = [...prose.matchAll(/\]\((?!https:)(.+?)\)/g)].map(([, target = '']) => target);
  const root = join(import.meta.dirname, '..', '..');
  const broken = targets.filter(
    (target) => !headings.includes(target) && !existsSync(join(root, target)),
  );
  expect(broken).toEqual([]);
});

test('each name in its table gives the variable beside it', async () => {
  const [, table = ''] = prose.split('| tool | name | variable |');
  const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  const code = (cell = '') => [...cell.matchAll(/`(.+?)`/g)].map(([, word = '']) => word);
  const named = rows
    .map((row) => row.split('|').map(code))
    .filter(([, , names]) => names !== undefined && names.length > 0);
  const names = named.flatMap(([, , names = []]) => names);
  const { status, variables } = await runStep({ names: names.join(',') });
  expect(status).toBe(0);
  expect(Object.keys(variables)).toEqual(named.flatMap(([, , , variables = []]) => variables));
});

test.skipIf(!has('actionlint'))('actionlint finds nothing in the examples', () => {
  const { status, stdout } = spawnSync('actionlint', ['-shellcheck=', '-pyflakes='], {
    cwd: workflow(examples),
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
