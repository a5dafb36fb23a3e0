import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parsePorts } from '../../src/ports/parse-ports.ts';
import { needs, span, withOpenFiles } from '../support.ts';
import { flags, machine, machines } from './machine.ts';

const pair = 'ip link add name other0 type veth peer name other1';
const canLink = spawnSync('unshare', [...flags, ...pair.split(' ')]).status === 0;

machines('ephemeral ranges', () => {
  const sysctl = (range: string, reserved = '') =>
    `sysctl -q -w net.ipv4.ip_local_port_range="${range}" net.ipv4.ip_local_reserved_ports="${reserved}"\n`;

  test('a step warns and gives ephemeral ports if all from 1024 up are ephemeral', async () => {
    const { stdout, ports } = await machine(`${sysctl('1024 65535')} step INPUT_COUNT=50`);
    expect(ports).toHaveLength(50);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1024);
    expect(stdout).toContain("are in this machine's ephemeral range (1024-65535)");
  });

  test('a step warns of an ephemeral range of its own as of an ephemeral preferred port', async () => {
    const { stdout, ports } = await machine(`${sysctl('32768 60999')}
      step INPUT_RANGE=40000-40010
      step INPUT_PREFER=40020
      step INPUT_RANGE=21000-21010
      step INPUT_RANGE=ephemeral`);
    expect(ports).toHaveLength(4);
    expect(
      stdout.match(/^::warning::Port 400\d\d is in this machine's ephemeral range/gm),
    ).toHaveLength(2);
    expect(stdout.match(/::warning::/g)).toHaveLength(2);
  });

  test('a step gives the only port outside the ephemeral range without a warning', async () => {
    const { stdout, ports } = await machine(`${sysctl('1024 65534')} step`);
    expect(ports).toEqual([65535]);
    expect(stdout).not.toContain('::warning::');
  });

  test('a step gives reserved ports of the ephemeral range without a warning', async () => {
    const { stdout, ports } = await machine(
      `${sysctl('1024 65535', '22010-22019')} step INPUT_COUNT=10`,
    );
    expect(ports.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => 22010 + i));
    expect(stdout).not.toContain('::warning::');
  });

  test('a step warns and gives ports from 1024 up if all ports are ephemeral', async () => {
    const { stdout, ports } = await machine(
      `sysctl -q -w net.ipv4.ip_unprivileged_port_start=0\n${sysctl('1 65535')} step INPUT_COUNT=2`,
    );
    expect(ports).toHaveLength(2);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(1024);
    expect(stdout).toMatch(
      /Ports \d+, \d+ are in this machine's ephemeral range \(1-65535\): the OS may assign them before your server binds them\. /,
    );
  });

  test('a step that asks for ports below 1024 gets them if all others are ephemeral', async () => {
    const { stdout, ports } = await machine(`${sysctl('1024 65535')}
      step INPUT_RANGE=600-602; step INPUT_PREFER=700`);
    expect(ports[0]).toBeLessThan(603);
    expect(ports[1]).toBe(700);
    expect(stdout).not.toContain('::warning::');
  });

  test('steps that let the OS choose share a small ephemeral range, and then fail', async () => {
    const { stdout, ports } = await machine(`${sysctl('30000 30009')}
      export INPUT_COUNT=4 INPUT_RANGE=ephemeral
      step; step; hasty`);
    expect(ports).toHaveLength(8);
    expect(new Set(ports).size).toBe(8);
    expect(stdout).toContain(
      '::error::Needed 4 ports, found 2 in the ephemeral range: the OS gave no other port that is not excluded or taken',
    );
  });

  test("a host is this machine's even if all ephemeral ports are used up", async () => {
    const { ports } = await machine(`${sysctl('30000 30001')}
      /tmp/node -e '
        const { createServer } = require("node:net");
        for (const port of [30000, 30001]) createServer().listen(port);
      ' &
      until [ $(grep -c ':753[01] ' /proc/net/tcp6) = 2 ]; do sleep 0.1; done
      step INPUT_HOST=127.0.0.1
      kill $!`);
    expect(ports).toHaveLength(1);
  });

  test.each(['', '0,8080', '65535,20999'])(
    'a step gives ports that are not ephemeral if %j are reserved',
    async (reserved) => {
      const { stdout, ports } = await machine(
        `${sysctl('1024 65533', reserved)} step INPUT_COUNT=2`,
      );
      expect(ports).toHaveLength(2);
      const left = parsePorts(reserved.replace(/^0,/, ''));
      const outside = left.union(span(65534, 65535));
      expect(ports.every((port) => outside.has(port) && port >= 1024)).toBe(true);
      expect(stdout).not.toContain('::warning::');
    },
  );

  test('a step knows all reserved ports even if every other port is reserved', async () => {
    // The kernel accepts a page of text in one write. Later writes add to it.
    const { stdout, ports } = await machine(`${sysctl('1024 65535')}
      /tmp/node -e '
        const { openSync, writeSync } = require("node:fs");
        const file = openSync("/proc/sys/net/ipv4/ip_local_reserved_ports", "w");
        for (let port = 1; port < 65536; port += 1000) {
          writeSync(file, Array.from({ length: 500 }, (_, i) => port + 2 * i).filter((one) => one < 65536) + "\\n");
        }'
      step INPUT_COUNT=100`);
    expect(ports).toHaveLength(100);
    expect(ports.every((port) => port % 2 === 1)).toBe(true);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20000);
    expect(stdout).not.toContain('::warning::');
  });

  test('a step gives ports outside an ephemeral range that was moved', async () => {
    const { ports } = await machine(`${sysctl('12000 40000')} step INPUT_COUNT=100`);
    expect(ports).toHaveLength(100);
    for (const port of ports) expect(span(12_000, 40_000).has(port)).toBe(false);
  });
});

