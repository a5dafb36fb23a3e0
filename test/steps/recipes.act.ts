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
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasIpv6, isRoot, needs, temporaryDirectory } from '../support.ts';
import { type Example, examples, readme, root, type Step, workflow } from './examples.ts';

/** The path of the node_modules of a project that has Playwright. */
const playwright = process.env.PLAYWRIGHT;

/** The programs that examples start. An example is skipped if one of its programs is not installed. */
const programs = [
  'curl',
  'docker',
  'locust',
  'mariadbd',
  'pg_config',
  'pwsh',
  'python3',
  'rabbitmq-server',
  'rails',
  'redis-server',
];

/** These servers refuse to run as root. In this user namespace they see another user. */
const asAnotherUser = ['unshare', '--user', '--map-user=1000'] as const;
const serversForOthers = ['pg_config', 'mariadbd'];

function canBeAnotherUser(): boolean {
  const [program, ...args] = asAnotherUser;
  return runs(program, ...args, 'true');
}

/** Whether a shell finds a program. Some programs would start if they were run with --version. */
function has(program: string): boolean {
  return runs('sh', '-c', `command -v ${program}`);
}

function runs(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0;
}

/** The image of the examples. It is not downloaded for a test. */
const image = 'postgres:18';

/** What act needs to run an example, and whether it is there. */
function thingsFor({ job }: Example): Record<string, boolean> {
  const text = JSON.stringify(job);
  const needed = programs.filter((program) => text.includes(program));
  const needsAnotherUser = isRoot && needed.some((program) => serversForOthers.includes(program));
  return {
    ...Object.fromEntries(['act', ...needed].map((program) => [program, has(program)])),
    'docker compose': !text.includes('docker compose') || runs('docker', 'compose', 'version'),
    'the image postgres:18': !text.includes('docker') || runs('docker', 'image', 'inspect', image),
    'service containers, which act has in containers only': !('services' in job),
    PLAYWRIGHT: !text.includes('playwright') || playwright !== undefined,
    IPv6: !text.includes('::1') || hasIpv6,
    'a user namespace': !needsAnotherUser || canBeAnotherUser(),
    // The test finds processes that are left there.
    '/proc': existsSync('/proc/self/environ'),
  };
}

/** A script that waits until a condition is true, ten seconds at most. */
const eventually = (condition: string) =>
  `for _ in {1..100}; do if ${condition}; then exit; fi; sleep 0.1; done; exit 1`;
const answers = (...ports: string[]) =>
  eventually(ports.map((port) => `(: < "/dev/tcp/127.0.0.1/$${port}") 2> /dev/null`).join(' && '));

/**
 * Scripts that check examples after their steps, or before they clean up. The other examples have steps that fail if
 * something did not work.
 */
const checks: Record<string, string> = {
  'readme-md-find-unused-port': answers('WEB_PORT', 'API_PORT'),
  'readme-md-wait-until-the-server-listens': '(: < "/dev/tcp/127.0.0.1/$WEB_PORT")',
  'readme-md-the-usual-port-if-it-is-free': 'test "$WEB_PORT" -gt 0',
  'readme-md-docker-and-compose': answers('PGPORT'),
  'readme-md-docker-and-compose-2': answers('PGPORT'),
  'docs-recipes-md-a-composite-action': 'test -z "$WEB_PORT"',
  // At the end of a job a runner finds its processes by their environment, so the server must keep that.
  'docs-recipes-md-redis': `
    pid=$(redis-cli -p "$REDIS_PORT" info server | tr -d '\\r' | sed -n 's/^process_id://p')
    grep --quiet --text REDIS_PORT= "/proc/$pid/environ"`,
  'docs-recipes-md-a-redis-cluster': eventually(
    'redis-cli -p "$REDIS_PORT" cluster info | grep --quiet cluster_state:ok',
  ),
  'docs-recipes-md-mysql-and-mariadb': `
    export MYSQL_HOST=127.0.0.1
    test "$(mariadb --user=root --skip-column-names --execute='select @@port')" = "$MYSQL_TCP_PORT"`,
  'docs-recipes-md-rabbitmq': answers('RABBITMQ_NODE_PORT', 'RABBITMQ_DIST_PORT', 'ERL_EPMD_PORT'),
  'docs-recipes-md-localhost': '(: < "/dev/tcp/127.0.0.1/$WEB_PORT")',
  'docs-recipes-md-a-server-on-one-address': eventually(
    '(: < "/dev/tcp/::1/$WEB_PORT") 2> /dev/null',
  ),
};

/** Files of a reader's project that the section of an example does not show. */
const projects: Record<string, Record<string, string>> = {
  'docs-recipes-md-playwright': {
    'server.js': `
      require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT);`,
    'hello.spec.js': `
      const { expect, test } = require('@playwright/test');
      test('hello', async ({ request }) => {
        expect(await (await request.get('/')).text()).toBe('hello');
      });`,
  },
  'docs-recipes-md-ports-for-each-test-worker': Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [
      `worker-${i}.test.js`,
      `
      import { mkdirSync, rmdirSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      import { expect, test } from 'vitest';
      import { apiPort, webPort } from './ports.js';
      test('no other worker has these ports', async () => {
        expect(process.env.TEST_PORTS.split(' ')).toEqual(expect.arrayContaining([webPort, apiPort]));
        expect(webPort).not.toBe(apiPort);
        for (const port of [webPort, apiPort]) mkdirSync(port);
        await setTimeout(500);
        for (const port of [webPort, apiPort]) rmdirSync(port);
      });`,
    ]),
  ),
  // Without a Gemfile: the gems are those of the machine.
  'docs-recipes-md-rails-and-its-database': {
    'bin/rails': [
      '#!/usr/bin/env ruby',
      'APP_PATH = File.expand_path("../config/application", __dir__)',
      '%w[railties puma].each { |name| gem name }',
      'require "rails/commands"',
    ].join('\n'),
    'config/application.rb': [
      'require "action_controller/railtie"',
      'class App < Rails::Application',
      '  config.eager_load = false',
      '  config.secret_key_base = "secret"',
      '  config.hosts.clear',
      '  routes.append { get "up", to: ->(_) { [200, {}, [ENV.fetch("PGPORT")]] } }',
      'end',
    ].join('\n'),
    'config/environment.rb': 'require_relative "application"\nRails.application.initialize!',
    'config.ru': 'require_relative "config/environment"\nrun Rails.application',
  },
  'docs-recipes-md-locust': {
    'locustfile.py': [
      'from locust import User, task',
      'class Somebody(User):',
      '    @task',
      '    def nothing(self):',
      '        pass',
    ].join('\n'),
  },
  'docs-recipes-md-localhost': { 'index.html': 'hello' },
};

