/** A list whose items are made when they are first needed. */
export class LazyList<T> implements Iterable<T> {
  readonly #source: Iterator<T>;
  readonly #made: T[] = [];

  constructor(source: Iterable<T>) {
    this.#source = source[Symbol.iterator]();
  }

  /** The item at an index up to the number of items that were made; undefined behind the last. */
  at(index: number): T | undefined {
    if (index === this.#made.length) {
      const { value, done } = this.#source.next();
      if (!done) this.#made.push(value);
    }
    return this.#made[index];
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; ; i++) {
      const item = this.at(i);
      if (item === undefined) return;
      yield item;
    }
  }
}