machines('machines that lack something', () => {
  test('without a fast disk, a step does not count the time of its first look', async () => {
    const { stdout, ports } = await machine(`
      echo '
        const fs = require("node:fs");
        const { readdirSync } = fs;
        const { uptime } = process;
        fs.readdirSync = (...args) => {
          fs.readdirSync = readdirSync;
          // Longer than a search takes at most without another port.
          process.uptime = () => uptime() + 10.5;
          console.log("looked");
          return readdirSync(...args);
        };' > /tmp/slow.cjs
      /tmp/node -e 'require("node:net").createServer().listen(21000)' &
      until grep -q ':5208 ' /proc/net/tcp6; do sleep 0.1; done
      step NODE_OPTIONS=--require=/tmp/slow.cjs INPUT_PREFER=21000 INPUT_RANGE=21001
      kill $!`);
    expect(stdout).toMatch(/^looked$/m);
    expect(ports).toEqual([21001]);
  });

  test('without a DNS server that answers, a step says what it waited for, and needs none for known names', async () => {
    const { stdout, ports } = await machine(`
      printf 'nameserver 127.0.0.1\noptions timeout:30\n' > /tmp/resolv.conf
      printf '127.0.0.5 known\n' > /tmp/hosts
      mount --bind /tmp/resolv.conf /etc/resolv.conf
      mount --bind /tmp/hosts /etc/hosts
      /tmp/node -e 'require("node:dgram").createSocket("udp4").bind(53)' &
      until grep -q ' 00000000:0035' /proc/net/udp; do sleep 0.1; done
      # The look-up starts a process, which is killed after a tenth of the time.
      echo '
        const childProcess = require("node:child_process");
        const { execFile } = childProcess;
        childProcess.execFile = (file, args, { timeout, ...options }, done) =>
          execFile(file, args, { ...options, timeout: timeout / 10 }, done);' > /tmp/impatient.cjs
      step NODE_OPTIONS=--require=/tmp/impatient.cjs INPUT_HOST=unknown.example
      step INPUT_HOST=known
      step INPUT_HOST=localhost INPUT_FAMILY=both
      kill $!`);
    expect(stdout).toContain(
      '::error::Input "host": the look-up of "unknown.example" failed: no answer within 8 s',
    );
    expect(ports).toHaveLength(2);
  });

  test('without IPv6, a step gives ports for IPv4 and refuses IPv6', async () => {
    const { stdout, ports } = await machine(`
      sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1
      step INPUT_TYPE=both
      step INPUT_TYPE=both INPUT_RANGE=ephemeral
      step INPUT_FAMILY=ipv6
      step INPUT_FAMILY=both`);
    expect(ports).toHaveLength(2);
    expect(
      stdout.match(/::error::Input "family": IPv6 was asked for, but this machine has no IPv6/g),
    ).toHaveLength(2);
  });

  needs({ 'virtual network devices': canLink }).test(
    'without IPv6 on the loopback interface, a step gives ports for IPv6',
    async () => {
      const { stdout, ports } = await machine(`
      sysctl -q -w net.ipv6.conf.lo.disable_ipv6=1
      ${pair}
      ip link set dev other0 up; ip link set dev other1 up
      ip -6 address add fd00::1/64 dev other0 nodad
      step INPUT_FAMILY=ipv6
      step INPUT_FAMILY=both INPUT_TYPE=both
      step INPUT_HOST=fd00::1
      step INPUT_HOST=::1`);
      expect(ports).toHaveLength(3);
      expect(stdout).toContain('::error::Input "host": "::1", but this machine has no address ::1');
    },
  );

  test('without /proc, a step gives ports and warns of what it cannot read', async () => {
    const { stdout, ports } = await machine('mount -t tmpfs tmpfs /proc; step INPUT_COUNT=3');
    expect(ports).toHaveLength(3);
    expect(stdout).toMatch(
      /::warning::Could not read the ephemeral range \(.*ENOENT.*\)\. Assumed the default, 32768-60999\./,
    );
    expect(stdout).toMatch(
      /::warning::Could not read TCP connections \(ENOENT.*\), so a server may /,
    );
  });

  test('without /proc/net, a step still sees ports in TIME_WAIT', async () => {
    const { stdout, ports } = await machine(`
      /tmp/node -e '
        const { connect, createServer } = require("node:net");
        const server = createServer((socket) => { socket.end(); server.close(); });
        server.listen(21000, () => connect(21000).resume());
      '
      mount -t proc -o subset=pid proc /proc
      hasty INPUT_RANGE=21000
      step INPUT_RANGE=21001`);
    expect(stdout).toContain('::error::Needed 1 port, found none in 21000: 1 in use');
    expect(ports).toEqual([21001]);
    expect(stdout).not.toContain('::warning::');
  });

  test('with few file descriptors, a step gives many ports, but not if the OS chooses them', async () => {
    const { stdout, ports } = await machine(`
      ulimit -n 64
      step INPUT_COUNT=500 INPUT_TYPE=both
      step INPUT_COUNT=500 INPUT_RANGE=ephemeral`);
    expect(new Set(ports).size).toBe(500);
    expect(stdout).toContain(
      '::error::This process has no file descriptors left: raise the limit (ulimit -n) (EMFILE)',
    );
  });

  withOpenFiles(2048).test(
    'without file descriptors for all ports that are no good, a step finds the only good one',
    async () => {
      const { ports } = await machine(`
      sysctl -q -w net.ipv4.ip_local_port_range="30000 31999"
      /tmp/node -e '
        const { createSocket } = require("node:dgram");
        for (let port = 30000; port < 32000; port++) if (port !== 30051) createSocket("udp4").bind(port);
      ' &
      until [ $(grep -c ' 00000000:7[5-9A-F]' /proc/net/udp) = 1999 ]; do sleep 0.1; done
      ulimit -n 96
      step INPUT_TYPE=both INPUT_RANGE=ephemeral
      kill $!`);
      // Linux chooses in the lower half of the range as long as it can.
      expect(ports).toEqual([30051]);
    },
  );

  test('without privileges, a step is not permitted to bind ports below 1024', async () => {
    const { stdout } = await machine(`
      chmod 755 /tmp/node
      step() { env "$@" setpriv --reuid=4711 --clear-groups /tmp/node /tmp/index.js; }
      step INPUT_RANGE=600-602`);
    expect(stdout).toContain(
      'found none in 600-602: 3 that this user may not bind (ports below 1024 need privileges)',
    );
  });
});

