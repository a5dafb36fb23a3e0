"""Picks ports with find_unused_port, prints them as the action does: COUNT stream|dgram."""

import json
import socket
import sys
from test.support.socket_helper import find_unused_port

count, kind = int(sys.argv[1]), sys.argv[2]
socktype = socket.SOCK_STREAM if kind == 'stream' else socket.SOCK_DGRAM
ports = [find_unused_port(socktype=socktype) for _ in range(count)]
print(f'ports={json.dumps(ports)}')
