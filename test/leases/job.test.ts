import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { currentHolder, type Holder, processStatus, stillHolds } from '../../src/leases/job.ts';

const here = currentHolder();
const holder = (given: Partial<Holder>): Holder => ({ ...here, ...given });

test('the process that started this one holds what it is given', () => {
  expect(here.pid).toBe(process.ppid);
  expect(stillHolds(here, currentHolder())).toBe(true);
});

test('a step that started after the one that looks holds what it was given', () => {
  const now = process.hrtime()[0];
  expect(stillHolds(holder({ at: now }), holder({ at: now - 5 }))).toBe(true);
});

test('a process that has ended holds nothing', async () => {
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  expect(stillHolds(holder({ pid: child.pid as number, started: '' }), here)).toBe(false);
});

test.runIf(process.platform === 'linux')('a later process with its pid holds nothing', () => {
  expect(stillHolds(holder({ started: '1' }), here)).toBe(false);
});

test("another user's process holds what it was given", () => {
  // The first process of a machine ends with it, and is root's.
  expect(stillHolds(holder({ pid: 1, started: '' }), here)).toBe(process.platform !== 'win32');
});

test.each([
  ['from before the machine was last started', { boot: 'another' }, false],
  ['of this very moment', { at: here.at }, true],
  ['from the future', { at: here.at + 1 }, false],
  ['six hours old', { at: here.at - 6 * 60 * 60 }, true],
  ['older than six hours', { at: here.at - 6 * 60 * 60 - 1 }, false],
  ['of a process that has no pid here', { pid: 0 }, true],
  [
    'of a process that has no pid here, older than six hours',
    { pid: 0, at: here.at - 21_601 },
    false,
  ],
  ['of a process in another pid namespace', { pid: 2 ** 30, namespace: 'pid:[1]' }, true],
  ['with a moment that is no number', { at: 'now' as unknown as number }, false],
  ['with a pid that is no number', { pid: 'x' as unknown as number }, true],
])('a lease %s', (_, given, expected) => {
  expect(stillHolds(holder(given), here, here.at)).toBe(expected);
});

test('whatever a lease says, its holder holds it or does not', () => {
  const said = fc.dictionary(
    fc.constantFrom(...Object.keys(here)),
    fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(here))),
  );
  fc.assert(
    fc.property(said, (given) => {
      expect(typeof stillHolds(given as unknown as Holder, here)).toBe('boolean');
    }),
  );
});

test('a status is read whatever the name of the process', () => {
  const fields = (state: string) =>
    `${state} 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 243755 9 10 11`;
  expect(processStatus(`42 (node) ${fields('S')}`)).toEqual({ started: '243755', ended: false });
  expect(processStatus(`42 (a) b) R 1) ${fields('R')}`)).toEqual({
    started: '243755',
    ended: false,
  });
  expect(processStatus(`42 (dead) ${fields('Z')}`)).toEqual({ started: '243755', ended: true });
  expect(processStatus('')).toBeUndefined();
});
