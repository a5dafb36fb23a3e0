import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ephemeralRange } from '../../src/system/ephemeral-range.ts';
import { hasPython, python, withPython } from '../python.ts';
import {
  bundle,
  freeRange,
  hasIpv6,
  isUnix,
  needs,
  onLinux,
  onUnix,
  otherPorts,
  runFirst,
  runStep,
  scrubbedEnvironment,
  temporaryDirectory,
} from '../support.ts';

const hasOtherPorts = otherPorts(await ephemeralRange(['stream', 'dgram']));
const withOtherPorts = needs(hasOtherPorts);
const onTerminal = needs({ Unix: isUnix, python3: hasPython, ...hasOtherPorts });
const root = join(import.meta.dirname, '..', '..');

/** Starts a program, waits until it prints `ready`, and ends it after `use`. */
async function withServer<T>(command: string[], ready: string, use: () => Promise<T>): Promise<T> {
  const [program = '', ...args] = command;
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('exit', () => reject(new Error(`${program} has ended`)));
      server.stdout.on('data', (chunk) => String(chunk).includes(ready) && resolve());
    });
    return await use();
  } finally {
    server.kill();
  }
}

describe('the bundle', () => {
  test('the bundle is readable and comes with its licenses', () => {
    const text = readFileSync(join(root, 'dist', 'index.js'), 'utf8');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1000);
    expect(existsSync(join(root, 'dist', 'licenses.txt'))).toBe(true);
  });

  // Node publishes on these channels when a UDP socket is made or a process is started. The modules of an HTTP client
  // would be in its list of loaded modules.
  test.each([
    ['tcp', []],
    ['both', ['udp.socket']],
  ])('a step for %s loads and makes nothing that it does not need', (type, expected) => {
    const script = `
      import { subscribe } from 'node:diagnostics_channel';
      for (const name of ['udp.socket', 'child_process']) subscribe(name, () => console.error(name));
      process.on('exit', () => {
        for (const name of process.moduleLoadList) if (/http|tls|undici/.test(name)) console.error(name);
      });
      await import(${JSON.stringify(pathToFileURL(bundle()))});`;
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { encoding: 'utf8', env: { ...scrubbedEnvironment, INPUT_TYPE: type } },
    );
    const made = new Set(stderr.split('\n').filter((line) => line !== ''));
    // Systems other than Linux need a child process to read the ephemeral range.
    if (process.platform !== 'linux') made.delete('child_process');
    expect({ status, made: [...made] }).toEqual({ status: 0, made: expected });
  });
});

