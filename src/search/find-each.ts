import type { Patience } from './pace.ts';
import type { Reservations } from './reservations.ts';

/**
 * Where ports come from: reserves up to `wanted` ports.
 *
 * @returns the reserved ports, possibly none; undefined if there are no more
 */
export type Source = (wanted: number) => Promise<readonly number[] | undefined>;

/**
 * Reserves single ports, and replaces those that are lost at the last look.
 *
 * @returns the ports, all different; fewer than `count` if there are no more, or time is up
 */
export async function findEach(
  count: number,
  source: Source,
  reservations: Reservations,
  patience: Patience,
): Promise<number[]> {
  const ports = new Set<number>();
  for (;;) {
    do {
      const more = ports.size < count ? await source(count - ports.size) : undefined;
      if (more === undefined) break;
      for (const port of more) ports.add(port);
      patience.note(ports.size);
    } while (!patience.isExhausted);
    // Also if there are too few: the message has how many there are.
    const lost = reservations.confirm([...ports]);
    for (const port of lost) ports.delete(port);
    if (lost.length === 0 || patience.isExhausted) return [...ports];
  }
}

/** Reserves candidates in their order. */
export function candidateSource(candidates: Iterable<number>, reservations: Reservations): Source {
  const untried = candidates[Symbol.iterator]();
  return async (wanted) => {
    const batch: number[] = [];
    while (batch.length < Math.min(wanted, reservations.batchSize)) {
      const { value: port, done } = untried.next();
      if (done) break;
      if (reservations.refusalOf(port) === undefined) batch.push(port);
    }
    if (batch.length === 0) return undefined;
    return (await reservations.reserve(batch)).reserved;
  };
}
