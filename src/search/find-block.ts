import type { PortRange } from '../ports/port-set.ts';
import type { Patience } from './pace.ts';
import type { Reservations } from './reservations.ts';

/**
 * Reserves consecutive ports.
 *
 * @param runs where blocks may lie, best first
 * @returns the first free block; no ports if there is none, or time is up
 */
export async function findBlock(
  length: number,
  runs: Iterable<PortRange>,
  reservations: Reservations,
  patience: Patience,
): Promise<number[]> {
  for (const { first, last } of runs) {
    for (let start = first; start + length - 1 <= last; ) {
      const from = start;
      const block = Array.from({ length }, (_, i) => from + i);
      const refused = await reserveBlock(block, reservations, patience);
      if (refused.length === 0) return block;
      if (patience.isExhausted) return [];
      // No free block contains a refused port.
      start = Math.max(...refused) + 1;
    }
  }
  return [];
}

/**
 * Reserves all of a block or none.
 *
 * @returns the ports that are refused; none if the block is reserved
 */
async function reserveBlock(
  block: readonly number[],
  reservations: Reservations,
  patience: Patience,
): Promise<readonly number[]> {
  const known = block.filter((port) => reservations.refusalOf(port) !== undefined);
  if (known.length > 0) return known;
  // Start at the end: a refusal there skips the most.
  for (let end = block.length; end > 0; end -= reservations.batchSize) {
    const start = Math.max(0, end - reservations.batchSize);
    const { refused } = await reservations.reserve(block.slice(start, end), true);
    if (refused.length > 0) {
      reservations.release();
      return refused;
    }
    patience.note(block.length - start);
  }
  const lost = reservations.confirm(block);
  if (lost.length > 0) reservations.release();
  return lost;
}
