import { isIP } from 'node:net';
import { codeOf } from './errors.ts';
import { bind, close, isAbsent } from './probe.ts';

/** AF_INET, AF_INET6 or both. */
export type Family = 'ipv4' | 'ipv6' | 'both';

/**
 * The addresses that ports are asked for on, one for each family: those of `host`, or the wildcards.
 *
 * @throws Error if the host has no address in a family, or one that is not this machine's
 */
export async function resolveHosts(family: Family, host?: string): Promise<string[]> {
  // Every machine has IPv4's wildcard address: the usual request costs nothing here.
  if (family === 'ipv4' && host === undefined) return ['0.0.0.0'];
  const addresses: string[] = [];
  for (const version of family === 'both'
    ? ([4, 6] as const)
    : ([family === 'ipv4' ? 4 : 6] as const)) {
    const address = await addressOf(host, version);
    await requireLocal(address, version, host);
    addresses.push(address);
  }
  return addresses;
}

async function addressOf(host: string | undefined, version: 4 | 6): Promise<string> {
  if (host === undefined) return version === 4 ? '0.0.0.0' : '::';
  if (isIP(host) !== 0) return host;
  const { lookup } = await import(/* webpackIgnore: true */ 'node:dns/promises');
  try {
    return (await lookup(host, { family: version })).address;
  } catch (error) {
    throw new Error(
      `Input "host": "${host}" does not resolve to an IPv${version} address (${codeOf(error)}): ` +
        'give an address of this machine, or a name of one',
      { cause: error },
    );
  }
}

async function requireLocal(
  address: string,
  version: 4 | 6,
  host: string | undefined,
): Promise<void> {
  // The wildcard of IPv6 binds even where IPv6 is switched off, its loopback address does not.
  const tried = address === '::' ? '::1' : address;
  try {
    await close(await bind('stream', { host: tried, port: 0 }));
  } catch (error) {
    const code = codeOf(error);
    // Every number of the ephemeral range is in use, on an address that is there.
    if (code === 'EADDRINUSE') return;
    if (address === '::' && isAbsent(code)) {
      throw new Error(
        `Input "family": IPv6 was asked for, but this machine has none (${code} for ::1)`,
        { cause: error },
      );
    }
    throw new Error(
      isAbsent(code)
        ? `Input "host": "${host}" is not an IPv${version} address of this machine (${code} for ${address})`
        : `Input "host": cannot bind to ${address} (${code})`,
      { cause: error },
    );
  }
}
