import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { currentJob, type Job } from '../../src/leases/job.ts';
import { spyOn, systemError } from '../support.ts';

const actual = { ...fs };

/** The job of this process, except for what is given. */
export function job(given: Partial<Job> = {}): Job {
  return { ...currentJob(), ...given };
}

/** The text of a record of another step of this job, except for what is given. */
export function record(ports: readonly number[], given: object = {}): string {
  const header = JSON.stringify({ ...currentJob(), owner: 'somebody', ...given });
  return `${[header, ...ports].join('\n')}\n`;
}

/** The pid of a process that has ended. */
export async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid as number;
}

/**
 * Replaces a function of node:fs until the test has finished. Node's other functions call the new one, too: rmSync calls
 * lstatSync, for example.
 *
 * @param make gets the actual function
 */
export function replace<Name extends keyof typeof fs>(
  name: Name,
  make: (actual: (typeof fs)[Name]) => (...given: never[]) => unknown,
) {
  return spyOn(fs, name as 'openSync').mockImplementation(make(actual[name]) as never);
}

/** Makes a function of node:fs fail for paths with this end until the test has finished. */
export function refuse(
  name: 'lstatSync' | 'openSync' | 'readdirSync' | 'rmSync',
  end: string,
  code: string,
) {
  return replace(name, (actual) => (...given) => {
    if (`${given[0]}`.endsWith(end)) throw systemError(code);
    return Reflect.apply(actual, fs, given);
  });
}

/** Makes this process see this uid map until the test has finished; undefined stands for no /proc. */
export function setUidMap(map: string | undefined): void {
  replace('readFileSync', (readFile) => (path: string, options: 'utf8') => {
    if (path !== '/proc/self/uid_map') return readFile(path, options);
    if (map === undefined) throw systemError('ENOENT');
    return options ? map : Buffer.from(map);
  });
}

/** The uid at the end of a directory's name. */
export function uidIn(path: string): number | undefined {
  const [, uid] = /find-unused-port-(\d+)$/.exec(path) ?? [];
  return uid === undefined ? undefined : Number(uid);
}

/**
 * Makes files seem to belong to these users until the test has finished; undefined leaves the owner as it is. By default
 * each user's directory belongs to the user in its name.
 */
export function setOwners(uidOf: (path: string) => number | undefined = uidIn): void {
  replace('lstatSync', (lstat) => (path: string, options: object) => {
    const status = lstat(path, options);
    const uid = uidOf(path);
    return status && uid !== undefined ? Object.assign(status, { uid }) : status;
  });
}

/** Gives this user a name until the test has finished, or makes the look-up of the name fail. */
export function setUserName(username?: string): void {
  spyOn(os, 'userInfo').mockImplementation(() => {
    if (username === undefined) throw systemError('ERR_SYSTEM_ERROR');
    return { username } as ReturnType<typeof os.userInfo>;
  });
}
