import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  currentJob,
  type Job,
  parseJob,
  parseProcessStatus,
  stateOf,
} from '../../src/leases/job.ts';
import { onLinux, onUnix, pretendToBe, systemError, temporaryDirectory } from '../support.ts';
import { endedProcess, job } from './support.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, readFileSync: vi.fn(fs.readFileSync) };
});

const { readFileSync: actuallyRead } = await vi.importActual<typeof import('node:fs')>('node:fs');

afterEach(() => {
  vi.mocked(readFileSync).mockImplementation(actuallyRead);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const hours = 60 * 60;

/** A job that lives, as Linux tells of it on any system. */
const here = job({
  pidNamespace: 'pid:[1]',
  mountNamespace: 'mnt:[1]',
  bootId: 'this boot',
  temp: '',
});

/** Has a file in /proc say something else, or be closed to us. */
function proc(file: string, text: string | undefined): void {
  vi.mocked(readFileSync).mockImplementation(((path: string, options: 'utf8') => {
    if (path !== file) return actuallyRead(path, options);
    if (text === undefined) throw systemError('EACCES');
    return text;
  }) as typeof readFileSync);
}

/** What is known of a job `after` seconds. */
function state(given: Partial<Job>, { asker = here, trusted = true, after = 0 } = {}): string {
  const asked = { ...here, ...given };
  return stateOf(asked, asker, trusted, asked.acquiredAt + after);
}

describe('the job of this step', () => {
  test('is that of the process that started it, and lives', () => {
    const before = process.hrtime()[0];
    const current = currentJob();
    expect(current.pid).toBe(process.ppid);
    expect(current.acquiredAt).toBeGreaterThanOrEqual(before);
    expect(current.acquiredAt).toBeLessThanOrEqual(process.hrtime()[0]);
    expect(stateOf(current, currentJob(), true)).toBe('living');
    expect(stateOf(current, currentJob(), false)).toBe('living');
  });

  onLinux.test('can be told from others by what Linux knows', () => {
    expect(currentJob()).toMatchObject({
      started: expect.stringMatching(/^\d+$/),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
      mountNamespace: expect.stringMatching(/^mnt:\[\d+\]$/),
      bootId: expect.stringMatching(/^[\da-f]{8}-[\da-f-]{27}$/),
    });
    expect(currentJob().started).toBe(currentJob().started);
  });

  test.each(['darwin', 'win32'] as const)('has no namespace of its own on %s', (platform) => {
    pretendToBe(platform);
    expect(currentJob()).toMatchObject({ pidNamespace: platform, mountNamespace: platform });
  });

  test('has no boot id where the system tells none', () => {
    proc('/proc/sys/kernel/random/boot_id', undefined);
    expect(currentJob().bootId).toBe('');
  });

  test('has no start of its process where the system tells none', () => {
    proc(`/proc/${process.ppid}/stat`, undefined);
    expect(currentJob().started).toBe('');
  });

  test('has its directory, if that is there', () => {
    const temp = temporaryDirectory();
    vi.stubEnv('RUNNER_TEMP', temp);
    expect(currentJob().temp).toBe(temp);
    vi.stubEnv('RUNNER_TEMP', join(temp, 'gone'));
    expect(currentJob().temp).toBe('');
    vi.stubEnv('RUNNER_TEMP', undefined);
    expect(currentJob().temp).toBe('');
  });
});

describe('a job has ended', () => {
  test('once its process has', async () => {
    const pid = await endedProcess();
    expect(state({ pid })).toBe('ended');
    expect(state({ pid, started: '' })).toBe('ended');
    expect(state({ pid, bootId: '' })).toBe('ended');
  });

  onLinux.test('once only the exit code of its process is left', async () => {
    // bash starts a process and becomes sleep, which never asks what became of it.
    const script = 'sleep 60 & echo $!; exec sleep 60';
    const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => {
      child.kill();
    });
    const pid = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
    const status = () => actuallyRead(`/proc/${pid}/stat`, 'latin1');
    const parent = () => actuallyRead(`/proc/${child.pid}/comm`, 'latin1');
    await vi.waitUntil(() => parent() === 'sleep\n', { timeout: 30_000 });
    process.kill(pid);
    await vi.waitUntil(() => status().includes(') Z '), { timeout: 30_000 });
    expect(state({ pid, started: status().split(' ')[21] as string })).toBe('ended');
    expect(state({ pid, started: '' })).toBe('ended');
  });

  onLinux.test('if its pid is that of a later process', () => {
    expect(state({ started: '1' })).toBe('ended');
  });

  test('if it was of before the machine was last started', () => {
    expect(state({ bootId: 'an earlier boot' })).toBe('ended');
    expect(state({ bootId: 'an earlier boot', pid: 0 })).toBe('ended');
  });

  test('once its directory is gone', () => {
    const temp = temporaryDirectory();
    expect(state({ temp })).toBe('living');
    rmSync(temp, { recursive: true });
    expect(state({ temp })).toBe('ended');
    expect(state({ temp, pid: 0 })).toBe('ended');
  });

  test('not if its directory is gone for another mount namespace, or another user says so', () => {
    const temp = join(temporaryDirectory(), 'gone');
    expect(state({ temp, mountNamespace: 'mnt:[2]' })).toBe('living');
    expect(state({ temp }, { asker: { ...here, mountNamespace: 'mnt:[2]' } })).toBe('living');
    expect(state({ temp }, { trusted: false })).toBe('living');
    const unknown = { ...here, mountNamespace: '' };
    expect(state({ ...unknown, temp }, { asker: unknown })).toBe('living');
  });

  onUnix.test('not if its directory is closed to us', () => {
    const loop = join(temporaryDirectory(), 'loop');
    symlinkSync(loop, loop);
    expect(state({ temp: `${loop}/temp` })).toBe('living');
  });

  test('not if it had no directory', () => {
    expect(state({ temp: '' })).toBe('living');
  });
});

describe('age does not count', () => {
  onLinux.test('where the process can be told: a job of seven hours lives', () => {
    expect(state({}, { after: 7 * hours })).toBe('living');
    expect(state({}, { after: 7 * 24 * hours, trusted: false })).toBe('living');
    const temp = join(temporaryDirectory(), 'temp');
    mkdirSync(temp);
    expect(state({ temp }, { after: 7 * hours })).toBe('living');
  });
});

describe('age decides, up to six hours,', () => {
  const another = { ...here, bootId: '' };
  test.each<[string, Partial<Job>, Job]>([
    ['where there is no pid', { pid: 0 }, here],
    ['where the pid makes no sense', { pid: -(2 ** 30) }, here],
    ['in another pid namespace', { pid: 2 ** 30, pidNamespace: 'pid:[2]' }, here],
    [
      'where the pid namespace is unknown',
      { pid: 2 ** 30, pidNamespace: '' },
      { ...here, pidNamespace: '' },
    ],
    ['where the start of the process is unknown', { started: '' }, here],
    ['where the job does not know its boot', { bootId: '', started: '1' }, here],
    ['where the asker does not know its boot', { started: '1' }, another],
    ['where nobody knows the boot', { bootId: '', started: '1' }, another],
  ])('%s', (_, given, asker) => {
    expect(state(given, { asker })).toBe('living');
    expect(state(given, { asker, after: 6 * hours })).toBe('living');
    expect(state(given, { asker, after: 6 * hours + 1 })).toBe('forgotten');
    expect(state(given, { asker, after: -1 })).toBe('forgotten');
  });

  test('where /proc hides the process', () => {
    proc(`/proc/${here.pid}/stat`, undefined);
    expect(state({})).toBe('living');
    expect(state({}, { after: 6 * hours + 1 })).toBe('forgotten');
    proc(`/proc/${here.pid}/stat`, 'no status');
    expect(state({ started: '1' })).toBe('living');
  });

  test("where the process is another user's and hidden", () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw systemError('EPERM');
    });
    proc(`/proc/${here.pid}/stat`, undefined);
    expect(state({})).toBe('living');
    expect(state({}, { after: 6 * hours + 1 })).toBe('forgotten');
  });

  test('by the clock that runs since the machine was started', () => {
    const [now] = process.hrtime();
    const aged = (seconds: number) =>
      stateOf({ ...here, pid: 0, acquiredAt: now - seconds }, here, true);
    expect(aged(0)).toBe('living');
    expect(aged(5 * hours)).toBe('living');
    expect(aged(7 * hours)).toBe('forgotten');
    expect(aged(-hours)).toBe('forgotten');
  });
});

