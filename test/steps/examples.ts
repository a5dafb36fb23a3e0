import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { temporaryDirectory } from '../support.ts';

const root = join(import.meta.dirname, '..', '..');

export const readme = readFileSync(join(root, 'README.md'), 'utf8');

interface Step {
  readonly [key: string]: unknown;
  readonly run?: string;
}

/** A recipe of the README. */
export interface Example {
  /** The name of its job. */
  readonly id: string;
  /** The heading above it. */
  readonly title: string;
  readonly steps: readonly Step[];
}

/** The README's examples, which use the action of this folder. */
export const examples: readonly Example[] = readme.split(/^#+ /m).flatMap((section) => {
  const [title = ''] = section.split('\n');
  return [...section.matchAll(/```yaml\n(.+?)```/gs)].map(([, yaml = ''], i) => ({
    id: `${title} ${i + 1}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    title: i === 0 ? title : `${title} (${i + 1})`,
    steps: parse(yaml.replaceAll('find-unused-port/find-unused-port@v1', './')),
  }));
});

/**
 * actionlint and act do not know `background` and `cancel` yet. In their place the shell starts the server, and the test
 * stops it.
 */
function withoutNewKeywords({ background, ...step }: Step): Step[] {
  if ('cancel' in step) return [];
  return [
    background === true ? { ...step, run: `set -m\n${step.run} > background.log 2>&1 &` } : step,
  ];
}

/** A folder with a workflow of the examples in it, each a job of its own, and the action beside it. */
export function workflow(selected: readonly Example[]): string {
  const directory = temporaryDirectory();
  const workflows = join(directory, '.github', 'workflows');
  mkdirSync(workflows, { recursive: true });
  cpSync(join(root, 'action.yml'), join(directory, 'action.yml'));
  cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true });
  const jobs = selected.map(({ id, steps }) => {
    // The checkout takes the place of the download of the action. act copies this folder instead.
    const all = [{ uses: 'actions/checkout@v7' }, ...steps.flatMap(withoutNewKeywords)];
    return [id, { 'runs-on': 'ubuntu-latest', steps: all }];
  });
  const text = stringify({ on: 'push', jobs: Object.fromEntries(jobs) });
  writeFileSync(join(workflows, 'examples.yml'), text);
  spawnSync('git', ['init', '--quiet'], { cwd: directory });
  return directory;
}
