import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ownRange, runStep, temporaryDirectory } from '../support.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, string>;
  readonly parallel?: Step[];
}

interface Job {
  readonly [key: string]: unknown;
  readonly steps: Step[];
}

/** The jobs of all examples, which use the action of this folder. */
const examples: Job[] = [...readme.matchAll(/```yaml\n(.+?)```/gs)].flatMap(([, yaml = '']) => {
  const example = parse(yaml.replaceAll('find-unused-port/find-unused-port@v1', './'));
  return example.jobs ? Object.values(example.jobs) : [example];
});

/** The same as actionlint and act take them. */
const jobs: Job[] = examples.map(({ steps, ...job }) => ({
  'runs-on': 'ubuntu-latest',
  ...job,
  steps: [
    // It takes the place of the download of the action. act copies this folder instead.
    { uses: 'actions/checkout@v7' },
    // Neither knows the keyword yet: here these steps run one after the other.
    ...steps.flatMap((step) => step.parallel ?? [step]),
    // A runner ends what a job leaves behind. act sends it a SIGHUP, which Redis ignores.
    ...(JSON.stringify(steps).includes('redis-server')
      ? [{ run: 'redis-cli -p "$REDIS_PORT" shutdown' }]
      : []),
  ],
}));

/** What takes a Docker engine can be checked, but not run everywhere. */
const needsDocker = (job: Job) =>
  'container' in job ||
  'services' in job ||
  job.steps.some(({ run }) => run?.startsWith('docker '));

function workflow(selected: Job[]): string {
  const directory = temporaryDirectory();
  const file = join(directory, '.github', 'workflows', 'examples.yml');
  mkdirSync(join(file, '..'), { recursive: true });
  cpSync(join(root, 'action.yml'), join(directory, 'action.yml'));
  cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true });
  writeFileSync(
    file,
    stringify({
      on: 'push',
      jobs: Object.fromEntries(selected.map((job, i) => [`example-${i + 1}`, job])),
    }),
  );
  spawnSync('git', ['init', '--quiet'], { cwd: directory });
  return directory;
}

test('the first example stands within ten lines', () => {
  expect(readme.split('\n').slice(0, 10).join('\n')).toContain('- uses: find-unused-port/');
});

test('the README has examples, and most of them need no Docker', () => {
  expect(jobs.length).toBeGreaterThan(8);
  expect(jobs.filter((job) => !needsDocker(job)).length).toBeGreaterThan(5);
});

test('steps that an example runs in parallel get different ports', async () => {
  const groups = examples.flatMap(({ steps }) => steps.flatMap(({ parallel }) => parallel ?? []));
  expect(groups.length).toBeGreaterThan(1);
  // As many numbers as steps, so that they must meet.
  const { first, last, giveBack } = await ownRange(groups.length);
  giveBack();
  const range = `${first}-${last}`;
  const results = await Promise.all(groups.map((step) => runStep({ ...step.with, range })));
  expect(new Set(results.map(({ outputs }) => outputs.port)).size).toBe(groups.length);
});

test.skipIf(!has('actionlint', '-version'))('actionlint finds nothing in the examples', () => {
  const { status, stdout } = spawnSync('actionlint', ['-shellcheck=', '-pyflakes='], {
    cwd: workflow(jobs),
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

// Needs act, which starts the steps on this machine, and the servers that the examples start.
test.skipIf(
  !has('act', '--version') || !has('redis-server', '--version') || !has('python3', '--version'),
)(
  'the examples run',
  () => {
    const selected = jobs.filter((job) => !needsDocker(job));
    const { status, stdout, stderr } = spawnSync(
      'act',
      ['push', '--platform', 'ubuntu-latest=-self-hosted'],
      { cwd: workflow(selected), encoding: 'utf8', timeout: 120_000 },
    );
    expect(status, stdout + stderr).toBe(0);
    selected.forEach((_, i) => {
      expect(stdout).toMatch(new RegExp(`\\[examples\\.yml/example-${i + 1}.*Job succeeded`));
    });
  },
  150_000,
);
