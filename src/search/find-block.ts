import type { PortRange } from '../ports/port-set.ts';
import type { PortRequest, SocketType } from '../request.ts';
import type { Patience } from './pace.ts';
import { batchSize, type Reservations } from './reservations.ts';

/**
 * Reserves consecutive numbers, one for each type in their order.
 *
 * @param runs where blocks may lie, best first
 * @returns the first block of which nobody has a number; undefined if there is none
 */
export async function findBlock(
  types: readonly SocketType[],
  runs: Iterable<PortRange>,
  reservations: Reservations,
  patience: Patience,
): Promise<number[] | undefined> {
  for (const { first, last } of runs) {
    for (let start = first; start + types.length - 1 <= last; ) {
      if (patience.isExhausted) return undefined;
      const block = types.map((type, i) => ({ port: start + i, type }));
      await reserveBlock(block, reservations, patience);
      const refused = block.findLastIndex((request) => reservations.refusalOf(request));
      if (refused === -1) return block.map(({ port }) => port);
      // The next block that can be whole starts behind the last number that is refused.
      start += refused + 1;
    }
  }
  return undefined;
}

/** Reserves a block, or nothing of it. */
async function reserveBlock(
  block: readonly PortRequest[],
  reservations: Reservations,
  patience: Patience,
): Promise<void> {
  const isRefused = (request: PortRequest) => reservations.refusalOf(request) !== undefined;
  if (block.some(isRefused)) return;
  const length = Math.min(...block.map(({ type }) => batchSize[type]));
  // From its end, since the next block starts behind the number that is refused.
  for (let end = block.length; end > 0; end -= length) {
    const start = Math.max(0, end - length);
    const batch = block.slice(start, end);
    await reservations.reserve(batch);
    if (batch.some(isRefused)) return reservations.release();
    patience.note(block.length - start);
  }
  reservations.confirm(block);
  if (block.some(isRefused)) reservations.release();
}
