// What a step without this action would do. Nothing keeps the port from others afterwards.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';

const server = createServer();
server.listen(0, '0.0.0.0', () => {
  const { port } = server.address();
  appendFileSync(process.env.GITHUB_OUTPUT, `port=${port}\n`);
  server.close();
});
