"""Makes a busy machine out of a fresh network namespace: unshare -n python3 sockets.py TYPE PRESSURE... -- COMMAND...

Each COMMAND, a JSON array, picks ports. Then others have their share of the machine's: each PRESSURE is binds=COUNT or
connections=COUNT, on top of those before it. After each, what was picked is bound, one by one, as a server without
SO_REUSEADDR does. Prints how many failed, as a JSON array for each PRESSURE with a number for each COMMAND, or null
if this machine is too slow to exert that pressure.
"""

import json
import re
import resource
import socket
import subprocess
import sys

TYPES = {'stream': socket.SOCK_STREAM, 'dgram': socket.SOCK_DGRAM}


def prepare():
    """Sets up loopback, and room for as many sockets as we make."""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    # By default a port of a loopback connection can be used again after a second, any other's not.
    with open('/proc/sys/net/ipv4/tcp_tw_reuse', 'w') as file:
        file.write('0')
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def bind(kind, port):
    """A bound socket, listening if it is a TCP one. Python does not set SO_REUSEADDR by itself."""
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
    """Makes outbound connections. The end that closes first keeps its port for another minute: are all still there?"""
    # No picker gives port 999.
    with socket.create_server(('127.0.0.1', 999)) as server:
        for _ in range(count):
            client = socket.create_connection(server.getsockname())
            accepted, _ = server.accept()
            client.close()
            accepted.close()
    with open('/proc/net/sockstat') as file:
        return int(re.search(r' tw (\d+)', file.read())[1]) >= count


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


def taken(kind, pressures, commands):
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
        yield [failures(kind, ports) for ports in picked] if complete else None


prepare()
end = sys.argv.index('--')
commands = [json.loads(command) for command in sys.argv[end + 1 :]]
print(json.dumps(list(taken(sys.argv[1], sys.argv[2:end], commands))))
