import { type PortRange, PortSet } from './port-set.ts';

const maxItems = 1000;

/**
 * Reads ports and ranges such as `20000-20999, 30000`, separated by commas, spaces or new lines.
 *
 * @throws Error that quotes the item and says what is accepted
 */
export function parsePorts(text: string): PortSet {
  return PortSet.ofRanges(parseRanges(text));
}

/**
 * Reads the same list, and returns each port once, in the written order.
 *
 * @throws Error that quotes the item and says what is accepted
 */
export function parsePortList(text: string): number[] {
  let seen = PortSet.of([]);
  return parseRanges(text).flatMap((range) => {
    const ports = PortSet.ofRanges([range]);
    const unseen = ports.difference(seen);
    seen = seen.union(ports);
    return [...unseen];
  });
}

function parseRanges(text: string): PortRange[] {
  const items = splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, '$1-'));
  if (items.length > maxItems) {
    throw new Error(
      `${items.length} items, the maximum is ${maxItems}: write consecutive ports as a range`,
    );
  }
  return items.map((item) => {
    const range = parseRange(item);
    if (range === undefined || Math.min(range.first, range.last) < 1) {
      if (/^\d+:\d+$/.test(item)) {
        throw new Error(`${quote(item)} is not a range: write ${item.replace(':', '-')}`);
      }
      throw new Error(
        `${quote(item)} is not a port from 1 to 65535 or a range of them such as 20000-20999`,
      );
    }
    if (range.first > range.last) {
      throw new Error(`${quote(item)} runs backwards: write ${range.last}-${range.first}`);
    }
    return range;
  });
}

/** Reads a number from 0 to 65535, or two such numbers with a dash between them; undefined for other text. */
export function parseRange(text: string): PortRange | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  // A comparison with NaN is false.
  return Math.max(range.first, range.last) <= 65535 ? range : undefined;
}

/**
 * Splits a list at commas, spaces and new lines.
 *
 * @throws Error for an empty item, with the items beside it
 */
export function splitList(text: string): string[] {
  const trimmed = text.trim();
  const items = trimmed === '' ? [] : trimmed.split(/\s*,\s*|\s+/);
  const empty = items.indexOf('');
  if (empty < 0) return items;
  const [before, after] = [items[empty - 1], items[empty + 1]];
  if (empty === 0) throw new Error(`${quote(`,${after}`)} starts with a comma`);
  if (empty === items.length - 1) throw new Error(`${quote(`${before},`)} ends in a comma`);
  throw new Error(`${quote(`${before},,${after}`)} has two commas in a row`);
}

/** Quotes an item, or the start of a long one. */
function quote(item: string): string {
  return `"${item.length > 100 ? `${item.slice(0, 100)}…` : item}"`;
}
