"""Bringing back leaves that a restore lost, from a copy of the published register.

A copy is a folder, or an address, with the public paths. What is brought back is exactly what was
signed: the copy's checkpoint must bear our key's signature, be that of the checkpoint file outside
the database (or older), and the tree of all leaves must have its root; otherwise nothing is kept.

The leaves come back, what they attest does not: a decision taken after the backup is proved by its
leaf and has no row any more. It is to be taken again; the register then shows both.
"""

import json
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from governance.ledger import keys, tiles, tree
from governance.ledger.checkpoint_file import read_checkpoint_file
from governance.ledger.leaves import APPEND_LOCK
from governance.ledger.merkle import leaf_hash
from governance.ledger.note import CheckpointText, NoteError, open_note
from governance.ledger.signer import ledger_size, published_checkpoint
from governance.models.ledger import Leaf

SECONDS = 30


class NotRecovered(RuntimeError):
    """The copy cannot be read, or is not what we signed; nothing was written."""


def reader_of(source: str) -> Callable[[str], bytes]:
    """How the public paths below `source`, a folder or an http(s) address, are read."""
    if not source.startswith(("https://", "http://")):
        return lambda path: (Path(source) / path).read_bytes()

    def read(path: str) -> bytes:
        address = f"{source.rstrip('/')}/{path}"
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return answer.read()

    return read


@transaction.atomic
def recover(read: Callable[[str], bytes]) -> int:
    """Append the leaves of a copy that the database lacks; returns how many.

    Raises NotRecovered; then nothing was written.
    """
    said = _checkpoint(read)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPEND_LOCK])
    have = ledger_size()
    lost = _leaves(read, have, said.size)
    Leaf.objects.bulk_create(
        Leaf(index=have + offset, bytes=content, leaf_hash=leaf_hash(content), at=_instant(content))
        for offset, content in enumerate(lost)
    )
    last = published_checkpoint()
    tree.integrate_leaves(last.size if last else 0, ledger_size())
    if tree.root(said.size) != said.root:
        raise NotRecovered("with these leaves the tree is not the one that was signed")
    return len(lost)


def _checkpoint(read) -> CheckpointText:
    try:
        note = read("checkpoint").decode()
        said = CheckpointText.parse(open_note(note, keys.load_signer().verifier))
        filed = read_checkpoint_file()
    except (OSError, NoteError, UnicodeDecodeError) as error:
        raise NotRecovered(f"the copy's checkpoint: {error}") from error
    if filed is not None and filed.size == said.size and filed.root != said.root:
        raise NotRecovered("the copy is not the register whose checkpoint we keep")
    return said


def _leaves(read, have: int, size: int) -> list[bytes]:
    """The leaves from `have` on, of the first `size`."""
    found = []
    for number in range(have // tiles.WIDTH, -(-size // tiles.WIDTH)):
        name = tiles.TileName(None, number, tiles.width_at(0, number, size))
        try:
            leaves = tiles.unbundle(read(f"tile/{name.path}"))
        except (OSError, ValueError) as error:
            raise NotRecovered(f"tile/{name.path}: {error}") from error
        if len(leaves) != name.width:
            raise NotRecovered(f"tile/{name.path} has {len(leaves)} leaves, not {name.width}")
        found += leaves[max(0, have - number * tiles.WIDTH) :]
    return found


def _instant(content: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(content)["instant"])
