// Prepares what tsc has compiled to `lib`, and the packages that it imports, for ncc.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// A package.json without a "type" has ncc write a CommonJS script, which Node starts sooner than an ES module. The
// one beside the bundle has Node take it for such a script.
writeFileSync(new URL('../lib/package.json', import.meta.url), '{}\n');
mkdirSync(new URL('../dist', import.meta.url), { recursive: true });
writeFileSync(new URL('../dist/package.json', import.meta.url), '{ "type": "commonjs" }\n');

// The toolkit's packages do not say that importing them has no effect, so a bundler keeps all of them: 1.29 MB,
// nearly all of it an HTTP client that this action never calls.
for (const name of ['@actions/core', '@actions/github', '@actions/http-client']) {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify({ ...manifest, sideEffects: false }, null, 2)}\n`);
}
