import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { isRoot, needs, temporaryDirectory } from '../support.ts';
import { type Example, examples, readme, workflow } from './examples.ts';

/** The node_modules of a project that has Playwright. */
const playwright = process.env.PLAYWRIGHT;

/** What an example starts. It is skipped where that is not installed. */
const programs = [
  'curl',
  'docker',
  'pg_config',
  'pwsh',
  'python3',
  'rabbitmq-server',
  'redis-server',
];

/** PostgreSQL refuses to run as root, but sees another user from inside a user namespace. */
const asAnotherUser = ['unshare', '--user', '--map-user=1000'] as const;

function canBeAnotherUser(): boolean {
  const [program, ...args] = asAnotherUser;
  return spawnSync(program, [...args, 'true']).status === 0;
}

/** Debian's own scripts around these start them as another user, who may not enter our folders. */
const plainScripts = '/usr/lib/rabbitmq/bin';

/** Whether a shell finds a program. Some of them would start if they were asked for their version. */
function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** What act needs to run an example, and whether it is there. */
function thingsFor(example: Example): Record<string, boolean> {
  const text = JSON.stringify(example.steps);
  const needed = programs.filter((program) => text.includes(program));
  return {
    ...Object.fromEntries(['act', ...needed].map((program) => [program, has(program)])),
    'images from a registry': !needed.includes('docker'),
    PLAYWRIGHT: !text.includes('playwright') || playwright !== undefined,
    'a user namespace': !needed.includes('pg_config') || !isRoot || canBeAnotherUser(),
    // It tells which processes are left.
    '/proc': existsSync('/proc/self/environ'),
  };
}

/** Stops the processes that know of a folder, as a runner does at the end of a job. act leaves some of them. */
function stopAll(folder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const entry = join('/proc', pid);
      const known = [
        readFileSync(join(entry, 'environ'), 'utf8'),
        readlinkSync(join(entry, 'cwd')),
      ];
      if (known.some((text) => text.includes(folder))) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or belongs to somebody else.
    }
  }
}

/** Puts commands into a folder that start PostgreSQL as another user. */
function postgresForRoot(folder: string): void {
  const actual = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout.trim();
  const write = (name: string, command: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  for (const name of ['initdb', 'pg_ctl']) {
    write(name, `exec ${asAnotherUser.join(' ')} ${join(actual, name)} "$@"`);
  }
  write('pg_config', `echo ${folder}`);
}

/** What the project of a reader has, for the recipe of Playwright. */
function playwrightProject(folder: string, modules: string): void {
  const [, config = ''] = /```js\n(.+?)```/s.exec(readme) ?? [];
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('playwright.config.js', config);
  write(
    'server.js',
    `require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT);`,
  );
  write(
    'hello.spec.js',
    `const { expect, test } = require('@playwright/test');
     test('hello', async ({ request }) => {
       expect(await (await request.get('/')).text()).toBe('hello');
     });`,
  );
  symlinkSync(modules, join(folder, 'node_modules'));
}

for (const example of examples) {
  needs(thingsFor(example)).test(`${example.title} runs under act`, () => {
    const directory = workflow([example]);
    const home = temporaryDirectory();
    onTestFinished(() => stopAll(home));
    const bin = join(home, 'bin');
    mkdirSync(bin);
    if (isRoot && has('pg_config')) postgresForRoot(bin);
    if (playwright !== undefined) playwrightProject(directory, playwright);
    const { status, stdout, stderr } = spawnSync(
      'act',
      ['push', '--platform', 'ubuntu-latest=-self-hosted'],
      {
        cwd: directory,
        encoding: 'utf8',
        timeout: 120_000,
        env: {
          ...process.env,
          HOME: home,
          XDG_CACHE_HOME: join(home, 'cache'),
          PATH: [bin, plainScripts, process.env.PATH].join(delimiter),
        },
      },
    );
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toContain('Job succeeded');
  });
}
