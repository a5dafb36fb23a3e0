// The toolkit's packages do not say that importing them has no effect, so a bundler must keep all of
// them: 1.29 MB, nearly all of it an HTTP client that this action never calls. They have none that we
// need; saying so before the bundle is made leaves 20 kB.
import { readFileSync, writeFileSync } from 'node:fs';

for (const name of ['@actions/core', '@actions/github', '@actions/http-client']) {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify({ ...manifest, sideEffects: false }, null, 2)}\n`);
}
