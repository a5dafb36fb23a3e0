/** Consecutive ports, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A set of ports, kept as ranges: a set of all 65,535 is as cheap as a set of one. */
export class PortSet implements Iterable<number> {
  /** In ascending order. They neither overlap nor touch. */
  readonly ranges: readonly PortRange[];

  private constructor(ranges: readonly PortRange[]) {
    this.ranges = ranges;
  }

  /** All ports of `ranges`, which may overlap and come in any order. */
  static ofRanges(ranges: Iterable<PortRange>): PortSet {
    const merged: { first: number; last: number }[] = [];
    for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
      const previous = merged.at(-1);
      if (previous !== undefined && first <= previous.last + 1) {
        previous.last = Math.max(previous.last, last);
      } else {
        merged.push({ first, last });
      }
    }
    return new PortSet(merged);
  }

  /** A set of these ports, which may come in any order. */
  static of(ports: Iterable<number>): PortSet {
    return PortSet.ofRanges([...ports].map((port) => ({ first: port, last: port })));
  }

  get size(): number {
    return this.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  has(port: number): boolean {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { first, last } = this.ranges[middle] as PortRange;
      if (port < first) high = middle;
      else if (port > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(...others: readonly PortSet[]): PortSet {
    return PortSet.ofRanges([this, ...others].flatMap(({ ranges }) => ranges));
  }

  /** The ports of this set that are not in `other`. Walks through both once. */
  difference({ ranges: others }: PortSet): PortSet {
    const rest: PortRange[] = [];
    let i = 0;
    for (const { first, last } of this.ranges) {
      let from = first;
      for (let other = others[i]; other !== undefined && other.first <= last; other = others[++i]) {
        if (other.first > from) rest.push({ first: from, last: other.first - 1 });
        from = Math.max(from, other.last + 1);
        // It may extend into the next range of this set.
        if (other.last > last) break;
      }
      if (from <= last) rest.push({ first: from, last });
    }
    return new PortSet(rest);
  }

  intersection(other: PortSet): PortSet {
    return this.difference(this.difference(other));
  }

  /** The ports in ascending order. */
  *[Symbol.iterator](): Generator<number, undefined> {
    for (const { first, last } of this.ranges) {
      for (let port = first; port <= last; port++) yield port;
    }
    return undefined;
  }

  /** The set as `parsePorts` reads it. */
  toString(): string {
    return this.ranges
      .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
      .join(', ');
  }
}
