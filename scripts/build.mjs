// Builds dist: tsc compiles src to lib, and ncc bundles that. node_modules stays as it is.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

process.chdir(dirname(import.meta.dirname));

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

for (const folder of ['lib', 'dist']) rmSync(folder, { recursive: true, force: true });
run('node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json');

// Without a "type" here ncc writes a CommonJS script, which Node starts sooner than an ES module.
writeFileSync('lib/package.json', '{}\n');

// The toolkit's packages do not declare that importing them has no effect, so ncc would bundle all of them: 1.29 MB,
// most of it an HTTP client that this action never calls. These copies declare it, and ncc finds them first.
cpSync('node_modules/@actions', 'lib/node_modules/@actions', { recursive: true });
for (const name of ['core', 'github', 'http-client']) {
  const file = join('lib/node_modules/@actions', name, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...manifest, sideEffects: false }));
}

const ncc = ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', 'lib/index.js', '--out', 'dist'];
run(...ncc, '--license', 'licenses.txt');
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
