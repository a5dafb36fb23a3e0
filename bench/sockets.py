"""Makes a busy machine out of a fresh network namespace: unshare -n python3 sockets.py TYPE PRESSURE... -- COMMAND...

Each COMMAND, a JSON array, picks ports. Then others take ports: each PRESSURE is binds=COUNT or connections=COUNT, and
adds to those before it. After each PRESSURE the picked ports are bound, one by one, as a server without SO_REUSEADDR
binds them. Prints how many could not be bound: for each PRESSURE a JSON array with a number for each COMMAND, or null
if this machine is too slow for that PRESSURE.
"""

import json
import re
import resource
import socket
import subprocess
import sys

TYPES = {'stream': socket.SOCK_STREAM, 'dgram': socket.SOCK_DGRAM}


def prepare():
    """Sets up loopback, and allows as many open sockets as possible."""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    # By default the port of a loopback connection can be used again after a second. Other ports cannot.
    with open('/proc/sys/net/ipv4/tcp_tw_reuse', 'w') as file:
        file.write('0')
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def bind(kind, port):
    """Binds a socket, which listens if it is for TCP. Python does not set SO_REUSEADDR by itself."""
    server = socket.socket(socket.AF_INET, TYPES[kind])
    try:
        server.bind(('0.0.0.0', port))
        if kind == 'stream':
            server.listen()
    except OSError:
        server.close()
        raise
    return server


def connect(count):
    """Makes outbound connections, which keep their ports for a minute. Returns whether all still have them."""
    # No picker gives port 999.
    with socket.create_server(('127.0.0.1', 999)) as server:
        for _ in range(count):
            client = socket.create_connection(server.getsockname())
            accepted, _ = server.accept()
            client.close()
            accepted.close()
    with open('/proc/net/sockstat') as file:
        return int(re.search(r' tw (\d+)', file.read())[1]) >= count


def count_failures(kind, ports):
    """Counts the ports that cannot be bound. A port that was picked twice fails once."""
    held = []
    for port in ports:
        try:
            held.append(bind(kind, port))
        except OSError:
            pass
    for server in held:
        server.close()
    return len(ports) - len(held)


def count_taken(kind, pressures, commands):
    """Yields the counts of each pressure, one for each command."""
    picked = []
    for command in commands:
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        picked.append(json.loads(re.search(r'^ports=(.*)$', text, re.MULTILINE)[1]))
    rivals = []
    complete = True
    for pressure in pressures:
        name, count = pressure.split('=')
        if name == 'binds':
            rivals += [bind(kind, 0) for _ in range(int(count))]
        elif not connect(int(count)):
            print(f'This machine is too slow: {count} connections took longer than TIME_WAIT.', file=sys.stderr)
            complete = False
        yield [count_failures(kind, ports) for ports in picked] if complete else None


prepare()
end = sys.argv.index('--')
commands = [json.loads(command) for command in sys.argv[end + 1 :]]
print(json.dumps(list(count_taken(sys.argv[1], sys.argv[2:end], commands))))
