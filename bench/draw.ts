/**
 * Draws docs/losses.json for light and dark pages: how many of each picker's ports others took before they were bound,
 * and how many were given twice.
 *
 *     node bench/draw.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ours, quantile, root } from './lib.ts';

const docs = join(root, 'docs');
const { ports, losses } = JSON.parse(readFileSync(join(docs, 'losses.json'), 'utf8'));
// Narrow enough for a phone.
const width = 460;
const longest = 310;
const top = 48;
const rowHeight = 74;
const height = top + rowHeight * losses.length - 22;
const themes = {
  light: { text: '#1f2328', taken: '#bc4c00', twice: '#0969da' },
  dark: { text: '#f0f6fc', taken: '#f0883e', twice: '#58a6ff' },
};

for (const [name, colours] of Object.entries(themes)) {
  writeFileSync(join(docs, `losses-${name}.svg`), drawing(colours));
}

function drawing({ text, taken, twice }: typeof themes.light): string {
  const bar = (y: number, count: number, colour: string, label: string) => {
    const length = Math.round((count / ports) * longest);
    return `<rect y="${y}" width="${length}" height="16" rx="2" fill="${colour}"/>
<text x="${length > 0 ? length + 7 : 0}" y="${y + 13}">${count} ${label}</text>`;
  };
  const rows = losses.map(({ picker, both, ...row }: (typeof losses)[number], i: number) => {
    const y = top + rowHeight * i;
    return `<text y="${y}" font-weight="${picker === ours.name ? 700 : 600}">${picker}</text>
${bar(y + 7, quantile(both), taken, 'taken by others')}
${bar(y + 27, quantile(row.twice), twice, 'given twice')}`;
  });
  const title = `Of ${ports} ports, on a busy machine`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="15" fill="${text}" role="img">
<title>${title}: those that others took before they were bound, and those that were given twice</title>
<text y="16">${title}</text>
${rows.join('\n')}
</svg>
`;
}
