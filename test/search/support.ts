import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { Leases } from '../../src/leases/leases.ts';
import { ownDirectory } from '../../src/leases/users.ts';
import type { Transport } from '../../src/request.ts';
import { Patience } from '../../src/search/pace.ts';
import { Reservations } from '../../src/search/reservations.ts';
import { probeTarget } from '../../src/system/probe.ts';
import { record } from '../leases/support.ts';
import { freshLeases, inMemory, oneRound, temporaryDirectory } from '../support.ts';

/** The reservations and the patience of a search. */
export function searchWith(
  leases = freshLeases(),
  { transports = ['stream'], pace = oneRound, debug }: SearchOptions = {},
) {
  return {
    reservations: new Reservations(leases, probeTarget(transports, ['0.0.0.0']), debug),
    patience: new Patience(pace),
  };
}

interface SearchOptions {
  readonly transports?: readonly Transport[];
  readonly pace?: typeof oneRound;
  readonly debug?: (detail: string) => void;
}

/** The leases of a step, and a rival step that acts at the worst time. */
export class ContestedLeases extends Leases {
  /** Called before this step claims ports, and before it looks. */
  beforeWrite: (ports: readonly number[]) => void = () => {};
  beforeLook: () => void = () => {};

  readonly root: string;
  /** The directory of the rival's record. */
  readonly rivalDirectory: string;
  readonly #claimed = new Set<number>();

  /** @param rivalUser the uid of the rival, if it is another user */
  constructor(rivalUser?: number) {
    const root = temporaryDirectory(inMemory);
    super('a step', root);
    this.root = root;
    const own = ownDirectory(root);
    this.rivalDirectory = rivalUser === undefined ? own : own.replace(/\d+$/, `${rivalUser}`);
  }

  /** The ports that this step has claimed and not given back. */
  get claimed(): number[] {
    return [...this.#claimed];
  }

  /** Makes the rival claim these ports, even if others have them. */
  rivalClaims(ports: readonly number[]): void {
    mkdirSync(this.rivalDirectory, { recursive: true });
    writeFileSync(`${this.rivalDirectory}/1-rival`, record(ports, { owner: 'a rival' }));
  }

  /** Makes the rival give back everything. */
  rivalLeaves(): void {
    rmSync(`${this.rivalDirectory}/1-rival`, { force: true });
  }

  /** The ports that other steps see as this step's, in ascending order. */
  seenByOthers(): number[] {
    const onlooker = new Leases('an onlooker', this.root);
    onlooker.look();
    const all = Array.from({ length: 65_535 }, (_, i) => i + 1);
    return all.filter((port) => onlooker.ownerOf(port)?.name === 'a step');
  }

  override look(): void {
    this.beforeLook();
    super.look();
  }

  override write(ports: readonly number[]): void {
    this.beforeWrite(ports);
    super.write(ports);
    for (const port of ports) this.#claimed.add(port);
  }

  override withdraw(ports: readonly number[]): void {
    super.withdraw(ports);
    for (const port of ports) this.#claimed.delete(port);
  }

  override release(): void {
    super.release();
    this.#claimed.clear();
  }
}
