import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundle, hasIpv6, ownRange, runStep, temporaryDirectory } from '../support.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const root = join(import.meta.dirname, '..', '..');

/** Starts a program and waits until it has printed a line that holds `ready`; ends it after `use`. */
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
  test('is readable and small, has no HTTP client, and comes with its licenses', () => {
    const text = readFileSync(join(root, 'dist', 'index.js'), 'utf8');
    expect(text.length).toBeLessThanOrEqual(80_000);
    expect(text).not.toContain('undici');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1000);
    expect(existsSync(join(root, 'dist', 'licenses.txt'))).toBe(true);
  });

  // Node publishes on these channels whenever a UDP socket is made and a process is started.
  test.each([
    ['tcp', []],
    ['udp', ['udp.socket']],
    ['both', ['udp.socket']],
  ])('makes for %s only what it needs', (type, expected) => {
    const script = `
      import { subscribe } from 'node:diagnostics_channel';
      for (const name of ['udp.socket', 'child_process']) subscribe(name, () => console.error(name));
      await import(${JSON.stringify(pathToFileURL(bundle()))});`;
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { encoding: 'utf8', env: { ...process.env, GITHUB_OUTPUT: '', INPUT_TYPE: type } },
    );
    const made = new Set(stderr.split('\n').filter((line) => line !== ''));
    // Only Linux tells its ephemeral range without a child process.
    if (process.platform !== 'linux') made.delete('child_process');
    expect({ status, made: [...made] }).toEqual({ status: 0, made: expected });
  });
});

describe('a step', () => {
  test('sets outputs and variables in the files of the runner', async () => {
    const { status, stdout, stderr, outputs, variables } = await runStep({
      names: 'web my-db/udp',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { web, 'my-db': db } = outputs;
    expect(outputs).toEqual({ port: web, ports: `[${web},${db}]`, web, 'my-db': db });
    expect(variables).toEqual({ PORT: web, PORTS: `${web} ${db}`, WEB_PORT: web, MY_DB_PORT: db });
    expect(stdout.trim().split(/\r?\n/)).toEqual([
      `Port ${web} is unused: web.`,
      `Port ${db} is unused: my-db.`,
    ]);
  });

  test('prints its outputs where there is no runner', async () => {
    const { status, stdout } = await runStep(
      { count: '2' },
      { environment: { GITHUB_OUTPUT: undefined, GITHUB_ENV: undefined } },
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^port=(\d+)\nports=\[\1,\d+\]\n$/);
  });

  test('fails with one message and sets nothing', async () => {
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

  test('fails where the files of the runner cannot be written', async () => {
    const directory = temporaryDirectory();
    for (const name of ['GITHUB_OUTPUT', 'GITHUB_ENV']) {
      const step = await runStep({}, { environment: { [name]: directory } });
      expect(step.status).toBe(1);
      expect(step.stdout).toMatch(/^::error::.*EISDIR/);
      expect(step.stderr).toBe('');
      expect(Object.keys({ ...step.outputs, ...step.variables })).toEqual([]);
    }
  });

  test.runIf(process.platform === 'linux')(
    'succeeds on a runner if nobody can read its log',
    async () => {
      // The shell becomes the step, and so the parent of a step stays what it is.
      const through = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
      const { status, stderr, outputs } = await runStep({}, { through });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(outputs.port).toMatch(/^\d+$/);
      const away = { environment: { GITHUB_OUTPUT: undefined }, through };
      expect(await runStep({}, away)).toMatchObject({ status: 1, stderr: '' });
    },
  );

  test('needs no file for variables where it sets none', async () => {
    const environment = { GITHUB_ENV: join(temporaryDirectory(), 'missing') };
    const { status, outputs } = await runStep({ 'export-env': 'false' }, { environment });
    expect(status).toBe(0);
    expect(outputs.port).toMatch(/^\d+$/);
  });

  test('names its job in the messages to others', async () => {
    const environment = {
      GITHUB_REPOSITORY: 'acme/app',
      GITHUB_RUN_ID: '4711',
      GITHUB_JOB: 'e2e',
    };
    const { port = '' } = (await runStep({}, { environment })).outputs;
    const { status, stdout } = await runStep({ range: port });
    expect(status).toBe(1);
    expect(stdout).toContain('1 leased (to acme/app, run 4711, job e2e)');
  });

  test('needs nothing of the event file, which may be missing or malformed', async () => {
    const directory = temporaryDirectory();
    const malformed = join(directory, 'malformed.json');
    writeFileSync(malformed, '{');
    for (const file of [malformed, join(directory, 'missing.json')]) {
      const { status, stdout, stderr } = await runStep(
        {},
        {
          environment: {
            GITHUB_OUTPUT: undefined,
            GITHUB_REPOSITORY: 'acme/app',
            GITHUB_EVENT_PATH: file,
          },
        },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/^port=(\d+)\nports=\[\1\]\n$/);
    }
  });

  test('gives 20 of them at once 5 ports each in a range of 120, none twice', async () => {
    const range = await ownRange(120);
    range.giveBack();
    const inputs = { count: '5', range: `${range.first}-${range.last}` };
    const steps = await Promise.all(Array.from({ length: 20 }, () => runStep(inputs)));
    const ports = steps.flatMap(({ outputs }) => JSON.parse(outputs.ports ?? '[]'));
    expect(new Set(ports).size).toBe(100);
    expect(ports).toHaveLength(100);
  });

  test('gives 10 of them at once a block of 8 each in a range of 180, none twice', async () => {
    const range = await ownRange(180);
    range.giveBack();
    const inputs = { count: '8', contiguous: 'true', range: `${range.first}-${range.last}` };
    const steps = await Promise.all(Array.from({ length: 10 }, () => runStep(inputs)));
    const ports = steps.flatMap(({ outputs }) => JSON.parse(outputs.ports ?? '[]'));
    expect(new Set(ports).size).toBe(80);
    expect(ports).toHaveLength(80);
  });
});

describe('a port is there for a server in', () => {
  test.runIf(python)('Python, which sets SO_REUSEADDR', async () => {
    const { port } = (await runStep({})).outputs;
    const command = ['python3', '-u', '-m', 'http.server', '--bind', '127.0.0.1', `${port}`];
    await withServer(command, 'Serving', async () => {
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    });
  });

  test.runIf(python)('Python, for UDP, which does not', async () => {
    const { port } = (await runStep({ type: 'udp' })).outputs;
    const script = `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", ${port})); print("bound")`;
    await withServer(['python3', '-u', '-c', `${script}; s.recv(1)`], 'bound', async () => {});
  });

  test('Node', async () => {
    const { port } = (await runStep({ family: hasIpv6 ? 'both' : 'ipv4' })).outputs;
    const script = `require('http').createServer((_, r) => r.end('hello')).listen(${port}, () => console.log('up'))`;
    await withServer([process.execPath, '--eval', script], 'up', async () => {
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    });
  });
});
