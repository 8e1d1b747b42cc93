"""Becomes another program, under another user if asked, that dies with its parent.

Run as a script: `child.py PARENT SIGNAL UID GID CAPABILITY PROGRAM ARGUMENT…`. UID, GID and
CAPABILITY are -1 to be left alone. The order of what follows is the kernel's: changing user
forgets the death signal and the capabilities, so both are set after it.

PostgreSQL refuses to run as root. When we are root it runs as another user, who may not be allowed
to cross the folders above the checkout (/root is closed on Debian); CAPABILITY then lets it read
past them, and nothing more.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522


def _prctl(libc: ctypes.CDLL, *arguments: int) -> None:
    padded = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[1:5]]
    if libc.prctl(arguments[0], *padded) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _become(libc: ctypes.CDLL, uid: int, gid: int, capability: int) -> None:
    if capability >= 0:
        # Keeps capabilities when the user changes, and lets access(2), by which PostgreSQL looks
        # for its own programs, count them.
        _prctl(libc, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability >= 0:
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        mask = 1 << capability  # both capabilities used here are in the first word
        sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
        if libc.capset(header, sets) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        _prctl(libc, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def main(arguments: list[str]) -> None:
    """Do what the module says; returns only by an exception."""
    parent, signal, uid, gid, capability = (int(a) for a in arguments[:5])
    program = arguments[5:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        _become(libc, uid, gid, capability)
    _prctl(libc, PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(0)
    os.execvp(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
