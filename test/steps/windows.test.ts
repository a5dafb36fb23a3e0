import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  bundle,
  inputVariables,
  isInstalled,
  listen,
  needs,
  ownRange,
  readFileCommands,
} from '../support.ts';

/**
 * Tests of the bundle on Node for Windows, in wine: paths, fallbacks and errors. Wine's netsh prints nothing, and
 * sockets conflict as they do on Linux.
 *
 * They need wine with a WINEPREFIX of Windows 10, and WINDOWS_NODE, the path of a node.exe (of Node 22: later
 * ones do not run in wine). `.ci/run` makes both.
 */
const { WINDOWS_NODE = '', WINEPREFIX = '' } = process.env;
const inWine = needs({ wine: isInstalled('wine'), WINDOWS_NODE: WINDOWS_NODE !== '' });
const driveC = join(WINEPREFIX, 'drive_c');
const program = join(driveC, 'windows', 'system32', 'netsh.exe');

/** A script for Node for Windows: runs jobs one after the other. Each is a process that runs its steps. */
const runner = `
  const { spawn, spawnSync } = require('node:child_process');
  const { existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
  const { join } = require('node:path');
  const leases = join(process.env.ProgramData, 'find-unused-port-' + require('node:os').userInfo().username);
  // Opens all records without sharing, as an antivirus program does, for some milliseconds.
  const lockRecords = (milliseconds) => {
    const files = JSON.stringify(readdirSync(leases).map((name) => join(leases, name)));
    spawn(process.execPath, ['--eval', \`
      const { openSync, writeFileSync } = require('node:fs');
      \${files}.forEach((file) => openSync(file, 0x10000000));
      writeFileSync('locked', '');
      setTimeout(() => {}, \${milliseconds});\`], { stdio: 'ignore' });
    while (!existsSync('locked')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  };
  const emptyTemp = () => readdirSync('temp').forEach((name) => rmSync(join('temp', name)));
  const run = (name, args, env) => {
    // In wine, Node for Windows can use files, but not pipes of Linux.
    const [log, errors] = ['log', 'errors'].map((kind) => openSync(name + '.' + kind, 'w'));
    const stdio = [openSync('empty', 'r'), log, errors];
    const { status } = spawnSync(process.execPath, args, { env, stdio });
    writeFileSync(name + '.status', String(status));
  };
  const jobs = JSON.parse(readFileSync('jobs.json', 'utf8'));
  const [job] = process.argv.slice(2);
  if (job === undefined) {
    jobs.forEach((_, i) => run('job' + i, [__filename, String(i)], process.env));
  } else {
    jobs[job].forEach((given, i) => {
      const name = 'job' + job + 'step' + i;
      if (given.before) eval(given.before);
      const files = { GITHUB_OUTPUT: name + '.output', GITHUB_ENV: name + '.env' };
      for (const file of Object.values(files)) writeFileSync(file, '');
      run(name, ['dist/index.js'], { ...process.env, RUNNER_TEMP: join(__dirname, 'temp'), ...files, ...given });
    });
  }
`;

/**
 * What Node 24.19 and newer have as net.BoundSocket, for Node 22, over what both are made of. A server that listens
 * fails.
 */
const boundSocket = `
  const net = require('node:net');
  const { getSystemErrorName } = require('node:util');
  const { TCP, constants } = process.binding('tcp_wrap');
  net.BoundSocket = class {
    #handle = new TCP(constants.SOCKET);
    #address = {};
    constructor({ host, port, ipv6Only }) {
      const bind = net.isIPv6(host) ? 'bind6' : 'bind';
      const flags = ipv6Only ? constants.UV_TCP_IPV6ONLY : 0;
      // A port in use is known only when the address is asked for.
      const error = this.#handle[bind](host, port, flags) || this.#handle.getsockname(this.#address);
      if (error === 0) return;
      this.close();
      throw Object.assign(new Error('bind'), { code: getSystemErrorName(error) });
    }
    address() { return this.#address; }
    close() { this.#handle.close(); }
  };
  net.Server.prototype.listen = () => { throw new Error('It listens.'); };
`;

/** How steps run, if not as Windows does it by itself. */
interface WindowsOptions {
  /** What replaces netsh: a script that has `ipv4 show dynamicport tcp` as its arguments. */
  readonly netsh?: string;
  /** A script that Node runs before the step. */
  readonly preload?: string;
}

/**
 * Runs steps on drive C. The steps of a job have one parent, a process of Windows that ends with the job.
 *
 * @param jobs the inputs of each step, and what the job does `before` it
 */
