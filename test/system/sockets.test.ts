import { Socket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import { Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type BoundSocket,
  bind,
  close,
  findBindBan,
  unusableError,
} from '../../src/system/sockets.ts';
import {
  bindUdp,
  bothTransports,
  listen,
  needs,
  onLinux,
  onUnix,
  ownRange,
  pretendToBe,
  spyOn,
  systemError,
} from '../support.ts';

const net: { BoundSocket?: unknown } = process.getBuiltinModule('node:net');
const withBoundSocket = needs({ 'net.BoundSocket': net.BoundSocket !== undefined });
const isListening = (socket: BoundSocket) => 'listening' in socket && socket.listening;
const portOf = (socket: BoundSocket) => (socket.address() as { port: number }).port;

/** Binds a TCP socket until the test has finished. */
async function bindTcp(host: string, port = 0): Promise<BoundSocket> {
  const socket = await bind('stream', { host, port });
  onTestFinished(() => close(socket));
  return socket;
}

onLinux.test('a TCP socket listens on Linux, so that nobody else gets its port', async () => {
  const socket = await bindTcp('127.0.0.1');
  expect(isListening(socket)).toBe(true);
  await expect(bindTcp('127.0.0.1', portOf(socket))).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a process that Node takes for a worker of a cluster shares no socket', async () => {
  const [listens, binds] = [spyOn(Server.prototype, 'listen'), spyOn(Socket.prototype, 'bind')];
  pretendToBe('linux');
  for (const transport of bothTransports)
    await close(await bind(transport, { host: '127.0.0.1', port: 0 }));
  const exclusive = expect.objectContaining({ exclusive: true });
  expect([...listens.mock.calls, ...binds.mock.calls]).toEqual([[exclusive], [exclusive]]);
});

test('the error of a socket that cannot be bound at all has its reason', () => {
  const cause = systemError('EPERM');
  expect(unusableError('stream', undefined, cause)).toMatchObject({
    message: 'This process can bind no TCP port (EPERM)',
    cause,
  });
  expect(unusableError('dgram', '::', cause)).toMatchObject({
    message: 'This process can bind no UDP port on :: (EPERM)',
    cause,
  });
});

/** Repeats an action, which must leave no descriptor open. */
async function expectNoneOpen(action: () => Promise<unknown>): Promise<void> {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let i = 0; i < 50; i++) await action();
  expect(descriptors()).toBeLessThan(before + 25);
}

onLinux.test('a socket that cannot be bound is closed', async () => {
  const { first } = await ownRange(1);
  await listen('127.0.0.1', first);
  await bindUdp('127.0.0.1', first);
  for (const transport of ['stream', 'dgram'] as const) {
    await expectNoneOpen(() =>
      expect(bind(transport, { host: '127.0.0.1', port: first })).rejects.toThrow(),
    );
  }
});

describe('the look for a ban on all ports', () => {
  test('there is none if the system gives ports for each transport', async () => {
    expect(await findBindBan(bothTransports)).toBeUndefined();
  });

  onLinux.test('it leaves no socket open', async () => {
    await expectNoneOpen(() => findBindBan(bothTransports));
  });

  onUnix.test('it finds one for UDP alone, and no other code is one', async () => {
    // Only a sandbox forbids all ports.
    const refuse = spyOn(Socket.prototype, 'bind');
    for (const [code, ban] of [
      ['EACCES', 'EACCES'],
      ['EADDRINUSE', undefined],
    ] as const) {
      refuse.mockImplementation(function (this: Socket) {
        setImmediate(() => this.emit('error', systemError(code)));
        return this;
      });
      expect(await findBindBan(bothTransports)).toBe(ban);
    }
  });
});

describe.each(['darwin', 'win32'] as const)('on %s a TCP socket', (platform) => {
  withBoundSocket.test('does not listen, and has a port all the same', async () => {
    pretendToBe(platform);
    const socket = await bindTcp('127.0.0.1');
    expect(isListening(socket)).toBe(false);
    expect(portOf(socket)).toBeGreaterThan(0);
  });

  withBoundSocket.test('has the given address, in that family alone if asked for', async () => {
    pretendToBe(platform);
    const places = [{ host: '127.0.0.1' }, { host: '0.0.0.0' }, { host: '::', ipv6Only: true }];
    const { BoundSocket } = process.getBuiltinModule('node:net');
    const asked: unknown[] = [];
    net.BoundSocket = class extends BoundSocket {
      constructor(options: ConstructorParameters<typeof BoundSocket>[0]) {
        asked.push(options);
        super({ ...options, host: '127.0.0.1' });
      }
    };
    onTestFinished(() => {
      net.BoundSocket = BoundSocket;
    });
    for (const place of places) await close(await bind('stream', { ...place, port: 0 }));
    expect(asked).toEqual(places.map((place) => ({ ipv6Only: false, ...place, port: 0 })));
  });

  test('is refused if its port is in use', async () => {
    const port = await listen('127.0.0.1');
    pretendToBe(platform);
    await expect(bindTcp('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  onLinux.test('leaves no descriptor open when it is closed', async () => {
    pretendToBe(platform);
    await expectNoneOpen(async () => close(await bind('stream', { host: '127.0.0.1', port: 0 })));
  });

  test('gives its port back when it is closed', async () => {
    pretendToBe(platform);
    const socket = await bind('stream', { host: '127.0.0.1', port: 0 });
    const port = portOf(socket);
    await close(socket);
    expect(await listen('127.0.0.1', port)).toBe(port);
  });

  test('listens if Node can do nothing else', async () => {
    pretendToBe(platform);
    const { BoundSocket } = net;
    delete net.BoundSocket;
    onTestFinished(() => {
      if (BoundSocket !== undefined) net.BoundSocket = BoundSocket;
    });
    expect(isListening(await bindTcp('127.0.0.1'))).toBe(true);
  });
});