describe('a job that a record tells of', () => {
  test('is taken as it is', () => {
    expect(parseJob(JSON.parse(JSON.stringify(here)))).toEqual(here);
  });

  test.each(Object.keys(here) as (keyof Job)[])('is none without a good %s', (name) => {
    const wrong = [undefined, null, [], {}, true, 1.5, 1e300];
    const others = typeof here[name] === 'number' ? [`${here[name]}`] : [1];
    for (const value of [...wrong, ...others]) {
      expect(parseJob({ ...here, [name]: value })).toBeUndefined();
    }
  });

  test('is a job or none, whatever it is, and its state can be told', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(here)));
    const said = fc.dictionary(fc.constantFrom(...Object.keys(here)), value);
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), said), (given) => {
        const parsed = parseJob(given);
        if (parsed === undefined) return;
        expect(stateOf(parsed, here, false)).toMatch(/^(living|ended|forgotten)$/);
      }),
    );
    expect(parseJob(null)).toBeUndefined();
    expect(parseJob(undefined)).toBeUndefined();
  });
});

test('the status of a process is read whatever the process is called', () => {
  const fields = (letter: string) =>
    `${letter} 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 243755 9 10 11`;
  const running = { started: '243755', ended: false };
  const ended = { started: '243755', ended: true };
  expect(parseProcessStatus(`42 (node) ${fields('S')}`)).toEqual(running);
  expect(parseProcessStatus(`42 (a) b) R 1) ${fields('R')}`)).toEqual(running);
  expect(parseProcessStatus(`42 (dead) ${fields('Z')}`)).toEqual(ended);
  expect(parseProcessStatus(`42 (dead) ${fields('X')}`)).toEqual(ended);
  expect(parseProcessStatus('42 (node) S 1 1')).toBeUndefined();
  expect(parseProcessStatus('')).toBeUndefined();
});
