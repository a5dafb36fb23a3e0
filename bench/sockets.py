"""Makes a busy machine out of a fresh network namespace. Run it with `unshare -n`.

lost KIND PRESSURE... -- COMMAND...
    Each COMMAND, a JSON array, picks ports. Then others have their share of the machine's: each
    PRESSURE is binds=COUNT or connections=COUNT, on top of those before it. After each, what was
    picked is bound, one by one, as a server without SO_REUSEADDR does. Prints how many failed, as
    a JSON array for each PRESSURE with a number for each COMMAND.

busy idle|time-wait|established COUNT
    Puts COUNT such sockets on the machine, prints "ready", and keeps them until its input ends.
"""

import json
import re
import resource
import socket
import subprocess
import sys

LOOPBACK = '127.0.0.1'
BACKLOG = 65_535
KINDS = {'stream': socket.SOCK_STREAM, 'dgram': socket.SOCK_DGRAM}


def prepare():
    """Sets up loopback, and room for as many sockets as we make."""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    # By default a port of a loopback connection can be used again after a second, any other's not.
    write('/proc/sys/net/ipv4/tcp_tw_reuse', 0)
    write('/proc/sys/net/core/somaxconn', BACKLOG)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def write(path, value):
    with open(path, 'w') as file:
        file.write(f'{value}')


def bind(kind, port):
    """A bound socket, listening if it is a TCP one. Python does not set SO_REUSEADDR by itself."""
    server = socket.socket(socket.AF_INET, KINDS[kind])
    try:
        server.bind(('0.0.0.0', port))
        if kind == 'stream':
            server.listen()
    except OSError:
        server.close()
        raise
    return server


def listen():
    """A server on a number that no picker hands out."""
    return socket.create_server((LOOPBACK, 999), backlog=BACKLOG)


def leave_time_wait(count):
    """Makes outbound connections. Who closes one first keeps its port for another minute."""
    with listen() as server:
        for _ in range(count):
            client = socket.create_connection(server.getsockname())
            accepted, _ = server.accept()
            client.close()
            accepted.close()
    with open('/proc/net/sockstat') as file:
        left = int(re.search(r' tw (\d+)', file.read())[1])
    if left < count:
        sys.exit(f'This machine is too slow: of {count} connections only {left} are still there.')


def establish(count):
    """Keeps connections open. Those that nobody accepts need no file descriptor at the server."""
    server = listen()
    clients = [socket.create_connection(server.getsockname()) for _ in range(count)]
    return server, clients


def failures(kind, ports):
    """How many of the ports cannot be bound. One that was picked twice fails once."""
    held = []
    for port in ports:
        try:
            held.append(bind(kind, port))
        except OSError:
            pass
    for server in held:
        server.close()
    return len(ports) - len(held)


def lost(kind, pressures, commands):
    picked = []
    for command in commands:
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        picked.append(json.loads(re.search(r'^ports=(.*)$', text, re.MULTILINE)[1]))
    rivals = []
    for pressure in pressures:
        name, count = pressure.split('=')
        if name == 'binds':
            rivals += [bind(kind, 0) for _ in range(int(count))]
        else:
            leave_time_wait(int(count))
        yield [failures(kind, ports) for ports in picked]


def busy(state, count):
    # A connection within one machine has a socket at either end.
    held = establish(count // 2) if state == 'established' else None
    if state == 'time-wait':
        leave_time_wait(count)
    print('ready', flush=True)
    sys.stdin.read()
    return held


prepare()
match sys.argv[1:]:
    case ['lost', kind, *arguments]:
        end = arguments.index('--')
        commands = [json.loads(command) for command in arguments[end + 1 :]]
        print(json.dumps(list(lost(kind, arguments[:end], commands))))
    case ['busy', state, count]:
        busy(state, int(count))