describe('a step', () => {
  withOtherPorts.test("a step sets outputs and variables in the runner's files", async () => {
    const { status, stdout, stderr, outputs, variables } = await runStep({
      names: 'web my-db/udp',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { web, 'my-db': db } = outputs;
    expect(outputs).toEqual({ port: web, ports: `[${web},${db}]`, web, 'my-db': db });
    expect(variables).toEqual({ WEB_PORT: web, MY_DB_PORT: db });
    expect(stdout.trim().split(/\r?\n/)).toEqual([
      `web: ${web} (WEB_PORT)`,
      `my-db: ${db} UDP (MY_DB_PORT)`,
    ]);
  });

  withOtherPorts.test('a step without GITHUB_OUTPUT prints its outputs', async () => {
    const environment = { GITHUB_OUTPUT: undefined };
    const { status, stdout, stderr, variables } = await runStep({ count: '2' }, { environment });
    expect({ status, stderr, variables }).toEqual({ status: 0, stderr: '', variables: {} });
    expect(stdout).toMatch(/^port=(\d+)\nports=\[\1,\d+\]\n$/);
  });

  onTerminal.test('a step prints its outputs on a terminal', async () => {
    const script =
      'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    const { status, stdout } = await runStep(
      {},
      { environment: { GITHUB_OUTPUT: undefined }, through: [python, '-c', script] },
    );
    expect(stdout).toMatch(/^port=(\d+)\r\nports=\[\1\]\r\n$/);
    expect(status).toBe(0);
  });

  test('a step with a wrong input fails with one message and sets nothing', async () => {
    const { status, stdout, stderr, outputs, variables } = await runStep({ count: 'abc' });
    expect(stdout.trim()).toBe(
      '::error::Input "count": "abc" is not a whole number from 1 to 1000',
    );
    expect({ status, stderr, outputs, variables }).toEqual({
      status: 1,
      stderr: '',
      outputs: {},
      variables: {},
    });
  });

  test('a step gives ports in a process that Node takes for a worker of a cluster', async () => {
    const environment = { NODE_UNIQUE_ID: '1' };
    const { outputs } = await runStep({ type: 'both' }, { environment });
    expect(outputs.ports).toMatch(/^\[\d+\]$/);
  });

  test('a step that ends before it is done fails with a message', async () => {
    // A process ends if it only waits for a socket that never listens.
    const script = "process.getBuiltinModule('node:net').Server.prototype.listen = () => {};";
    const environment = { NODE_OPTIONS: runFirst(script) };
    expect(await runStep({}, { environment })).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('::error::The step ended before it had found ports'),
      outputs: {},
      variables: {},
    });
  });

  onLinux.test('a step takes back what it wrote if the disk is full', async () => {
    // Files can have a kilobyte at most. The outputs need more, and so do the variables.
    const through = ['bash', '-c', 'ulimit -f 1 && exec "$@"', 'bash'];
    const names = Array.from({ length: 40 }, (_, i) => `name${i}`).join(' ');
    const { status, stdout, outputs, variables } = await runStep({ names }, { through });
    expect(stdout).toMatch(
      /^::error::The runner's file GITHUB_OUTPUT cannot be written: .+ \(EFBIG\)\n$/,
    );
    expect({ status, outputs, variables }).toEqual({ status: 1, outputs: {}, variables: {} });
  });

  onUnix.describe('stdout', () => {
    // `exec` replaces the shell with the step, so the step has the same parent.
    test.each([
      ['is closed', 'exec "$@" >&-', 'it is closed, or the null device'],
      // Opening a pipe for writing waits for a reader, so there is one at first.
      [
        'is a pipe that nobody reads',
        'mkfifo pipe && exec 3<> pipe 4> pipe 3>&- && exec "$@" >&4 4>&-',
        'write EPIPE',
      ],
    ])('a step whose stdout %s fails only away from a runner', async (_, script, words) => {
      const through = ['bash', '-c', script, 'bash'];
      const [{ status, stderr, outputs }, away] = await Promise.all([
        runStep({}, { through }),
        runStep({}, { environment: { GITHUB_OUTPUT: undefined }, through }),
      ]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(outputs.port).toMatch(/^\d+$/);
      expect(away.stderr.trimEnd()).toBe(`Error: standard output cannot be written (${words})`);
      expect(away.status).toBe(1);
    });
  });

  test('a step that sets no variables needs no file for them', async () => {
    const environment = { GITHUB_ENV: '/nowhere/missing' };
    const { status, outputs } = await runStep({ 'export-env': 'false' }, { environment });
    expect(status).toBe(0);
    expect(outputs.port).toMatch(/^\d+$/);
  });

  withOtherPorts.test(
    'a step reports which job has a port, in a line that starts no command',
    async () => {
      const environment = {
        // A runner obeys `##[…]` anywhere in a line, and other users choose the text in their leases.
        GITHUB_REPOSITORY: 'acme/##[add-mask]2',
        GITHUB_RUN_ID: '4711',
        GITHUB_JOB: 'e2e',
        RUNNER_NAME: 'r1',
        // The jobs of one runner have different ones.
        RUNNER_TEMP: temporaryDirectory(),
      };
      const { port: prefer = '' } = (await runStep({}, { environment })).outputs;
      const [{ stdout, outputs }, again] = await Promise.all([
        runStep({ prefer }),
        runStep({ prefer }, { environment }),
      ]);
      const taken = `${prefer} is taken by acme/## [add-mask]2, run 4711, job e2e, runner r1`;
      expect(stdout.trim().split(/\r?\n/)).toEqual([
        `${outputs.port} (PORT)`,
        `${taken}; took ${outputs.port} instead`,
      ]);
      expect(again.stdout).toContain(`${prefer} is given to another step of this job; took `);
    },
  );

  withOtherPorts.test(
    'a step does not need the event file, which may be missing or malformed',
    async () => {
      const directory = temporaryDirectory();
      const malformed = join(directory, 'malformed.json');
      writeFileSync(malformed, '{');
      const steps = [malformed, join(directory, 'missing.json')].map((file) => {
        const environment = {
          GITHUB_OUTPUT: undefined,
          GITHUB_REPOSITORY: 'acme/app',
          GITHUB_EVENT_PATH: file,
        };
        return runStep({}, { environment });
      });
      for (const { status, stdout, stderr } of await Promise.all(steps)) {
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        expect(stdout).toMatch(/^port=(\d+)\nports=\[\1\]\n$/);
      }
    },
  );

  test('6 steps at once that prefer the same ports get 5 each, all different, some as blocks', async () => {
    const range = await freeRange(20);
    const prefer = `${range.first}-${range.last}`;
    // Steps that are too late for the preferred ports get others, whatever else runs on this machine.
    const steps = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        runStep({ count: '5', contiguous: `${i % 2 === 0}`, prefer }),
      ),
    );
    const ports = steps.flatMap(({ outputs }) => JSON.parse(outputs.ports ?? '[]'));
    expect(ports).toHaveLength(30);
    expect(new Set(ports).size).toBe(30);
  });
});

describe('servers', () => {
  withPython.test('a server in Python, which sets SO_REUSEADDR, can bind a port', async () => {
    const { port } = (await runStep({})).outputs;
    const command = [python, '-u', '-m', 'http.server', '--bind', '127.0.0.1', `${port}`];
    await withServer(command, 'Serving', async () => {
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    });
  });

  withPython.test('a UDP server in Python, without SO_REUSEADDR, can bind a port', async () => {
    const { port } = (await runStep({ type: 'udp' })).outputs;
    const script = `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", ${port})); print("bound")`;
    await withServer([python, '-u', '-c', `${script}; s.recv(1)`], 'bound', async () => {});
  });

  test('a server in Node can bind a port', async () => {
    const { port } = (await runStep({ family: hasIpv6 ? 'both' : 'ipv4' })).outputs;
    const script = `require('http').createServer((_, r) => r.end('hello')).listen(${port}, () => console.log('up'))`;
    await withServer([process.execPath, '--eval', script], 'up', async () => {
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    });
  });
});
