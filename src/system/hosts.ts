import { networkInterfaces } from 'node:os';
import type { Family } from '../request.ts';
import { codeOf, isOutOfFiles } from './errors.ts';
import { bind, close, isAbsent } from './sockets.ts';

/**
 * The addresses that ports are asked for on, one for each family: those of `host`, or the wildcard addresses.
 *
 * @throws Error if the host has no address in a family, or one that is not this machine's
 */
export async function resolveHosts(family: Family, host?: string): Promise<string[]> {
  if (host === undefined) {
    // Every machine has IPv4: the usual request costs nothing here.
    if (family !== 'ipv4') requireIpv6(await bindError('::1'));
    return { ipv4: ['0.0.0.0'], ipv6: ['::'], both: ['0.0.0.0', '::'] }[family];
  }
  const addresses: string[] = [];
  for (const version of { ipv4: [4], ipv6: [6], both: [4, 6] }[family]) {
    const address = await lookUp(host, version);
    const error = await bindError(address);
    if (error !== undefined) {
      const code = codeOf(error);
      const reason = isAbsent(code)
        ? `this machine has no address ${address}`
        : `${address} cannot be bound`;
      throw new Error(`Input "host": "${host}", but ${reason} (${code})`, { cause: error });
    }
    addresses.push(address);
  }
  return addresses;
}

/** Whether an interface of this machine has an IPv6 address. */
export function hasIpv6Address(interfaces = networkInterfaces()): boolean {
  return Object.values(interfaces).some((infos) => infos?.some(({ family }) => family === 'IPv6'));
}

/**
 * Where IPv6 is switched off its wildcard address can be bound all the same, and no other. The loopback interface
 * can be without IPv6 where others have it.
 *
 * @param error why the loopback address cannot be bound; undefined if it can
 * @throws Error if this machine has no IPv6
 */
export function requireIpv6(error: unknown, hasAddress: () => boolean = hasIpv6Address): void {
  if (error === undefined || (isAbsent(codeOf(error)) && hasAddress())) return;
  const reason = isAbsent(codeOf(error)) ? 'this machine has no IPv6' : '::1 cannot be bound';
  throw new Error(`Input "family": IPv6 was asked for, but ${reason} (${codeOf(error)})`, {
    cause: error,
  });
}

/**
 * Why an address cannot be bound; undefined if it can.
 *
 * @throws Error if that cannot be told, since no file descriptor is left
 */
async function bindError(host: string): Promise<unknown> {
  try {
    await close(await bind('stream', { host, port: 0 }));
  } catch (error) {
    if (isOutOfFiles(error)) throw error;
    // The address is there: it only has no ephemeral port left, or a sandbox permits other ports.
    if (!['EADDRINUSE', 'EACCES', 'EPERM'].includes(`${codeOf(error)}`)) return error;
  }
  return undefined;
}

async function lookUp(host: string, version: number): Promise<string> {
  const { lookup } = process.getBuiltinModule('node:dns/promises');
  try {
    return (await lookup(host, { family: version })).address;
  } catch (error) {
    // Without a file descriptor no name resolves, and the look-up does not say so. A socket does.
    await bindError('127.0.0.1');
    const reason = `does not resolve to an IPv${version} address (${codeOf(error)})`;
    throw new Error(`Input "host": "${host}" ${reason}`, { cause: error });
  }
}
