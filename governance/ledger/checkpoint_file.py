"""The last signed checkpoint, in a file outside the database (LEDGER_CHECKPOINT_FILE).

It outlives a restore of the database, and so tells the signer what was already said to the world.
"""

import os
from pathlib import Path

from django.conf import settings

from governance.ledger.note import CheckpointText, unverified_text


def read_checkpoint_file() -> CheckpointText | None:
    """What was last signed; None where the file is absent. Raises NoteError where it is broken."""
    try:
        note = Path(settings.LEDGER_CHECKPOINT_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return CheckpointText.parse(unverified_text(note))


def write_checkpoint_file(note: str) -> None:
    """Replace the file at once and durably: a crash leaves the old note or the new one."""
    path = Path(settings.LEDGER_CHECKPOINT_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
