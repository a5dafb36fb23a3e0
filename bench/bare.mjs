// Picks COUNT ports, by default one, without this action. Nothing keeps them from others afterwards.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';

let missing = Number(process.argv[2] ?? 1);
const pick = () => {
  const server = createServer();
  server.listen(0, '0.0.0.0', () => {
    if (--missing > 0) return server.close(pick);
    appendFileSync(process.env.GITHUB_OUTPUT, `port=${server.address().port}\n`);
    server.close();
  });
};
pick();
