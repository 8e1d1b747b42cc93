"""Secrets of a demonstration, made on first use and kept in its data folder."""

import contextlib
import os
import secrets
from pathlib import Path


def local_secret(path: Path) -> str:
    """The secret in `path`, made with mode 0600 if absent; safe when two processes race."""
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = secrets.token_urlsafe(64)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    with contextlib.suppress(FileExistsError):  # another process was first: its secret is the one
        os.link(draft, path)
    draft.unlink()
    return path.read_text()
