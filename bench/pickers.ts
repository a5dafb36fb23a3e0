/** The action and its peers: programs that pick unused ports. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, here, node, output, python, run, step } from './lib.ts';

export interface Picker {
  readonly name: string;
  /** Prints that many ports as the action does; undefined for a type that it does not know. */
  pick(count: number, type: 'stream' | 'dgram'): Command | undefined;
}

export const ours: Picker = {
  name: '**find-unused-port**',
  pick: (count, type) => step({ count, type }),
};

/** The peers: those of npm, and CPython's where Python comes with its test package. */
export async function peers(): Promise<Picker[]> {
  const npm = ['get-port', 'get-port-please', 'detect-port', 'portfinder'].map(npmPeer);
  const cpython = await cpythonPeer();
  return cpython === undefined ? npm : [cpython, ...npm];
}

function npmPeer(name: string): Picker {
  const manifest = join(here, 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  return {
    name: `${name} ${version}`,
    pick: (count, type) =>
      type === 'stream' ? { argv: [node, join(here, 'peers.mjs'), name, `${count}`] } : undefined,
  };
}

async function cpythonPeer(): Promise<Picker | undefined> {
  const interpreter = python();
  if (interpreter === undefined) {
    console.log('Without CPython: there is no python3.');
    return undefined;
  }
  const script = join(here, 'peers.py');
  if ((await run({ argv: [interpreter, script, '1', 'stream'] })).code !== 0) {
    console.log('Without CPython: this Python comes without its test package.');
    return undefined;
  }
  const version = (await output({ argv: [interpreter, '--version'] })).trim().split(' ')[1];
  return {
    name: `CPython ${version} find_unused_port`,
    pick: (count, type) => ({ argv: [interpreter, script, `${count}`, type] }),
  };
}
