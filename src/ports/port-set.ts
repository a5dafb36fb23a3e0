/** A run of consecutive port numbers, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Port numbers as ranges that are in ascending order and neither overlap nor touch. */
export type PortSet = readonly PortRange[];

/** The set of all numbers in `ranges`, which may overlap and stand in any order. */
export function portSet(ranges: Iterable<PortRange>): PortSet {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) {
      previous.last = Math.max(previous.last, last);
    } else {
      merged.push({ first, last });
    }
  }
  return merged;
}

/** The set of these numbers, which may stand in any order. */
export function setOf(ports: readonly number[]): PortSet {
  return portSet(ports.map((port) => ({ first: port, last: port })));
}

/** The numbers of `set` that are not in `others`. Walks through both once. */
export function subtract(set: PortSet, others: PortSet): PortSet {
  const rest: PortRange[] = [];
  let i = 0;
  for (const { first, last } of set) {
    let from = first;
    for (let other = others[i]; other !== undefined && other.first <= last; other = others[++i]) {
      if (other.first > from) rest.push({ first: from, last: other.first - 1 });
      from = Math.max(from, other.last + 1);
      // It may reach into the next range of the set.
      if (other.last > last) break;
    }
    if (from <= last) rest.push({ first: from, last });
  }
  return rest;
}

/** The numbers that are in both sets. */
export function intersect(set: PortSet, other: PortSet): PortSet {
  return subtract(set, subtract(set, other));
}

/** How many numbers are in `set`. */
export function size(set: PortSet): number {
  return set.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** Whether `port` is in `set`. */
export function contains(set: PortSet, port: number): boolean {
  let [low, high] = [0, set.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { first, last } = set[middle] as PortRange;
    if (port < first) high = middle;
    else if (port > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Each number of `ranges` once, in the order in which they are written. */
export function* numbers(ranges: Iterable<PortRange>): Generator<number> {
  let seen: PortSet = [];
  for (const range of ranges) {
    for (const { first, last } of subtract([range], seen)) {
      for (let port = first; port <= last; port++) yield port;
    }
    seen = portSet([...seen, range]);
  }
}

/** `set` as `parsePorts` reads it. */
export function format(set: PortSet): string {
  return set
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(', ');
}

const mostItems = 1000;

/**
 * Reads ports and ranges such as `20000-20999, 30000`, separated by commas, spaces or new lines.
 *
 * @returns the ranges in the order in which they are written; none for blank text
 * @throws Error that quotes the item and says what is accepted
 */
export function parsePorts(text: string): PortRange[] {
  const items = splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, '$1-'));
  if (items.length > mostItems) {
    throw new Error(
      `a list of ${items.length} items is too long: it takes ${mostItems} at most. Write consecutive ports as a range`,
    );
  }
  const missing = missingItem(items);
  if (missing !== undefined) throw new Error(missing);
  return items.map((item) => {
    const range = parseRange(item);
    if (range === undefined || Math.min(range.first, range.last) < 1) {
      throw new Error(
        `${quoted(item)} is not a port from 1 to 65535 or a range of them such as 20000-20999`,
      );
    }
    if (range.first > range.last) {
      throw new Error(`${quoted(item)} runs backwards: write ${range.last}-${range.first}`);
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

/** The items of a list that commas, spaces or new lines separate. Two commas have an empty item between them. */
export function splitList(text: string): string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*|\s+/);
}

/** What to say of a list that has a comma too many, with the items beside it; undefined if it has none. */
export function missingItem(items: readonly string[]): string | undefined {
  const place = items.indexOf('');
  if (place < 0) return undefined;
  const [before, after] = [items[place - 1], items[place + 1]];
  if (place === 0) return `${quoted(`,${after}`)} starts with a comma`;
  if (place === items.length - 1) return `${quoted(`${before},`)} ends in a comma`;
  return `${quoted(`${before},,${after}`)} has two commas in a row`;
}

/** An item as a message shows it, cut short where it is long. */
function quoted(item: string): string {
  return `"${item.length > 100 ? `${item.slice(0, 100)}…` : item}"`;
}
