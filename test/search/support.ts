import { rmSync, writeFileSync } from 'node:fs';
import { vi } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';
import { ownDirectory } from '../../src/leases/users.ts';
import { Patience } from '../../src/search/pace.ts';
import { Reservations } from '../../src/search/reservations.ts';
import { ownAddresses } from '../../src/system/probe.ts';
import { record } from '../leases/support.ts';
import { freshLeases, inMemory, oneRound, temporaryDirectory } from '../support.ts';

/** What a search goes by, and the numbers of each batch that it has tried. */
export function watched(leases = freshLeases(), pace = oneRound) {
  const reservations = new Reservations(leases, ownAddresses(process.platform, []));
  const reserve = vi.spyOn(reservations, 'reserve');
  const batches = () => reserve.mock.calls.map(([batch]) => batch.map(({ port }) => port));
  return { reservations, patience: new Patience(pace), batches };
}

/** The leases of a step, beside another step that acts at the worst time. */
export class ContestedLeases extends Leases {
  /** What this step has claimed so far. */
  readonly claimed: number[] = [];
  /** How often it has looked. */
  looks = 0;
  /** What the rival does before this step claims numbers, and before it looks. */
  beforeClaim: (ports: readonly number[]) => void = () => {};
  beforeLook: () => void = () => {};

  readonly #root: string;
  /** The rival's record. */
  readonly #rivals: string;

  constructor() {
    const root = temporaryDirectory(inMemory);
    super('a step', root);
    this.#root = root;
    this.#rivals = `${ownDirectory(root)}/1-rival`;
  }

  /** Has the rival claim these numbers, even if others have them. */
  rivalClaims(ports: readonly number[]): void {
    writeFileSync(this.#rivals, record(ports, { owner: 'a rival' }));
  }

  /** Has the rival give back everything. */
  rivalLeaves(): void {
    rmSync(this.#rivals, { force: true });
  }

  /** The numbers among these that others see as this step's. */
  seenByOthers(ports: readonly number[]): number[] {
    const onlooker = new Leases('an onlooker', this.#root);
    onlooker.look();
    return ports.filter((port) => onlooker.ownerOf(port) === 'a step');
  }

  override claim(ports: readonly number[]): void {
    this.beforeClaim(ports);
    super.claim(ports);
    this.claimed.push(...ports);
  }

  override look(): void {
    this.looks++;
    this.beforeLook();
    super.look();
  }
}
