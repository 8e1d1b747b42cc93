"""Writing so that a crash leaves either the old or the new, and both on the disk."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Ask the disk to keep `path` (a file or a folder) as it is now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(path: Path) -> Path:
    """`path`, made if absent, open to its owner only."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step, mode 0600 from the first byte."""
    private_folder(path.parent)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync(path.parent)
