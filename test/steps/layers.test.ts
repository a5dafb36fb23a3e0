import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support.ts';

const root = join(import.meta.dirname, '..', '..');
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

/** A file of each layer, from the top down. */
const layers = [
  ...['index.ts', 'main.ts', 'action/a.ts', 'search/a.ts', 'leases/a.ts', 'system/a.ts'],
  ...['request.ts', 'ports/a.ts'],
];

/** The ways to import a module. */
const statements: Record<string, (source: string) => string> = {
  import: (source) => `import '${source}';`,
  'import type': (source) => `import type {} from '${source}';`,
  export: (source) => `export * from '${source}';`,
  'dynamic import': (source) => `await import('${source}');`,
  'type of an import': (source) => `let _: typeof import('${source}');`,
};

/** The imports that the linter refuses if a file of every layer imports all layers and the toolkit in all ways. */
function refusedImports(): string[] {
  const directory = temporaryDirectory();
  cpSync(join(root, 'biome'), join(directory, 'biome'), { recursive: true });
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(directory, 'biome.json'), JSON.stringify({ ...config, vcs: {} }));
  const imports = Object.entries(statements).flatMap(([way, statement]) =>
    [...layers, '@actions/core'].map((source) => ({ way, statement, source })),
  );
  for (const layer of layers) {
    const up = layer.includes('/') ? '../' : './';
    const lines = imports.map(({ statement, source }) =>
      statement(source.startsWith('@') ? source : up + source),
    );
    const file = join(directory, 'src', layer);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lines.join('\n'));
  }
  const args = [biome, 'lint', '--max-diagnostics=none', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: 'utf8',
  });
  const found = `${stdout}${stderr}`.matchAll(/^src[/\\](\S+):(\d+):\d+ plugin/gm);
  return [...found].map(([, file = '', line]) => {
    const { way, source } = imports[Number(line) - 1] ?? {};
    return `${way}: ${file.replace('\\', '/')} imports ${source}`;
  });
}

test('the linter refuses every import from a higher layer or from the toolkit', () => {
  const upward = layers.flatMap((layer, i) => [
    ...layers.slice(0, i).map((source) => `${layer} imports ${source}`),
    ...(layer.startsWith('action/') ? [] : [`${layer} imports @actions/core`]),
  ]);
  const all = Object.keys(statements).flatMap((way) => upward.map((line) => `${way}: ${line}`));
  expect(refusedImports().sort()).toEqual(all.sort());
});