/** Makes act run a step as a runner does: see on-pipes.ts. */
function onPipes(step: Step): Step {
  const shells: Record<string, string> = {
    '': 'bash -e {0}',
    bash: 'bash --noprofile --norc -eo pipefail {0}',
  };
  const shell = shells[step.shell ?? ''];
  // In PowerShell what Start-Process starts keeps the output open, so the step ends five seconds late.
  if (step.run === undefined || shell === undefined) return step;
  return { ...step, shell: `node ${join(import.meta.dirname, 'on-pipes.ts')} ${shell}` };
}

/**
 * Replaces `background` and `cancel`, which act does not know yet. A runner starts the shell of a background step, and
 * `cancel` interrupts only that shell: its server must have ended after that.
 */
function withoutNewKeywords({ background, cancel, ...step }: Step): Step {
  if (background === true) {
    return {
      shell: 'bash',
      run: [
        `echo '${step.run}' > ${step.id}.sh`,
        'set -m',
        `bash -e ${step.id}.sh > ${step.id}.log 2>&1 &`,
        `echo $! > ${step.id}.pid`,
      ].join('\n'),
    };
  }
  if (cancel === undefined) return step;
  return {
    shell: 'bash',
    run: [
      `kill -INT "$(cat ${cancel}.pid)"`,
      eventually('! (: < "/dev/tcp/127.0.0.1/$WEB_PORT") 2> /dev/null'),
    ].join('\n'),
  };
}

/** Kills processes whose environment or working directory has a folder in it, as a runner does. act leaves some. */
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

/** Writes commands to a folder that start database servers as another user. */
function serversForRoot(folder: string): void {
  const write = (name: string, command: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  const find = (command: string, ...args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout.trim();
  const wrap = (path: string, name: string) =>
    write(name, `exec ${asAnotherUser.join(' ')} ${path} "$@"`);
  if (has('pg_config')) {
    const actual = find('pg_config', '--bindir');
    for (const name of ['initdb', 'pg_ctl']) wrap(join(actual, name), name);
    write('pg_config', `echo ${folder}`);
  }
  if (has('mariadbd')) {
    for (const name of ['mariadbd', 'mariadb-install-db']) {
      wrap(find('sh', '-c', `command -v ${name}`), name);
    }
  }
}

/** Makes a reader's project in a folder. */
function makeProject(folder: string, { id, job }: Example): void {
  const text = JSON.stringify(job);
  for (const [name, content] of Object.entries(projects[id] ?? {})) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o755 });
  }
  // This project has Vite and Vitest.
  const modules = text.includes('playwright') ? playwright : join(root, 'node_modules');
  if (text.includes('npx') && modules !== undefined) {
    symlinkSync(modules, join(folder, 'node_modules'));
  }
}

/** The lines that the README says its first example logs, with any ports. */
function loggedByFirstExample(): RegExp[] {
  const [, log = ''] = /```text\n(.+?)```/s.exec(readme.text) ?? [];
  return log
    .trim()
    .split('\n')
    .map((line) => new RegExp(line.replaceAll(/[()]/g, '\\$&').replaceAll(/\d+/g, '\\d+')));
}

/** Lines that the log of an example must have. */
const logs: Record<string, readonly RegExp[]> = {
  'readme-md-find-unused-port': loggedByFirstExample(),
  'readme-md-outputs': [/The first port is \d+, the second \d+\./],
};

for (const example of examples) {
  needs(thingsFor(example)).test(`${example.title} runs under act`, () => {
    const { id, job } = example;
    const check = checks[id];
    const end = job.steps.findIndex((step) => step.if === 'always()');
    const steps =
      check === undefined
        ? job.steps
        : job.steps.toSpliced(end < 0 ? job.steps.length : end, 0, { shell: 'bash', run: check });
    const directory = workflow([{ ...example, job: { ...job, steps } }], (step) => [
      onPipes(withoutNewKeywords(step)),
    ]);
    makeProject(directory, example);
    const home = temporaryDirectory();
    onTestFinished(() => stopAll(home));
    const bin = join(home, 'bin');
    mkdirSync(bin);
    if (isRoot) serversForRoot(bin);
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
          PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
        },
      },
    );
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toContain('Job succeeded');
    for (const line of logs[id] ?? []) expect(stdout).toMatch(line);
  });
}

test('the examples that this file names exist', () => {
  const ids = examples.map(({ id }) => id);
  for (const id of [checks, projects, logs].flatMap(Object.keys)) expect(ids).toContain(id);
  expect(loggedByFirstExample()).toHaveLength(2);
});
