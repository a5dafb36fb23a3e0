import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bundle,
  inputVariables,
  listen,
  ownRange,
  readFileCommands,
  temporaryDirectory,
} from '../support.ts';

/**
 * The bundle under Node for Windows, in wine: its own paths, fallbacks and errors. netsh prints nothing there, the
 * pid of the parent is 0, and sockets conflict as they do on Linux.
 *
 * Needs wine with a WINEPREFIX that says Windows 10, and WINDOWS_NODE, the path of a node.exe (of Node 22: later
 * ones do not run in wine).
 */
const { WINDOWS_NODE = '', WINEPREFIX = '' } = process.env;
const programData = join(WINEPREFIX, 'drive_c', 'ProgramData');
const hasWine = WINDOWS_NODE !== '' && spawnSync('wine', ['--version']).status === 0;

function onWindows(inputs: Record<string, string>) {
  const directory = temporaryDirectory();
  const path = (name: string) => join(directory, name);
  for (const name of ['output', 'env']) writeFileSync(path(name), '');
  const windowsPath = (unix: string) => `Z:${unix.replaceAll('/', '\\')}`;
  // Node for Windows takes files in wine, no pipes.
  const { status } = spawnSync(
    'bash',
    ['-c', 'wine "$@" < /dev/null > log 2> errors', 'bash', WINDOWS_NODE, windowsPath(bundle())],
    {
      cwd: directory,
      env: {
        ...process.env,
        WINEDEBUG: '-all',
        GITHUB_OUTPUT: windowsPath(path('output')),
        GITHUB_ENV: windowsPath(path('env')),
        ...inputVariables(inputs),
      },
    },
  );
  return {
    status,
    log: readFileSync(path('log'), 'utf8'),
    outputs: readFileCommands(path('output')),
    variables: readFileCommands(path('env')),
  };
}

describe.skipIf(!hasWine)('on Windows', () => {
  const assumed =
    /^::warning::The ephemeral range could not be read \(.*\): taken to be 49152-65535\.$/m;

  test.each(['tcp', 'udp', 'both'])('%s ports are given and recorded', (type) => {
    const { status, log, outputs, variables } = onWindows({ count: '3', type });
    expect({ status, log }).toMatchObject({ status: 0, log: expect.stringMatching(assumed) });
    const ports: number[] = JSON.parse(outputs.ports ?? '[]');
    expect(ports).toHaveLength(3);
    expect(variables.PORTS).toBe(ports.join(' '));
    const directory = readdirSync(programData).find((name) => /^find-unused-port-\w/.test(name));
    const leases = readdirSync(join(programData, `${directory}`));
    for (const port of ports) expect(leases).toContain(`${port}.${type === 'udp' ? 'udp' : 'tcp'}`);
  });

  test('a second step gets others, and an error where there are none', async () => {
    const { first, last } = await ownRange(4);
    const range = `${first}-${last}`;
    const one = onWindows({ count: '2', range });
    const two = onWindows({ count: '2', range });
    const ports = [one, two].flatMap(({ outputs }) => JSON.parse(outputs.ports ?? '[]'));
    expect(new Set(ports).size).toBe(4);
    const three = onWindows({ range });
    expect(three.status).toBe(1);
    expect(three.log).toContain('0 are in use, 4 leased (to a step outside of a runner)');
  });

  test('what a server has is in use, and what is not this machine’s is refused', async () => {
    const { first } = await ownRange(1);
    await listen('127.0.0.1', first);
    expect(onWindows({ range: `${first}` }).log).toContain('1 are in use');
    expect(onWindows({ host: '203.0.113.1' }).log).toContain(
      '::error::Input "host": "203.0.113.1", but this machine has no address 203.0.113.1',
    );
  });
});
