// Makes the bundle start sooner and read better: as a CommonJS script, which Node runs without its loader of modules,
// with one plain line for each of Node's modules, without the toolkit's functions that nothing calls, and indented
// by tabs.
import { readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);
const file = new URL('index.js', dist);
// src/load.ts makes a `require` for itself. A CommonJS script has one.
let text = readFileSync(file, 'utf8').replace(
  /\(0,\s*\w+\.createRequire\)\(import\.meta\.url\)/,
  'require',
);

// ncc writes `const external_node_fs_x = createRequire(…)("node:fs");` and `(0,external_node_fs_x.openSync)(…)`.
// What only some runs need is loaded where it is used: node:crypto, which takes long, for a delimiter in a runner's files.
const late = ['crypto'];
const imports = new Map();
const declaration =
  /^const (\w+) = __WEBPACK_EXTERNAL_createRequire\(.+?\)\("(?:node:)?(.+)"\);$/gm;
for (const [line, name, module] of text.matchAll(declaration)) {
  const use = new RegExp(`\\(0,\\s*${name}\\.(\\w+)\\)|${name}\\.(\\w+)`, 'g');
  const members = imports.get(module) ?? new Set();
  imports.set(module, members);
  text = text.replace(line, '').replace(use, (_, called, read) => {
    const member = called ?? read;
    if (late.includes(module)) return `require("node:${module}").${member}`;
    members.add(member);
    return member;
  });
}
const header = [...imports]
  .filter(([, members]) => members.size > 0)
  .map(
    ([module, members]) =>
      `const { ${[...members].sort().join(', ')} } = require("node:${module}");\n`,
  );
text = text.replace(/^import .* as __WEBPACK_EXTERNAL_createRequire .*$/m, header.join(''));

// As ES modules, so that esbuild drops what nothing uses.
const { code } = transformSync(text, {
  format: 'esm',
  target: 'node20',
  treeShaking: true,
  legalComments: 'none',
});
const tidy = code
  .replaceAll('/* @__PURE__ */ ', '')
  .replace(/^ *\/\*\*\n.*?\*\/\n/gms, '')
  .replace(/^ +/gm, (spaces) => '\t'.repeat(spaces.length / 2));
writeFileSync(file, `"use strict";\n${tidy}`);
writeFileSync(new URL('package.json', dist), '{\n\t"type": "commonjs"\n}\n');
