"""Where the ledger's signing key is kept: a file or an environment variable, never the database.

Settings: ``LEDGER_KEY`` (the key itself) or else ``LEDGER_KEY_FILE`` (its path), and
``LEDGER_ORIGIN``, the name of the log, which is its keys' name. The key is read again at each use,
so that a rotation takes effect in every worker at once.
"""

import os
from pathlib import Path

from django.conf import settings

from governance.ledger.note import NoteError, Signer


class KeyUnavailable(RuntimeError):
    """There is no usable signing key. The message says what to do and never shows the key."""


def load_signer() -> Signer:
    """The signing key of this installation.

    Raises KeyUnavailable where it is absent, malformed, readable by others than its owner, or of
    another name than LEDGER_ORIGIN.
    """
    if settings.LEDGER_KEY:
        source, content = "LEDGER_KEY", settings.LEDGER_KEY
    else:
        path = key_file()
        source, content = str(path), _read_private(path)
    try:
        signer = Signer.parse(content.strip())
    except NoteError as error:
        raise KeyUnavailable(f"{source} holds no signing key: {error}") from error
    if signer.name != settings.LEDGER_ORIGIN:
        raise KeyUnavailable(
            f"{source} holds the key of {signer.name}, LEDGER_ORIGIN is {settings.LEDGER_ORIGIN}"
        )
    return signer


def key_file() -> Path:
    """The path of the key's file. Raises KeyUnavailable where none is set."""
    if not settings.LEDGER_KEY_FILE:
        raise KeyUnavailable("set LEDGER_KEY_FILE or LEDGER_KEY")
    return Path(settings.LEDGER_KEY_FILE)


def write_key(signer: Signer, path: Path) -> None:
    """Write a new key's file, mode 0600 from its first byte. Raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(signer.skey + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> Signer:
    """The key in a file. Raises KeyUnavailable."""
    try:
        return Signer.parse(_read_private(path).strip())
    except NoteError as error:
        raise KeyUnavailable(f"{path} holds no signing key: {error}") from error


def _read_private(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        content = path.read_text()
    except OSError as error:
        raise KeyUnavailable(
            f"{path} cannot be read ({error.strerror}): `manage.py ledger_key create` makes it"
        ) from error
    if mode & 0o077:
        raise KeyUnavailable(f"{path} can be read by others: `chmod 600` it")
    return content
