"""Where the engine puts what does not fit in memory: a folder for each process, in ``spill/``.

Two engines would write over each other in one folder. A process holds a lock beside its own for as
long as it lives, so that what a killed one left is known, and removed by the next that starts.
"""

import fcntl
import functools
import os
import secrets
import shutil
from pathlib import Path

from catalog.site.files import private_folder


def own_folder(spill: Path) -> Path:
    """The folder of this process in `spill`."""
    return _held(spill, os.getpid())


@functools.cache
def _held(spill: Path, process: int) -> Path:
    folder = private_folder(spill) / f"{process}-{secrets.token_hex(4)}"
    descriptor = os.open(_lock(folder), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # until the process ends
    return private_folder(folder)


def forget_dead(spill: Path) -> None:
    """Remove what processes that are no more left in `spill`."""
    for lock in private_folder(spill).glob("*.lock"):
        try:
            descriptor = os.open(lock, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        lock.unlink(missing_ok=True)


def _lock(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