machines('directories for leases', () => {
  const warning =
    /^::warning::These ports are not reserved: (.*)\. Other jobs may get them too\.$/gm;

  test.each([
    ['is on a read-only disk', 'mount -o remount,ro /tmp', 'EROFS'],
    ['is on a full disk', 'dd if=/dev/zero of=/tmp/full bs=64k 2>/dev/null', 'ENOSPC'],
    [
      "is another user's",
      'install -d -o 4711 /tmp/find-unused-port-0',
      "is not this user's directory",
    ],
  ])('a step warns once if its directory %s', async (_, script, reason) => {
    const { stdout, ports } = await machine(`${script}\n step INPUT_COUNT=5`);
    expect(ports).toHaveLength(5);
    const warnings = [...stdout.matchAll(warning)];
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.[1]).toContain(reason);
  });

  test('the next job gets the ports of a job that was killed, and deletes its record', async () => {
    const { ports, stdout } = await machine(`
      export INPUT_COUNT=20 INPUT_RANGE=21000-21019
      bash -c '/tmp/node /tmp/index.js; kill -9 $$' 2> /dev/null | cat
      step
      ls /tmp/find-unused-port-0 | wc -l`);
    expect(ports).toHaveLength(40);
    expect(new Set(ports).size).toBe(20);
    expect(stdout.trim().split('\n').at(-1)).toBe('1');
  });

  test('a step that cannot list /tmp gives ports, records them and warns once', async () => {
    const { ports, stdout } = await machine(`
      chmod 755 /tmp/node
      step > /tmp/out
      chmod 1733 /tmp
      step() { env "$@" setpriv --reuid=4711 --clear-groups /tmp/node /tmp/index.js; }
      step INPUT_COUNT=3
      ls /tmp/find-unused-port-4711 | wc -l`);
    expect(ports).toHaveLength(3);
    expect(stdout.match(/::warning::.*/g)).toEqual([
      expect.stringMatching(
        /::warning::Could not read other steps' ports \(.*EACCES.*\), so this step may get the same ones\.$/,
      ),
    ]);
    expect(stdout.trim().split('\n').at(-1)).toBe('1');
  });

  test('a step repairs the mode of its directory', async () => {
    const { ports, stdout } = await machine(`
      export INPUT_RANGE=21000-21003 INPUT_COUNT=2
      step
      chmod 0 /tmp/find-unused-port-0
      setpriv --bounding-set=-all /tmp/node /tmp/index.js`);
    expect(stdout).not.toContain('::');
    expect(new Set(ports).size).toBe(4);
  });

  test('a step warns if only part of its record could be written', async () => {
    const { ports, stdout } = await machine(`
      export INPUT_COUNT=5
      prlimit --fsize=100 /tmp/node /tmp/index.js`);
    expect(ports).toHaveLength(5);
    expect([...stdout.matchAll(warning)]).toHaveLength(1);
    expect(stdout).toContain('could write only part of a claim');
  });

  test('leases of users with a umask of 077 count', async () => {
    const { ports, stdout } = await machine(`
      chmod 755 /tmp/node
      umask 077
      export INPUT_RANGE=21000-21003 INPUT_COUNT=2
      for user in 4711 4712; do
        setpriv --reuid=$user --clear-groups /tmp/node /tmp/index.js
      done`);
    expect(stdout).not.toContain('::');
    expect(new Set(ports).size).toBe(4);
  });

  test('a step gives ports beside a directory that another user has filled', async () => {
    const { ports, stdout } = await machine(`
      mount -o remount,size=64M,nr_inodes=100k /tmp
      mkdir /tmp/find-unused-port-4711
      cd /tmp/find-unused-port-4711
      step INPUT_COUNT=1 > /tmp/out
      head -n1 /tmp/find-unused-port-0/* > header
      (cat header; yes 21000 | head -c 20M) > 1-a
      (cat header; head -c 3M /dev/zero) > 2-b
      mkfifo 3-c; ln -s /dev/zero 4-d; ln -s /tmp 5-e
      seq -f '%g-f' 1000 | xargs touch
      chown 4711 .
      step INPUT_COUNT=100`);
    expect(stdout).not.toContain('::');
    expect(ports).toHaveLength(100);
  });
});

