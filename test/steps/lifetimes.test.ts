import { expect, test } from 'vitest';
import { machine, machines } from './machine.ts';

/** Runs a script on a machine where all steps prefer one port. Returns which step got it. */
async function forOnePort(script: string): Promise<string[]> {
  const { ports } = await machine(`export INPUT_PREFER=21000\n${script}`);
  return ports.map((port) => (port === 21000 ? 'given' : 'taken'));
}

/** Makes the records older by seven hours, by all clocks. */
const age = `
  sed -i 's/"acquiredAt":[0-9]*/"acquiredAt":-25200/' /tmp/find-unused-port-0/*
  touch -d '7 hours ago' /tmp/find-unused-port-0/*`;

machines('leases of living jobs', () => {
  test('a lease counts if RUNNER_TEMP is in a chroot', async () => {
    const given = await forOnePort(`
      jail=$(mktemp -d)
      mount -t tmpfs tmpfs $jail
      mkdir $jail/job
      for name in bin lib lib64 usr proc tmp; do
        if test -L /$name; then cp -P /$name $jail/$name; continue; fi
        test -e /$name || continue
        mkdir $jail/$name
        mount --rbind /$name $jail/$name
      done
      RUNNER_TEMP=/job chroot $jail /tmp/node /tmp/index.js
      step`);
    expect(given).toEqual(['given', 'taken']);
  });

  test('a lease counts in a container with another boot id that shares /tmp', async () => {
    const given = await forOnePort(`
      echo 00000000-0000-4000-8000-000000000000 > /tmp/boot-id
      step
      unshare --mount --pid --fork --mount-proc bash -c '
        mount --bind /tmp/boot-id /proc/sys/kernel/random/boot_id
        /tmp/node /tmp/index.js
        true'
      step`);
    expect(given).toEqual(['given', 'taken', 'taken']);
  });

  test('a lease lives if a mount hides the boot id', async () => {
    const given = await forOnePort(`
      echo 00000000-0000-4000-8000-000000000000 > /tmp/boot-id
      step
      unshare --mount bash -c '
        mount --bind /tmp/boot-id /proc/sys/kernel/random/boot_id
        /tmp/node /tmp/index.js
        true'
      step`);
    expect(given).toEqual(['given', 'taken', 'taken']);
  });

  test('a lease lives if each step has a time namespace of its own, with one name', async () => {
    const given = await forOnePort(`
      unshare --time --boottime 100000 /tmp/node /tmp/index.js
      unshare --time --boottime 200000 /tmp/node /tmp/index.js`);
    expect(given).toEqual(['given', 'taken']);
  });

  test.each([
    ['first', '$elsewhere /tmp/node /tmp/index.js; step'],
    ['second', 'step; $elsewhere /tmp/node /tmp/index.js; step'],
  ])('a lease counts if the %s step is in another time namespace', async (_, script) => {
    const given = await forOnePort(`
      elsewhere='unshare --time --boottime 100000 --monotonic 100000'
      ${script}`);
    expect(given[0]).toBe('given');
    expect(new Set(given.slice(1))).toEqual(new Set(['taken']));
  });

  test('a lease counts if RUNNER_TEMP is relative and the next step is in another directory', async () => {
    const given = await forOnePort(`
      mkdir -p /tmp/one/temp /tmp/other
      export RUNNER_TEMP=temp
      cd /tmp/one
      step
      cd /tmp/other
      step`);
    expect(given).toEqual(['given', 'taken']);
  });

  test('a lease counts until the RUNNER_TEMP of its job is deleted', async () => {
    const given = await forOnePort(`
      mkdir /tmp/job1 /tmp/job2
      step RUNNER_TEMP=/tmp/job1
      step RUNNER_TEMP=/tmp/job2
      rm -r /tmp/job1
      step RUNNER_TEMP=/tmp/job2`);
    expect(given).toEqual(['given', 'taken', 'given']);
  });

  test("a lease counts if its job's RUNNER_TEMP is gone only for others", async () => {
    const given = await forOnePort(`
      chmod 755 /tmp/node
      mkdir /tmp/runner
      mount -t tmpfs tmpfs /tmp/runner
      mkdir /tmp/runner/job
      step RUNNER_TEMP=/tmp/runner/job
      unshare --mount bash -c 'umount /tmp/runner; /tmp/node /tmp/index.js'
      rm -r /tmp/runner/job
      setpriv --reuid=4711 --clear-groups /tmp/node /tmp/index.js
      step`);
    expect(given).toEqual(['given', 'taken', 'taken', 'given']);
  });

  test('a lease counts after seven hours even if /proc hides the job from another user', async () => {
    const given = await forOnePort(`
      chmod 755 /tmp/node
      step
      ${age}
      mount -o remount,hidepid=2 /proc
      # hidepid hides nothing from the group of root.
      setpriv --reuid=4711 --regid=4711 --clear-groups /tmp/node /tmp/index.js`);
    expect(given).toEqual(['given', 'taken']);
  });

  test('a lease counts if /proc shows another pid namespace, where another process has the pid of its job', async () => {
    const given = await forOnePort(`
      stranger() { echo 4999 > /proc/sys/kernel/ns_last_pid; sleep 60 & }
      stranger
      unshare --pid --fork bash -c '
        echo 4999 > /proc/sys/kernel/ns_last_pid
        bash -c "
          /tmp/node /tmp/index.js
          touch /tmp/first
          until test -e /tmp/second; do sleep 0.1; done
          /tmp/node /tmp/index.js
          true"
        true' &
      until test -e /tmp/first; do sleep 0.1; done
      kill 5000; wait 5000
      stranger
      touch /tmp/second
      wait %2`);
    expect(given).toEqual(['given', 'taken']);
  });

  test('a lease of a job with pid 1 counts until its mark in RUNNER_TEMP is deleted', async () => {
    const given = await forOnePort(`
      export RUNNER_TEMP=/tmp/temp
      mkdir $RUNNER_TEMP
      # exec makes the script pid 1 of a namespace, and so the parent of the steps.
      unshare --pid --fork --mount-proc bash -c '
        /tmp/node /tmp/index.js
        sed -i "s/\\"acquiredAt\\":[0-9]*/\\"acquiredAt\\":-25200/" /tmp/find-unused-port-0/*
        touch -d "7 hours ago" /tmp/find-unused-port-0/*
        /tmp/node /tmp/index.js
        rm -r $RUNNER_TEMP/.[!.]*
        /tmp/node /tmp/index.js
        true'`);
    expect(given).toEqual(['given', 'taken', 'given']);
  });
});

