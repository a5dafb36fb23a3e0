"""Binds every port that a step was given, in all ways in which servers bind, and talks to each server.

usage: STREAM='[20001, 20002]' DGRAM='[20003]' BOTH='[20004]' python3 bind.py

Each port gets servers on the wildcard address and on loopback, for IPv4, for IPv6 and on a dual-stack socket, with
SO_REUSEADDR and without, and on Windows with SO_EXCLUSIVEADDRUSE, too. They run one after the other, since two of them
could not have the port at once.
"""

import errno
import itertools
import json
import os
import socket
import struct
import sys

STREAM, DGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
TYPES = {"STREAM": [STREAM], "DGRAM": [DGRAM], "BOTH": [STREAM, DGRAM]}

# The address that the server binds, the one that its client uses, and whether the socket is dual-stack.
PLACES = [
    ("0.0.0.0", "127.0.0.1", False),
    ("127.0.0.1", "127.0.0.1", False),
    ("::", "::1", False),
    ("::1", "::1", False),
    ("::", "127.0.0.1", True),
]
OPTIONS = {"no option": None, "SO_REUSEADDR": socket.SO_REUSEADDR}
if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
    OPTIONS["SO_EXCLUSIVEADDRUSE"] = socket.SO_EXCLUSIVEADDRUSE


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def serve(kind, port, host, client, dual_stack, option):
    """Starts a server, sends it a message, and stops it."""
    with socket.socket(family_of(host), kind) as server, socket.socket(family_of(client), kind) as peer:
        if option is not None:
            server.setsockopt(socket.SOL_SOCKET, option, 1)
        if family_of(host) == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual_stack else 1)
        server.settimeout(10)
        peer.settimeout(10)
        server.bind((host, port))
        if kind == DGRAM:
            peer.sendto(b"hello", (client, port))
            message, _ = server.recvfrom(16)
        else:
            server.listen()
            peer.connect((client, port))
            connection, _ = server.accept()
            with connection:
                peer.sendall(b"hello")
                message = connection.recv(16)
                # The client resets the connection, so it leaves no TIME_WAIT on the port for the next server.
                linger = struct.pack("HH" if os.name == "nt" else "ii", 1, 0)
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                peer.close()
        if message != b"hello":
            raise OSError(f"sent hello and received {message!r}")


def has_ipv6():
    """Whether the machine has IPv6. If it is disabled, the wildcard address can still be bound, but not loopback."""
    try:
        with socket.socket(socket.AF_INET6, STREAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return False
        raise


def main():
    given = [(kind, port) for name in TYPES for port in json.loads(os.environ.get(name) or "[]") for kind in TYPES[name]]
    places = PLACES if has_ipv6() else [place for place in PLACES if ":" not in place[0]]
    servers = list(itertools.product(given, places, OPTIONS.items()))
    failures = []
    for (kind, port), (host, client, dual_stack), (name, option) in servers:
        try:
            serve(kind, port, host, client, dual_stack, option)
        except OSError as error:
            stack = ", dual-stack" if dual_stack else ""
            failures.append(f"{kind.name} {port} on {host}{stack}, {name}: {error}")
    twice = len(given) - len(set(given))
    print(f"{len(servers)} servers on {len(given)} ports, {len(places)} addresses, with {', '.join(OPTIONS)}:")
    print(f"{len(failures)} failed, {twice} ports were given twice", *failures, sep="\n")
    return 1 if failures or twice or not servers else 0


if __name__ == "__main__":
    sys.exit(main())
