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

/** The numbers of `set` that are not in `others`. */
export function subtract(set: PortSet, others: PortSet): PortSet {
  const rest: PortRange[] = [];
  for (const { first, last } of set) {
    let from = first;
    for (const other of others) {
      if (other.last < from) continue;
      if (other.first > last) break;
      if (other.first > from) rest.push({ first: from, last: other.first - 1 });
      from = other.last + 1;
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
  return set.some(({ first, last }) => first <= port && port <= last);
}

/** All numbers of `ranges`, in the order in which they are written. */
export function* numbers(ranges: Iterable<PortRange>): Generator<number> {
  for (const { first, last } of ranges) {
    for (let port = first; port <= last; port++) yield port;
  }
}

/** `set` as `parsePorts` reads it. */
export function format(set: PortSet): string {
  return set
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(', ');
}

/**
 * Reads ports and ranges such as `20000-20999, 30000`, separated by commas, spaces or new lines.
 *
 * @returns the ranges in the order in which they are written; none for blank text
 * @throws Error that quotes the item and says what is accepted
 */
export function parsePorts(text: string): PortRange[] {
  return splitList(text.replace(/(\d)\s*-\s*(?=\d)/g, '$1-')).map((item) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    const range = { first: Number(first), last: Number(last) };
    // So written, it is true for NaN as well.
    if (!(range.first > 0 && range.last > 0 && range.first < 65536 && range.last < 65536)) {
      throw new Error(
        `"${item}" is not a port from 1 to 65535 or a range of them such as 20000-20999`,
      );
    }
    if (range.first > range.last) {
      throw new Error(`"${item}" runs backwards: write ${range.last}-${range.first}`);
    }
    return range;
  });
}

/** The items of a list that commas, spaces or new lines separate. Two commas have an empty item between them. */
export function splitList(text: string): string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*|\s+/);
}
