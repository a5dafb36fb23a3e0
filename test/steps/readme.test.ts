import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isInstalled, needs } from '../support.ts';
import { examples, readme, workflow } from './examples.ts';

/** The README without its examples. */
const prose = readme.replaceAll(/^```.*?^```$/gms, '');

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

needs({ actionlint: isInstalled('actionlint') }).test(
  'actionlint finds nothing in the examples',
  () => {
    const { status, stdout } = spawnSync('actionlint', ['-shellcheck=', '-pyflakes='], {
      cwd: workflow(examples),
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  },
);