function onWindows(
  jobs: readonly (readonly Record<string, string>[])[],
  { netsh, preload }: WindowsOptions = {},
) {
  const directory = mkdtempSync(join(driveC, 'step-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string) => join(directory, name);
  const steps = jobs.map((job) =>
    job.map(({ before = '', ...inputs }) => ({ ...inputVariables(inputs), before })),
  );
  mkdirSync(path('temp'));
  writeFileSync(path('jobs.json'), JSON.stringify(steps));
  writeFileSync(path('runner.cjs'), runner);
  writeFileSync(path('empty'), '');
  cpSync(dirname(bundle()), path('dist'), { recursive: true });
  if (preload !== undefined) writeFileSync(path('preload.cjs'), preload);
  if (netsh !== undefined) {
    // netsh.exe is replaced by Node, which runs its first argument as a script: int.js.
    renameSync(program, `${program}.wine`);
    symlinkSync(WINDOWS_NODE, program);
    writeFileSync(path('int.js'), netsh);
  }
  const { status } = spawnSync(
    'bash',
    ['-c', 'wine "$0" runner.cjs < empty > log 2> errors', WINDOWS_NODE],
    // By default wine runs its own netsh.
    {
      cwd: directory,
      env: {
        ...process.env,
        NODE_OPTIONS: preload && '--require=./preload.cjs',
        WINEDEBUG: '-all',
        WINEDLLOVERRIDES: netsh && 'netsh.exe=n',
      },
    },
  );
  if (netsh !== undefined) renameSync(`${program}.wine`, program);
  expect({ status, errors: readFileSync(path('errors'), 'utf8') }).toMatchObject({ status: 0 });
  const results = jobs.map((job, i) =>
    job.map((_, j) => {
      const name = path(`job${i}step${j}`);
      const outputs = readFileCommands(`${name}.output`);
      const ports: number[] = JSON.parse(outputs.ports ?? '[]');
      return {
        status: Number(readFileSync(`${name}.status`, 'utf8')),
        log: readFileSync(`${name}.log`, 'utf8'),
        ports,
        outputs,
        variables: readFileCommands(`${name}.env`),
      };
    }),
  );
  return { results, files: () => readdirSync(directory) };
}

/** Runs one step. */
function step(inputs: Record<string, string>, options: WindowsOptions = {}) {
  const { results, files } = onWindows([[inputs]], options);
  const [[result] = []] = results;
  if (result === undefined) throw new Error('no result');
  return { ...result, files };
}

inWine.describe('steps on Windows', () => {
  test.each(['tcp', 'udp', 'both'])('on Windows, a step gives %s ports', (type) => {
    const { status, log, ports, variables } = step({ count: '3', type });
    expect({ status, log }).toMatchObject({ status: 0 });
    expect(ports).toHaveLength(3);
    expect(variables.PORTS).toBe(ports.join(' '));
  });

  test('on Windows, a name that does not resolve is refused as a host', () => {
    // A name that is kept for that (RFC 6761).
    const { status, log } = step({ host: 'nobody.invalid' });
    expect(status).toBe(1);
    expect(log).toContain(
      '::error::Input "host": "nobody.invalid" does not resolve to an IPv4 address (E',
    );
  });

  test.each(['tcp', 'both'])(
    'on Windows, a step gives %s ports without listening if Node can',
    (type) => {
      const inputs = { count: '30', type, family: 'both' };
      const { status, log, ports } = step(inputs, { preload: boundSocket });
      expect({ status, log }).toMatchObject({ status: 0 });
      expect(new Set(ports).size).toBe(30);
    },
  );

  test('on Windows, a step that does not listen sees the port of a server, and lets the OS choose', async () => {
    const { first, last } = await ownRange(2);
    await listen('127.0.0.1', first);
    const { results } = onWindows(
      [[{ range: `${first}-${last}`, count: '2' }, { range: 'ephemeral' }]],
      {
        preload: boundSocket,
      },
    );
    const [busy, chosen] = results[0] ?? [];
    expect(busy?.log).toContain(`Needed 2 ports, found 1 in ${first}-${last}: 1 in use`);
    expect(chosen?.ports).toHaveLength(1);
  });

  test('on Windows, an input with a dash in its name is read', () => {
    const { status, log } = step({ 'env-prefix': '1X' });
    expect(status).toBe(1);
    expect(log).toContain('::error::Input "env-prefix": "1X"');
    expect(step({ 'env-prefix': 'X_' }).variables).toHaveProperty('X_PORT');
  });

  test('on Windows, the steps of a job get different ports, and an error if none are left', async () => {
    const { first, last } = await ownRange(4);
    const range = `${first}-${last}`;
    const { results } = onWindows([[{ count: '2', range }, { count: '2', range }, { range }]]);
    const [one, two, three] = results[0] ?? [];
    expect(new Set([one, two].flatMap((result) => result?.ports)).size).toBe(4);
    expect(three?.status).toBe(1);
    expect(three?.log).toContain('4 given to another step of this job');
  });

  test('on Windows, a port is leased as long as the process of its job lives', async () => {
    const { first } = await ownRange(1);
    const range = `${first}`;
    const { results } = onWindows([[{ range }, { range }], [{ range }]]);
    const [[given, refused] = [], [next] = []] = results;
    expect(given?.ports).toEqual([first]);
    expect(refused?.ports).toEqual([]);
    expect(next?.ports).toEqual([first]);
  });

  test('on Windows, a lease ends when RUNNER_TEMP is emptied, while the process of the job lives', async () => {
    const { first } = await ownRange(1);
    const range = `${first}`;
    const { results } = onWindows([[{ range }, { range }, { range, before: 'emptyTemp()' }]]);
    expect(results[0]?.map(({ ports }) => ports)).toEqual([[first], [], [first]]);
  });

  // The other process may close the records early or late on a busy machine.
  test('on Windows, a record that another process has open is read once it is closed', {
    retry: 2,
  }, async () => {
    const { first } = await ownRange(1);
    const range = `${first}`;
    const { results } = onWindows([[{ range }, { range, before: 'lockRecords(700)' }]]);
    const [given, refused] = results[0] ?? [];
    expect(given?.ports).toEqual([first]);
    expect(refused?.ports).toEqual([]);
    expect(refused?.log).not.toContain('::warning::');
  });

  test('on Windows, a record that another process has open for too long is a warning', async () => {
    const { first } = await ownRange(1);
    const range = `${first}`;
    const { results } = onWindows([[{ range }, { range, before: 'lockRecords(6000)' }]]);
    expect(results[0]?.[1]?.log).toMatch(
      /^::warning::Could not read other steps' ports \(EBUSY.*\), so this step may get the same ones\.$/m,
    );
  });

  test('on Windows, the port of a server is in use, and a host of another machine is refused', async () => {
    const { first } = await ownRange(1);
    await listen('127.0.0.1', first);
    const { results } = onWindows([[{ range: `${first}` }, { host: '203.0.113.1' }]]);
    const [busy, foreign] = results[0] ?? [];
    expect(busy?.log).toContain('in use');
    expect(foreign?.log).toContain(
      '::error::Input "host": "203.0.113.1", but this machine has no address 203.0.113.1',
    );
  });
});

// On a busy machine Node may take longer than the 3 s that netsh may take.
inWine.describe('netsh on Windows', { retry: 2 }, () => {
  const print = (first: string, count: number) =>
    `console.log('\\nProtocol Dynamic Port Range\\n---\\nStart Port      : ' + (${first}) + '\\nNumber of Ports : ${count}\\n');`;
  const warnings = (log: string) => log.match(/^::warning::.*$/gm) ?? [];

  test('a step warns once that it assumes the default range if netsh prints nothing', () => {
    const { ports, log } = step({});
    expect(ports).toHaveLength(1);
    expect(warnings(log)).toHaveLength(1);
    expect(log).toMatch(
      /^::warning::Could not read the ephemeral range \(netsh\.exe int ipv4 .*; netsh\.exe int ipv6 .*\)\. Assumed the default, 49152-65535\.$/m,
    );
    expect(log).not.toContain('%0A');
  });

  test.each([
    ['tcp', ['ipv4-tcp', 'ipv6-tcp']],
    ['udp', ['ipv4-udp', 'ipv6-udp']],
    ['both', ['ipv4-tcp', 'ipv4-udp', 'ipv6-tcp', 'ipv6-udp']],
  ])('a step for %s asks netsh for its ranges, and for nothing else', (type, asked) => {
    const netsh = `
      const [family, , , protocol] = process.argv.slice(2);
      require('node:fs').writeFileSync('asked-' + family + '-' + protocol, '');
      ${print("family === 'ipv4' ? 1024 : 20000", 18_976)}`;
    const { ports, log, files } = step({ type, count: '50' }, { netsh });
    expect(warnings(log)).toEqual([]);
    expect(ports).toHaveLength(50);
    expect(Math.min(...ports)).toBeGreaterThan(38_975);
    const found = files().filter((name) => name.startsWith('asked-'));
    expect(found.sort()).toEqual(asked.map((words) => `asked-${words}`));
  });

  test.each([
    ['fails', 'console.error("not\\ntoday"); process.exitCode = 1', 'Command failed: '],
    ['hangs', 'setInterval(() => {}, 1000)', 'no answer within 3 s'],
    ['prints an impossible range', print('49152', 3), 'no range of ports in '],
  ])('if netsh %s for one family, a step assumes the default for that one', (_, broken, reason) => {
    const netsh = `if (process.argv[2] === 'ipv6') { ${broken} } else { ${print('20000', 9000)} }`;
    const { ports, log } = step({ count: '20', range: 'auto' }, { netsh });
    for (const port of ports) {
      expect(port < 20_000 || (port > 28_999 && port < 49_152)).toBe(true);
    }
    expect(ports).toHaveLength(20);
    expect(warnings(log)).toHaveLength(1);
    expect(log).toContain(
      `Could not read the ephemeral range (netsh.exe int ipv6 show dynamicport tcp: ${reason}`,
    );
    expect(log).not.toContain('%0A');
  });
});