machines('leased ports', () => {
  test("users inside and outside a user namespace never get each other's ports", async () => {
    const { ports, stdout } = await machine(`
      chmod 755 /tmp/node
      as() { user=$1; shift; setpriv --reuid=$user --clear-groups "$@" /tmp/node /tmp/index.js; }
      export INPUT_PREFER=21000-21003
      as 4712
      as 4711 unshare --user --map-root-user
      as 4711
      step
      ls /tmp | grep find-unused`);
    expect(ports).toEqual([21000, 21001, 21002, 21003]);
    expect(stdout).not.toContain('::');
    expect(stdout.match(/^find-unused-port-.*$/gm)).toEqual(
      [0, 4711, 4712].map((user) => `find-unused-port-${user}`),
    );
  });

  test('8 steps at once, of two users on two networks, get no port twice', async () => {
    const { ports, stdout } = await machine(`
      chmod 755 /tmp/node
      export INPUT_COUNT=4 INPUT_RANGE=21000-21039
      # This leaves the record of an ended job.
      bash -c '/tmp/node /tmp/index.js > /tmp/out; true'
      # setpriv and env become the action: each is a child of this script, which lives until all have ended.
      for user in 4711 4712; do
        for network in '' 'unshare --net'; do
          for type in tcp udp; do
            $network setpriv --reuid=$user --clear-groups env INPUT_TYPE=$type /tmp/node /tmp/index.js &
          done
        done
      done
      wait`);
    expect(stdout).not.toContain('::');
    expect(ports).toHaveLength(32);
    expect(new Set(ports).size).toBe(32);
  });

  test('a port that the OS chooses is not given at other addresses', async () => {
    const { ports, stdout } = await machine(`
      sysctl -q -w net.ipv4.ip_local_port_range="30000 30059"
      export INPUT_COUNT=10 INPUT_RANGE=ephemeral
      for host in 127.0.0.1 127.0.0.2 ::1; do step INPUT_HOST=$host; done`);
    expect(stdout).not.toContain('::');
    expect(ports).toHaveLength(30);
    expect(new Set(ports).size).toBe(30);
  });
});
