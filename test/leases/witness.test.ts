import { spawn } from 'node:child_process';
import fs, { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseProcessStatus, readProcessStatus, Witness } from '../../src/leases/witness.ts';
import { hasPython, python } from '../python.ts';
import {
  isLinux,
  needs,
  onLinux,
  onUnix,
  spyOn,
  systemError,
  temporaryDirectory,
} from '../support.ts';
import { endedProcess } from './support.ts';

let witness: Witness;
beforeEach(() => {
  witness = new Witness();
});

/** Starts a program, and returns its pid and what it first prints. */
async function start(program: string, ...args: string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const printed = await new Promise((resolve) => child.stdout.once('data', resolve));
  return { pid: child.pid as number, printed: `${printed}`.trim() };
}

const stat = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'latin1');

describe('processes', () => {
  test('a process has ended if no process has its pid', async () => {
    const pid = await endedProcess();
    expect(witness.processState(pid, undefined)).toBe('ended');
    expect(witness.processState(pid, '7')).toBe('ended');
  });

  onLinux.test('a process is the same if it has the recorded start time', () => {
    const { started } = readProcessStatus(process.ppid) ?? {};
    expect(witness.processState(process.ppid, started)).toBe('same');
    expect(witness.processState(process.ppid, `${started}0`)).toBe('ended');
    expect(witness.processState(process.ppid, undefined)).toBe('there');
  });

  test("a process is there if it is another user's and hidden", () => {
    spyOn(process, 'kill').mockThrow(systemError('EPERM'));
    spyOn(fs, 'readFileSync').mockThrow(systemError('ENOENT'));
    expect(witness.processState(process.ppid, '7')).toBe('there');
  });

  onLinux.test('a process is there if /proc shows another pid namespace', () => {
    spyOn(fs, 'readlinkSync').mockReturnValue(`${process.pid + 1}`);
    expect(witness.processState(process.ppid, '7')).toBe('there');
  });

  onLinux.test('a process has ended if only its exit code is left', async () => {
    // bash starts a process and becomes sleep, which never asks for the exit code.
    const { pid, printed } = await start('bash', '-c', 'sleep 60 & echo $!; exec sleep 60');
    const zombie = Number(printed);
    const name = () => readFileSync(`/proc/${pid}/comm`, 'latin1');
    await vi.waitUntil(() => name() === 'sleep\n', { timeout: 30_000 });
    process.kill(zombie);
    await vi.waitUntil(() => stat(zombie).includes(') Z '), { timeout: 30_000 });
    const started = stat(zombie).split(' ')[21];
    expect(witness.processState(zombie, started)).toBe('ended');
    expect(witness.processState(zombie, undefined)).toBe('ended');
  });

  needs({ Linux: isLinux, python3: hasPython }).test(
    'a process lives if its main thread has ended and others run',
    async () => {
      const script = `
      import ctypes, threading, time
      threading.Thread(target=time.sleep, args=(60,)).start()
      print('ready', flush=True)
      ctypes.CDLL(None).pthread_exit(None)`.replaceAll('\n      ', '\n');
      const { pid } = await start(python, '-c', script);
      await vi.waitUntil(() => stat(pid).includes(') Z '), { timeout: 30_000 });
      const { started } = readProcessStatus(pid) ?? {};
      expect(witness.processState(pid, started)).toBe('same');
    },
  );
});

test('the status of a process is parsed, whatever its name', () => {
  const fields = (letter: string, threads = 1) =>
    `${letter} 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 ${threads} 0 243755 9 10 11`;
  const running = { started: '243755', hasEnded: false };
  const ended = { started: '243755', hasEnded: true };
  expect(parseProcessStatus(`42 (node) ${fields('S')}`)).toEqual(running);
  expect(parseProcessStatus(`42 (a) b) R 1) ${fields('R')}`)).toEqual(running);
  expect(parseProcessStatus(`42 (dead) ${fields('Z')}`)).toEqual(ended);
  expect(parseProcessStatus(`42 (dead) ${fields('X')}`)).toEqual(ended);
  expect(parseProcessStatus(`42 (threads) ${fields('Z', 2)}`)).toEqual(running);
  expect(parseProcessStatus('42 (node) S 1 1')).toBeUndefined();
  expect(parseProcessStatus('')).toBeUndefined();
});

describe('paths', () => {
  test('a path is gone if nothing is there', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(witness.isGone(file)).toBe(false);
    rmSync(file);
    witness.forget();
    expect(witness.isGone(file)).toBe(true);
    expect(witness.isGone(file)).toBe(true);
  });

  onUnix.test('a path counts as existing if we may not look', () => {
    const loop = join(temporaryDirectory(), 'loop');
    symlinkSync(loop, loop);
    expect(witness.isGone(`${loop}/temp`)).toBe(false);
  });
});

describe('repeated questions', () => {
  test('what lives is asked about again only after `forget`', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const kill = spyOn(process, 'kill');
    const { started } = readProcessStatus(process.ppid) ?? {};
    for (let i = 0; i < 5; i++) witness.processState(process.ppid, started);
    expect(kill).toHaveBeenCalledTimes(1);
    expect(witness.isGone(file)).toBe(false);
    rmSync(file);
    expect(witness.isGone(file)).toBe(false);
    witness.forget();
    witness.processState(process.ppid, started);
    expect(kill).toHaveBeenCalledTimes(2);
    expect(witness.isGone(file)).toBe(true);
  });

  onLinux.test('what has ended is asked about again: a new job may have its pid', async () => {
    const { started } = readProcessStatus(process.ppid) ?? {};
    expect(witness.processState(process.ppid, 'earlier')).toBe('ended');
    expect(witness.processState(process.ppid, started)).toBe('same');
    const kill = spyOn(process, 'kill').mockThrow(systemError('ESRCH'));
    expect(witness.processState(4711, undefined)).toBe('ended');
    kill.mockImplementation(() => true);
    expect(witness.processState(4711, undefined)).not.toBe('ended');
    const file = join(temporaryDirectory(), 'file');
    expect(witness.isGone(file)).toBe(true);
    writeFileSync(file, '');
    expect(witness.isGone(file)).toBe(false);
  });
});
