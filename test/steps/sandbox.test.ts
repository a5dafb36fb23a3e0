import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { python } from '../python.ts';
import {
  freeRange,
  hasIpv6,
  isLinux,
  listen,
  needs,
  type OwnRange,
  runFirst,
  runStep,
} from '../support.ts';

const [ipv4, ipv6] = ['socket:2', 'socket:10'];

/** The command that forbids system calls to what follows: see sandbox.py. */
const forbid = (...rules: string[]) => [
  python,
  join(import.meta.dirname, 'sandbox.py'),
  ...rules,
  '--',
];
const [sandbox = '', ...rest] = forbid('bind:EACCES');
const canForbid = isLinux && spawnSync(sandbox, [...rest, 'true']).status === 0;
const inSandbox = needs({ 'python3 with seccomp': canForbid });

/** The error of a step, and its ports. */
async function step(through: readonly string[], inputs: Record<string, string>) {
  const { status, stdout, outputs } = await runStep(inputs, { through });
  const [, error] = /^::error::(.*)$/m.exec(stdout) ?? [];
  expect(status).toBe(error === undefined ? 0 : 1);
  return { error, ports: JSON.parse(outputs.ports ?? '[]') as number[] };
}

inSandbox.describe('a step that can make no internet socket fails, and says so', () => {
  const nothing = forbid(`${ipv4}:EAFNOSUPPORT`, `${ipv6}:EAFNOSUPPORT`);

  // Not concurrent: the port is in use until the test has finished.
  test.each([
    ['tcp', 'This process can bind no TCP port (EAFNOSUPPORT)'],
    ['udp', 'This process can bind no UDP port on 0.0.0.0 (EAFNOSUPPORT)'],
  ])('for %s', async (type, error) => {
    // The port is in use, which no probe can see.
    const port = await listen(undefined);
    const results = await Promise.all([
      step(nothing, { type, range: `${port}` }),
      step(nothing, { type }),
    ]);
    expect(results).toEqual(Array(2).fill({ error, ports: [] }));
  });

  test('in a family that it asks for', async () => {
    const { first } = await freeRange(1);
    const inputs = { type: 'udp', range: `${first}` };
    expect(await step(forbid(`${ipv4}:EAFNOSUPPORT`), inputs)).toMatchObject({
      error: 'This process can bind no UDP port on 0.0.0.0 (EAFNOSUPPORT)',
    });
  });
});

inSandbox.describe('a step that may make no IPv6 socket', { concurrent: true }, () => {
  test.each([
    ['udp', 'EACCES'],
    ['both', 'EPERM'],
  ])('gets %s ports for IPv4 (%s)', async (type, code) => {
    const found = await step(forbid(`${ipv6}:${code}`), { type, count: '3' });
    expect(found).toMatchObject({ error: undefined, ports: { length: 3 } });
  });

  test.each([
    ['tcp', 'ipv6', 'auto', 'TCP'],
    ['udp', 'both', 'ephemeral', 'UDP'],
  ])('fails if it asks for %s, family %s and range %s', async (type, family, range, protocol) => {
    const { error } = await step(forbid(`${ipv6}:EPERM`), { type, family, range });
    expect(error).toBe(`This process can bind no ${protocol} port on :: (EPERM)`);
  });
});

inSandbox.describe('a step that may bind no port says so', { concurrent: true }, () => {
  // Nothing is bound. Other steps get these ports only if they ask for them, or if all better ones are taken.
  const [first, last] = [1024, 1026];

  test('if it asks for ports of a range', async () => {
    const { error } = await step(forbid('bind:EACCES'), { range: `${first}-${last}` });
    expect(error).toBe(
      `Needed 1 port, found none in ${first}-${last}: 3 that this process may not bind. ` +
        'This process may bind no port there, nor let the OS choose one (EACCES)',
    );
  });

  test('if it asks for any port', async () => {
    // A search through all ports would take ten seconds.
    const exclude = `1-${first - 1}, ${last + 1}-65535`;
    const { error } = await step(forbid('bind:EPERM'), { exclude });
    expect(error).toBe(
      'Needed 1 port, found none in "range": auto: 3 that this process may not bind. ' +
        'This process may bind no port, nor let the OS choose one (EPERM)',
    );
  });

  test('if it lets the OS choose', async () => {
    const { error } = await step(forbid('bind:EPERM'), { range: 'ephemeral' });
    expect(error).toBe('This process can bind no TCP port on 0.0.0.0 (EPERM)');
  });
});

inSandbox.test('a step whose disk quota is exceeded says so', async () => {
  const { status, stdout } = await runStep({}, { through: forbid('mkdir:EDQUOT') });
  expect(status).toBe(0);
  expect(stdout).toContain('EDQUOT: disk quota exceeded, mkdir');
  expect(stdout).not.toContain('Unknown system error');
});

/** Makes Node refuse to bind any other port, as a sandbox with a list of ports does. */
const permitOnly = (port: number) => `
  const refused = process.getBuiltinModule('node:os').constants.errno.EACCES;
  for (const { prototype } of [process.binding('tcp_wrap').TCP, process.binding('udp_wrap').UDP]) {
    for (const name of ['bind', 'bind6']) {
      const bind = prototype[name];
      prototype[name] = function (address, port, ...rest) {
        return port === ${port} ? bind.call(this, address, port, ...rest) : -refused;
      };
    }
  }`;

const onLinuxWithIpv6 = needs({ Linux: isLinux, IPv6: hasIpv6 });
onLinuxWithIpv6.describe('a step that may bind one port', { concurrent: true }, () => {
  /** Runs a step that may bind only the first of two ports. */
  async function permitted(inputs: (range: OwnRange) => Record<string, string>) {
    const range = await freeRange(2);
    const environment = { NODE_OPTIONS: runFirst(permitOnly(range.first)) };
    const { stdout, outputs } = await runStep(inputs(range), { environment });
    return { ...range, stdout, outputs };
  }

  test.each([{ host: '::1' }, { family: 'both' }])('gets it with %j', async (given) => {
    const { outputs, first } = await permitted((range) => ({
      type: 'both',
      range: `${range.first}`,
      ...given,
    }));
    expect(outputs.port).toBe(`${first}`);
  });

  test('gets no other', async () => {
    const { stdout, last } = await permitted((range) => ({ range: `${range.last}` }));
    expect(stdout).toBe(
      `::error::Needed 1 port, found none in ${last}: 1 that this process may not bind. ` +
        'This process may bind no port there, nor let the OS choose one (EACCES)\n',
    );
  });
});
