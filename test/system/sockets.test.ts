import { describe, expect, onTestFinished, test } from 'vitest';
import { type BoundSocket, bind, close } from '../../src/system/sockets.ts';
import { listen, needs, onLinux, pretendToBe } from '../support.ts';

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

describe.each(['darwin', 'win32'] as const)('on %s a TCP socket', (platform) => {
  withBoundSocket.test('does not listen, and has a port all the same', async () => {
    pretendToBe(platform);
    const socket = await bindTcp('127.0.0.1');
    expect(isListening(socket)).toBe(false);
    expect(portOf(socket)).toBeGreaterThan(0);
  });

  test('is refused if its port is in use', async () => {
    const port = await listen('127.0.0.1');
    pretendToBe(platform);
    await expect(bindTcp('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
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
