// Preloaded with --import: prints the names of Node's own modules that a program has loaded.
import { builtinModules } from 'node:module';

process.on('exit', () => {
  const loaded = new Set(process.moduleLoadList.map((entry) => entry.replace(/^\w+ /, '')));
  const names = builtinModules.filter((name) => loaded.has(name));
  console.log(`modules=${JSON.stringify(names)}`);
});
