import { isIPv6 } from 'node:net';
import type { Request } from '../request.ts';
import { codeOf } from '../system/errors.ts';
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
 * `close`, so no port comes twice.
 */
export class OsChoice {
  readonly #request: Pick<Request, 'transports' | 'exclude'>;
  readonly #hosts: readonly string[];
  readonly #reservations: Reservations;
  readonly #sockets: BoundSocket[] = [];

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
        const port = await this.#bindToZero();
        if (port === undefined) break;
        chosen.push(port);
      }
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      if (chosen.length === 0) return undefined;
    }
    return this.#reservations.claim(chosen).reserved;
  };

  close(): Promise<void> {
    return closeAll(this.#sockets);
  }

  /** Lets the OS choose for the first socket, and binds the others to that port; undefined if the port is no good. */
  async #bindToZero(): Promise<number | undefined> {
    const { transports, exclude } = this.#request;
    let port = 0;
    for (const transport of transports) {
      for (const host of this.#hosts) {
        const ipv6Only = this.#hosts.length > 1 && isIPv6(host);
        try {
          const socket = await bind(transport, { port, host, ipv6Only });
          this.#sockets.push(socket);
          ({ port } = socket.address() as { port: number });
        } catch (error) {
          const refusal = explainBindError(codeOf(error), process.platform);
          // No port that the OS chooses is for privileged processes alone.
          if (refusal === 'not permitted') throw unusableError(transport, host, error);
          if (port === 0 || refusal === undefined) throw error;
          return undefined;
        }
      }
    }
    return exclude.has(port) ? undefined : port;
  }
}
