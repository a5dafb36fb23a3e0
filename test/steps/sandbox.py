"""Runs a command in which system calls fail: sandbox.py RULE... -- COMMAND, on Linux.

A rule is CALL:ERROR such as bind:EACCES, or socket:FAMILY:ERROR such as socket:10:EPERM, which forbids IPv6 sockets.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# Numbers of the system calls: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
CALLS = {
    "x86_64": {"socket": 41, "bind": 49, "mkdir": 83},
    "aarch64": {"socket": 198, "bind": 200, "mkdir": 34},
}[platform.machine()]
# include/uapi/linux/bpf_common.h, seccomp.h and prctl.h
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL_WITH = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
NUMBER, FIRST_ARGUMENT = 0, 16


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def instructions(rule):
    call, *family, error = rule.split(":")
    fail = (RETURN, 0, 0, FAIL_WITH | getattr(errno, error))
    if not family:
        return [(LOAD, 0, 0, NUMBER), (JUMP_IF_EQUAL, 0, 1, CALLS[call]), fail]
    return [
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 0, 3, CALLS[call]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_EQUAL, 0, 1, int(family[0])),
        fail,
    ]


end = sys.argv.index("--")
program = [line for rule in sys.argv[1:end] for line in instructions(rule)]
program.append((RETURN, 0, 0, ALLOW))
code = b"".join(struct.pack("HBBI", *line) for line in program)
libc = ctypes.CDLL(None, use_errno=True)
for arguments in (
    (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
    (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(program), code)), 0, 0),
):
    if libc.prctl(*arguments) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
