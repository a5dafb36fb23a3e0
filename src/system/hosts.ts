import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Family } from '../request.ts';
import { codeOf, isOutOfFiles } from './errors.ts';
import { type Command, runCommand } from './run-command.ts';
import { bind, close, isAbsent } from './sockets.ts';

/**
 * The addresses to find ports on, one for each family: those of `host`, or the wildcard addresses.
 *
 * @throws Error if the host has no address in a family, or one that is not this machine's
 */
export async function resolveHosts(family: Family, host?: string): Promise<string[]> {
  if (host === undefined) {
    // IPv4 is always there, so the default costs no call.
    if (family !== 'ipv4') requireIpv6(await bindError('::1'));
    return { ipv4: ['0.0.0.0'], ipv6: ['::'], both: ['0.0.0.0', '::'] }[family];
  }
  const versions = { ipv4: [4], ipv6: [6], both: [4, 6] }[family];
  const addresses = await Promise.all(versions.map((version) => lookUp(host, version)));
  for (const address of addresses) {
    const error = await bindError(address);
    if (error !== undefined) {
      const code = codeOf(error);
      const reason = isAbsent(code)
        ? `this machine has no address ${address}`
        : `${address} cannot be bound`;
      throw new Error(`Input "host": "${host}", but ${reason} (${code})`, { cause: error });
    }
  }
  return addresses;
}

/** Whether an interface of this machine has an IPv6 address. */
export function hasIpv6Address(interfaces = networkInterfaces()): boolean {
  return Object.values(interfaces).some((infos) => infos?.some(({ family }) => family === 'IPv6'));
}

/**
 * If IPv6 is disabled, `::` can still be bound, and no other address. So this asks for ::1 and for the interfaces:
 * the loopback interface may lack IPv6 although others have it.
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
 * @throws the system's error if no file descriptor is left
 */
async function bindError(host: string): Promise<unknown> {
  try {
    await close(await bind('stream', { host, port: 0 }));
  } catch (error) {
    if (isOutOfFiles(error)) throw error;
    // The address exists, but its ephemeral ports are used up, or a sandbox permits other ports.
    if (!['EADDRINUSE', 'EACCES', 'EPERM'].includes(`${codeOf(error)}`)) return error;
  }
  return undefined;
}

/** The longest wait for a name, in milliseconds: a resolver turns to its second server after five seconds. */
const patience = 8000;

/** Prints the address of a name, or the code of the error. */
const lookUpProgram = `
  const [, name, family] = process.argv;
  require('node:dns').lookup(name, { family: Number(family) }, (error, address) => {
    process.stdout.write(error === null ? address : String(error.code));
  });`;

/**
 * The first address of a host. A name is looked up in another process: it may take a minute if no server answers, and
 * no process ends before its look-ups do.
 */
async function lookUp(host: string, version: number): Promise<string> {
  if (isIP(host) === version) return host;
  // RFC 6761, section 6.3
  if (host.toLowerCase() === 'localhost') return version === 4 ? '127.0.0.1' : '::1';
  const command: Command = [process.execPath, '-e', lookUpProgram, '--', host, `${version}`];
  const answer = await runCommand(command, patience).catch((error) => {
    if (isOutOfFiles(error)) throw error;
    const message = `Input "host": the look-up of "${host}" failed: ${error.message}`;
    throw new Error(message, { cause: error });
  });
  if (isIP(answer) === version) return answer;
  throw new Error(
    `Input "host": "${host}" does not resolve to an IPv${version} address (${answer})`,
  );
}
