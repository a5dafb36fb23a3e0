// Makes the bundle shorter and easier to read: with plain imports of Node's modules, without the toolkit's functions
// that nothing calls, and indented by tabs.
import { readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

const file = new URL('../dist/index.js', import.meta.url);
let text = readFileSync(file, 'utf8');

// ncc writes `const external_node_fs_x = createRequire(…)("node:fs");` and `(0,external_node_fs_x.openSync)(…)`.
const imports = new Map();
const declaration =
  /^const (\w+) = __WEBPACK_EXTERNAL_createRequire\(.+?\)\("(?:node:)?(.+)"\);$/gm;
for (const [line, name, module] of text.matchAll(declaration)) {
  const use = new RegExp(`\\(0,\\s*${name}\\.(\\w+)\\)|${name}\\.(\\w+)`, 'g');
  const members = imports.get(module) ?? new Set();
  imports.set(module, members);
  text = text.replace(line, '').replace(use, (_, called, read) => {
    members.add(called ?? read);
    return called ?? read;
  });
}
const header = [...imports]
  .filter(([, members]) => members.size > 0)
  .map(
    ([module, members]) => `import { ${[...members].sort().join(', ')} } from "node:${module}";\n`,
  );
text = text.replace(/^import .* as __WEBPACK_EXTERNAL_createRequire .*$/m, header.join(''));

const { code } = transformSync(text, { format: 'esm', target: 'node20', treeShaking: true });
const tabs = (spaces) => '\t'.repeat(spaces.length / 2);
writeFileSync(file, code.replace(/\/\*.*?\*\/\s*/gs, '').replace(/^ +/gm, tabs));
