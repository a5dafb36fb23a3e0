import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { temporaryDirectory } from '../support.ts';

export const root = join(import.meta.dirname, '..', '..');
const released = 'find-unused-port/find-unused-port@v1';

export interface Step {
  readonly [key: string]: unknown;
  readonly shell?: string;
  readonly run?: string;
}

export interface Job {
  readonly [key: string]: unknown;
  readonly steps: readonly Step[];
}

/** A workflow's job that a document shows. */
export interface Example {
  /** The id of the job. */
  readonly id: string;
  /** The heading above it. */
  readonly title: string;
  readonly job: Job;
  /** Files of the reader's project in the same section: their texts by their paths. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Document {
  readonly path: string;
  readonly text: string;
  readonly examples: readonly Example[];
}

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocks(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n(.+?)^```$/gms)].map(([, language = '', block = '']) => ({
    language,
    text: block,
  }));
}

/** The path in a block's first line, `# compose.yaml` or `// ports.js`, if it shows a file. */
function pathOf({ text }: Block): string | undefined {
  return /^(?:#|\/\/) (\S+\.\w+)\n/.exec(text)?.[1];
}

/** The jobs in a block of YAML, which is a list of steps or has whole jobs. */
function jobsIn({ text }: Block): Job[] {
  // The examples use the action in this folder.
  const content = parse(text.replaceAll(released, './'));
  return Array.isArray(content)
    ? [{ 'runs-on': 'ubuntu-latest', steps: content }]
    : Object.values(content.jobs);
}

function examplesIn(path: string, text: string): Example[] {
  return text.split(/^#+ (?=.+\n\n)/m).flatMap((section) => {
    const [heading = ''] = section.split('\n');
    const all = blocks(section);
    const files = new Map(
      all.flatMap((block) => {
        const name = pathOf(block);
        return name === undefined ? [] : [[name, block.text.replaceAll(released, './')]];
      }),
    );
    return all
      .filter((block) => block.language === 'yaml' && pathOf(block) === undefined)
      .flatMap(jobsIn)
      .map((job, i) => {
        const title = `${path}: ${heading}${i === 0 ? '' : ` (${i + 1})`}`;
        const id = title
          .toLowerCase()
          .replaceAll(/[^a-z0-9]+/g, '-')
          .replaceAll(/^-|-$/g, '');
        return { id, title, job, files };
      });
  });
}

function document(path: string): Document {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, examples: examplesIn(path, text) };
}

export const readme = document('README.md');
export const documents: readonly Document[] = [
  readme,
  document('docs/recipes.md'),
  document('docs/losses.md'),
];
export const examples = documents.flatMap((each) => each.examples);

/**
 * Makes a folder with the action and a workflow, in which each example is a job.
 *
 * @param change replaces each step, also in composite actions
 */
export function workflow(
  selected: readonly Example[],
  change: (step: Step) => readonly Step[] = (step) => [step],
): string {
  const directory = temporaryDirectory();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  cpSync(join(root, 'action.yml'), join(directory, 'action.yml'));
  cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true });
  const jobs = selected.map(({ id, job }) => {
    // The action is checked out, not downloaded. For the checkout act copies this folder.
    const all = [{ uses: 'actions/checkout@v7' }, ...job.steps.flatMap(change)];
    return [id, { ...job, steps: all }];
  });
  write(
    '.github/workflows/examples.yml',
    stringify({ on: 'push', jobs: Object.fromEntries(jobs) }),
  );
  for (const [path, text] of selected.flatMap(({ files }) => [...files])) {
    write(path, path.endsWith('action.yml') ? changeAction(text, change) : text);
  }
  spawnSync('git', ['init', '--quiet'], { cwd: directory });
  return directory;
}

/** Replaces the steps of a composite action. */
function changeAction(text: string, change: (step: Step) => readonly Step[]): string {
  const action = parse(text);
  return stringify({
    ...action,
    runs: { ...action.runs, steps: action.runs.steps.flatMap(change) },
  });
}
