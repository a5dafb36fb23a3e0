// Starts echo servers for TCP and for UDP on one port, and talks to both.
// usage: node echo.mjs <port>
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const port = Number(process.argv[2]);

const tcp = createServer((connection) => connection.pipe(connection));
await once(tcp.listen(port), 'listening');
const udp = createSocket('udp4');
udp.on('message', (message, { port, address }) => udp.send(message, port, address));
udp.bind(port);
await once(udp, 'listening');

const stream = connect(port, '127.0.0.1');
stream.end('hello over TCP');
const [overTcp] = await once(stream, 'data');
assert.equal(`${overTcp}`, 'hello over TCP');
tcp.close();

const client = createSocket('udp4');
client.send('hello over UDP', port, '127.0.0.1');
const [overUdp] = await once(client, 'message');
assert.equal(`${overUdp}`, 'hello over UDP');
client.close();
udp.close();

console.log(`TCP and UDP servers answered on port ${port}.`);
