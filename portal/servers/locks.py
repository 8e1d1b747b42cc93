"""Locks between processes that the kernel drops when their holder dies."""

import fcntl
import os
from pathlib import Path


class Held(Exception):
    """Another process holds the lock; `holder` is its process number, 0 if unknown."""

    def __init__(self, path: Path, holder: int):
        self.path, self.holder = path, holder
        super().__init__(f"{path} is held by process {holder or '?'}")


class FileLock:
    """An advisory lock on a file, exclusive or shared."""

    def __init__(self, path: Path):
        self.path = path
        self._fd: int | None = None

    def acquire(self, *, shared: bool = False, wait: bool = False) -> "FileLock":
        """Take the lock. Without `wait`, raises Held when another process has it."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(fd, how if wait else how | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(fd, 20, 0).strip()
            os.close(fd)
            raise Held(self.path, int(text) if text.isdigit() else 0) from None
        if not shared:
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
        self._fd = fd
        return self

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two holders in."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> "FileLock":
        return self if self._fd is not None else self.acquire()

    def __exit__(self, *_exc) -> None:
        self.release()
