import { isOutOfFiles } from './errors.ts';
import type { Leases } from './leases.ts';
import type { BindRefusal, PortRequest, Probe } from './probe.ts';

/** Why a number was not to be had. */
export type Refusal = BindRefusal | `leased to ${string}`;

/** Takes numbers: makes sure that they are unused, and leases them. */
export class Taker {
  /** What was refused, by type and number: a number can be unused for UDP and in use for TCP. */
  readonly refused = new Map<string, Refusal>();

  readonly #probe: Probe;
  readonly #leases: Leases;

  constructor(probe: Probe, leases: Leases) {
    this.#probe = probe;
    this.#leases = leases;
  }

  /** Whether a number was refused already. */
  hasRefused({ port, type }: PortRequest): boolean {
    return this.refused.has(`${type} ${port}`);
  }

  /** Takes what can be had of the requests: true for each that is ours. */
  async take(requests: readonly PortRequest[]): Promise<boolean[]> {
    const taken: boolean[] = [];
    let atOnce = requests.length;
    while (taken.length < requests.length) {
      try {
        taken.push(
          ...(await this.#takeAtOnce(requests.slice(taken.length, taken.length + atOnce))),
        );
      } catch (error) {
        if (!isOutOfFiles(error) || atOnce === 1) throw error;
        atOnce = Math.ceil(atOnce / 2);
      }
    }
    return taken;
  }

  /** Gives back what was taken. */
  giveBack(requests: readonly PortRequest[]): void {
    this.#leases.withdraw(requests);
  }

  async #takeAtOnce(requests: readonly PortRequest[]): Promise<boolean[]> {
    const { refusals, release } = await this.#probe.hold(requests);
    try {
      const owners = this.#leases.claim(requests.filter((_, i) => refusals[i] === undefined));
      return requests.map(({ port, type }, i) => {
        const owner = refusals[i] === undefined ? owners.shift() : undefined;
        const refusal = owner === undefined ? refusals[i] : (`leased to ${owner}` as const);
        if (refusal !== undefined) this.refused.set(`${type} ${port}`, refusal);
        return refusal === undefined;
      });
    } finally {
      await release();
    }
  }
}
