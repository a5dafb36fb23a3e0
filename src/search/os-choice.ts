import { isIPv6 } from 'node:net';
import type { Request } from '../request.ts';
import { codeOf, isOutOfFiles } from '../system/errors.ts';
import {
  type BoundSocket,
  bind,
  closeAll,
  explainBindError,
  unusableError,
} from '../system/sockets.ts';
import type { Source } from './find-each.ts';
import type { Reservations } from './reservations.ts';

/**
 * Lets the OS choose, as CPython's find_unused_port does: binds port 0 and reads the port. The sockets stay open until
 * `close`, so no port comes twice. Those of ports that are no good are closed earlier if descriptors run out.
 */
export class OsChoice {
  readonly #request: Pick<Request, 'transports' | 'exclude'>;
  readonly #hosts: readonly string[];
  readonly #reservations: Reservations;
  /** By port. */
  readonly #held = new Map<number, readonly BoundSocket[]>();
  readonly #passed: BoundSocket[] = [];

  /** @param hosts one address for each family */
  constructor(
    request: Pick<Request, 'transports' | 'exclude'>,
    hosts: readonly string[],
    reservations: Reservations,
  ) {
    this.#request = request;
    this.#hosts = hosts;
    this.#reservations = reservations;
  }

  /** Claims ports that the OS chooses; undefined if it has none left. */
  readonly source: Source = async (wanted) => {
    const chosen: number[] = [];
    try {
      while (chosen.length < Math.min(wanted, this.#reservations.batchSize)) {
        const port = await this.#withDescriptors(() => this.#bindToZero());
        if (port === undefined) break;
        chosen.push(port);
      }
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      if (chosen.length === 0) return undefined;
    }
    const { reserved, refused } = await this.#withDescriptors(() =>
      this.#reservations.claim(chosen),
    );
    for (const port of refused) {
      this.#passed.push(...(this.#held.get(port) ?? []));
      this.#held.delete(port);
    }
    // The last look needs descriptors.
    if (reserved.length === wanted) await this.#closePassed();
    return reserved;
  };

  async close(): Promise<void> {
    await this.#closePassed();
    await closeAll([...this.#held.values()].flat());
  }

  /** Does something, again if it lacks descriptors and there are sockets that can be closed. */
  async #withDescriptors<T>(action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!isOutOfFiles(error) || this.#passed.length === 0) throw error;
      await this.#closePassed();
      return action();
    }
  }

  #closePassed(): Promise<void> {
    return closeAll(this.#passed.splice(0));
  }

  /** Lets the OS choose for the first socket, and binds the others to that port; undefined if it is not available. */
  async #bindToZero(): Promise<number | undefined> {
    const { transports, exclude } = this.#request;
    const sockets: BoundSocket[] = [];
    let port = 0;
    for (const transport of transports) {
      for (const host of this.#hosts) {
        const ipv6Only = this.#hosts.length > 1 && isIPv6(host);
        try {
          const socket = await bind(transport, { port, host, ipv6Only });
          sockets.push(socket);
          ({ port } = socket.address() as { port: number });
        } catch (error) {
          const refusal = explainBindError(codeOf(error), process.platform);
          if (port !== 0 && refusal === 'in use') {
            this.#passed.push(...sockets);
            return undefined;
          }
          await closeAll(sockets);
          // No port that the OS chooses is for privileged processes alone.
          if (refusal === 'not permitted') throw unusableError(transport, host, error);
          throw error;
        }
      }
    }
    if (exclude.has(port)) {
      this.#passed.push(...sockets);
      return undefined;
    }
    this.#held.set(port, sockets);
    return port;
  }
}