machines('steps whose parent is killed', () => {
  test('a step whose parent is killed while it runs fails, and leaves no lease', async () => {
    const { stdout } = await machine(`
      export INPUT_RANGE=21000
      /tmp/node -e 'require("node:net").createServer().listen(21000, () => console.log())' > /tmp/listens &
      server=$!
      until test -s /tmp/listens; do sleep 0.1; done
      bash -c '/tmp/node /tmp/index.js > /tmp/out; true' &
      # The step waits for the port. Meanwhile its parent is killed, and the port becomes free.
      until test -d /tmp/find-unused-port-0; do sleep 0.1; done
      kill $! $server
      until test -s /tmp/out; do sleep 0.1; done
      cat /tmp/out
      ls /tmp/find-unused-port-0 | wc -l`);
    expect(stdout).toMatch(/^::error::The process that started this step .* has ended.*\n0\n$/);
  });

  test('the lease of a step whose parent is killed before it begins lasts six hours', async () => {
    const given = await forOnePort(`
      bash -c '(sleep 0.5; exec /tmp/node /tmp/index.js > /tmp/out) &'
      until test -s /tmp/out; do sleep 0.1; done
      cat /tmp/out
      step
      ${age}
      step`);
    expect(given).toEqual(['given', 'taken', 'given']);
  });
});
