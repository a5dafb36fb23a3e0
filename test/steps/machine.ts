import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { hasAllUsers, hasty, isInstalled, isRoot, needs } from '../support.ts';

// These tests run on machines of their own: network, mount and process namespaces, with their own sysctls, mounts and
// limits. Only root can make these.
export const flags = ['--net', '--mount', '--pid', '--fork', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...flags, 'ip', 'link', 'set', 'lo', 'up']).status === 0;

const asRoot = needs({
  root: isRoot,
  setpriv: isInstalled('setpriv'),
  'namespaces with a network of their own': canUnshare || !isRoot,
  'all user ids': hasAllUsers || !isRoot,
});

/** Tests on separate machines. They run at the same time, since they mostly wait. */
export const machines = (name: string, tests: () => void) =>
  asRoot.describe(name, { concurrent: true }, tests);

interface Machine {
  readonly stdout: string;
  readonly ports: number[];
}

/**
 * Runs a script on such a machine. In it, `step INPUT_COUNT=3` runs the action, away from a runner. `hasty` does the
 * same, and waits a hundredth of the time for other steps to give ports back.
 */
export async function machine(script: string): Promise<Machine> {
  const directory = mkdtempSync(join(tmpdir(), 'find-unused-port-test-'));
  const file = join(directory, 'script.sh');
  // The machine has its own /tmp, which has all that the script needs. The script is not pid 1, since it starts the
  // steps, and the pid of their job cannot be 1.
  writeFileSync(
    file,
    `set -e
    umask 022
    ip link set lo up
    mount -t tmpfs -o size=2M,mode=1777 tmpfs '${directory}'
    cp '${join(import.meta.dirname, '..', '..', 'dist')}'/* '${directory}'
    touch '${directory}/node'
    mount --bind '${process.execPath}' '${directory}/node'
    mount --move '${directory}' /tmp
    step() { env "$@" /tmp/node /tmp/index.js; }
    hasty() { step NODE_OPTIONS='${hasty}' "$@"; }
    set +e
    ${script}`,
  );
  try {
    const { stdout, stderr } = await run('unshare', [...flags, 'sh', '-c', `bash ${file}; true`]);
    expect(stderr).toBe('');
    const ports = [...stdout.matchAll(/^ports=(.*)$/gm)].flatMap(([, text = '']) =>
      JSON.parse(text),
    );
    return { stdout, ports };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs a program and returns what it prints. Fails if it does not end in time. */
function run(program: string, args: string[]): Promise<{ stdout: string; stderr: string }> {
  const options = {
    env: { PATH: process.env.PATH },
    timeout: 120_000,
    killSignal: 'SIGKILL',
    maxBuffer: 16 * 1024 * 1024,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error?.killed)
        reject(new Error(`${args.at(-1)} takes longer than two minutes:\n${stdout}${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}
