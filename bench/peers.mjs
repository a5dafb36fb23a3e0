/**
 * Picks TCP ports as a peer does and prints them as the action does: `node peers.mjs NAME COUNT`.
 *
 * Asks for several ports as the peer's own documentation does: one after the other, unless it is portfinder, which has
 * a call for several.
 */
const [, , name = '', count = '1'] = process.argv;

/** Loads only the peer in question, since loading is measured, too. */
const pickers = {
  'get-port': async () => (await import('get-port')).default,
  'get-port-please': async () => (await import('get-port-please')).getRandomPort,
  'detect-port': async () => (await import('detect-port')).detect,
};

const ports = [];
if (name === 'portfinder') {
  const { default: portfinder } = await import('portfinder');
  ports.push(...(await portfinder.getPortsPromise(Number(count))));
} else {
  const pick = await pickers[name]();
  while (ports.length < Number(count)) ports.push(await pick());
}
console.log(`ports=${JSON.stringify(ports)}`);
