import { isIP } from 'node:net';
import type { Family } from '../request.ts';
import { codeOf } from './errors.ts';
import { bind, close, isAbsent } from './sockets.ts';

/**
 * The addresses that ports are asked for on, one for each family: those of `host`, or the wildcard addresses.
 *
 * @throws Error if the host has no address in a family, or one that is not this machine's
 */
export async function resolveHosts(family: Family, host?: string): Promise<string[]> {
  // Every machine has this address: the usual request costs nothing here.
  if (family === 'ipv4' && host === undefined) return ['0.0.0.0'];
  const addresses: string[] = [];
  for (const version of family === 'both' ? [4, 6] : family === 'ipv4' ? [4] : [6]) {
    const address =
      host === undefined ? (version === 4 ? '0.0.0.0' : '::') : await lookUp(host, version);
    // Where IPv6 is switched off its wildcard address can be bound all the same, its loopback address cannot.
    await bind('stream', { host: address === '::' ? '::1' : address, port: 0 }).then(
      close,
      (error) => {
        const code = codeOf(error);
        // The address is there, but has no ephemeral port left.
        if (code === 'EADDRINUSE') return;
        const reason = isAbsent(code)
          ? `this machine has no ${address === '::' ? 'IPv6' : `address ${address}`}`
          : `${address} cannot be bound`;
        const input = host === undefined ? '"family": IPv6 was asked for' : `"host": "${host}"`;
        throw new Error(`Input ${input}, but ${reason} (${code})`, { cause: error });
      },
    );
    addresses.push(address);
  }
  return addresses;
}

async function lookUp(host: string, version: number): Promise<string> {
  if (isIP(host) !== 0) return host;
  const { lookup } = process.getBuiltinModule('node:dns/promises');
  const { address } = await lookup(host, { family: version }).catch((error) => {
    const reason = `does not resolve to an IPv${version} address (${codeOf(error)})`;
    throw new Error(`Input "host": "${host}" ${reason}`, { cause: error });
  });
  return address;
}
