import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { onUnix, temporaryDirectory } from '../support.ts';

const root = join(import.meta.dirname, '..', '..');
const launcher = join('scripts', 'node.mjs');

/** Runs the launcher of the npm scripts in a folder whose Node from the lock file is a shell script. */
function launch(pinned: string, args: readonly string[], options: readonly string[] = []) {
  const directory = temporaryDirectory();
  for (const file of [launcher, '.node-version']) cpSync(join(root, file), join(directory, file));
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(directory, 'node_modules', name, 'bin', 'node');
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, `#!/bin/sh\n${pinned}\n`, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, launcher, ...args], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

onUnix.describe('npm scripts', () => {
  test('npm scripts and their own processes run on the Node of the lock file', () => {
    const pinned = `test "$1" = --version || { printf '%s|' "$@" "$(command -v node)"; exit 7; }`;
    const { status, stdout, stderr } = launch(pinned, ['test', '-t', 'two words']);
    expect(stdout).toMatch(/^test\|-t\|two words\|.+\/node_modules\/node-\w+-\w+\/bin\/node\|$/);
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
  });

  describe('a Node of the lock file that does not start', () => {
    test("npm scripts run on the machine's Node if that of the lock file does not start", () => {
      const result = launch('exit 127', ['--print', '6 * 7']);
      expect(result).toEqual({ status: 0, stdout: '42\n', stderr: '' });
    });

    test("npm scripts ask for another Node in one line if the machine's is too old", () => {
      const old = `Object.defineProperty(process, 'versions', { value: { node: '22.17.1' } });`;
      const result = launch('exit 127', [], ['--import', `data:text/javascript,${old}`]);
      const version = readFileSync(join(root, '.node-version'), 'utf8').trim();
      expect(result).toEqual({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(`^Install Node ${version}: .+\n$`),
      });
    });
  });
});
