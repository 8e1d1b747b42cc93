"""Integration and signing: from committed leaves to a published checkpoint.

Invariant: no two signed checkpoints of one origin disagree. Before it signs, the signer finds the
root that its tree had at the size last signed, as said by the file outside the database *and* by
the database, and refuses where either differs or is larger. The file is written before the
database commits: a crash between the two leaves a file ahead of the database, whose leaves were
committed before, and the next run signs the same tree again (Ed25519 is deterministic).
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from governance.ledger import keys, tree
from governance.ledger.checkpoint_file import read_checkpoint_file, write_checkpoint_file
from governance.ledger.note import CheckpointText, NoteError, Signer, sign_note, unverified_text
from governance.models.ledger import Checkpoint, Leaf, SigningKey
from governance.models.witness import Contradiction

# One signer at a time; never held together with the lock of leaves.APPEND_LOCK. "SIGN" in ASCII.
SIGN_LOCK = 0x5349474E


class SigningRefused(RuntimeError):
    """Signing would fork or shorten the register, or use a key that was not announced."""


def integrate(*, at: datetime) -> Checkpoint:
    """Bring every committed leaf into the tree, sign it, publish it. Safe to repeat.

    Returns the checkpoint now published, the last one where there is nothing new. Side effects:
    tiles, one checkpoint, the checkpoint file.
    Raises SigningRefused (nothing is changed), and KeyUnavailable (``governance.ledger.keys``).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SIGN_LOCK])
        signer = keys.load_signer()
        last = Checkpoint.objects.select_related("key").last()
        key = _announced_key(signer, last, at)
        size = ledger_size()
        _refuse_unless_extends(signer.name, size, last)
        if last is not None and (last.size, last.key) == (size, key):
            return last
        text = CheckpointText(signer.name, size, tree.root(size))
        note = sign_note(text.text, signer)
        write_checkpoint_file(note)
        return Checkpoint.objects.create(
            size=size, root=text.root, note=note, key=key, signed_at=at
        )


def ledger_size() -> int:
    """How many leaves are committed, integrated or not."""
    last = Leaf.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def unsigned_leaves() -> int:
    """How many committed leaves wait to be integrated and signed (a figure to watch)."""
    last = published_checkpoint()
    return ledger_size() - (last.size if last else 0)


def published_checkpoint() -> Checkpoint | None:
    """The checkpoint now published; None before the first signature."""
    return Checkpoint.objects.select_related("key").last()


def adopt_checkpoint() -> Checkpoint:
    """Write the database's last checkpoint to the file that is missing: an operator's explicit act.

    Only right where the operator knows that nothing later was ever published (a new machine, a copy
    for a demonstration). Raises SigningRefused where there is a file or nothing to write in it.
    """
    last = published_checkpoint()
    if last is None:
        raise SigningRefused("nothing was signed yet: there is no checkpoint to adopt")
    if read_checkpoint_file() is not None:
        raise SigningRefused("the checkpoint file is there: it is not replaced")
    write_checkpoint_file(last.note)
    return last


def is_consistent() -> bool | None:
    """Whether the register begins with all that was signed, as the file outside the database and
    the database say it, and no witness contradicts it. None before the first signature.

    What the signer asks before it signs, asked without signing: a few tiles are read, whatever the
    number of leaves.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SIGN_LOCK])
        last = published_checkpoint()
        if Contradiction.objects.open().loud().exists():
            return False
        try:
            said = CheckpointText.parse(unverified_text(last.note)) if last else None
            said = said or read_checkpoint_file()
            if said is None:
                return None
            _refuse_unless_extends(said.origin, ledger_size(), last)
        except (SigningRefused, NoteError, tree.MissingLeaves):
            return False
        return True


def _announced_key(signer: Signer, last: Checkpoint | None, at: datetime) -> SigningKey:
    vkey = signer.verifier.vkey
    key = SigningKey.objects.filter(vkey=vkey).first()
    if key is None:
        if SigningKey.objects.exists():
            raise SigningRefused(
                f"{vkey} was never announced: `manage.py ledger_key rotate` changes the key"
            )
        return SigningKey.objects.create(vkey=vkey, since=at)
    if last is not None and key.pk < last.key_id:
        raise SigningRefused(f"{vkey} was replaced by {last.key.vkey}")
    return key


def _refuse_unless_extends(origin: str, size: int, last: Checkpoint | None) -> None:
    """Integrate the new leaves, once sure that none is missing; compare with what was signed."""
    try:
        filed = read_checkpoint_file()
    except NoteError as error:
        raise SigningRefused(f"the checkpoint file is broken: {error}") from error
    if filed is None and last is not None:
        raise SigningRefused(
            "the checkpoint file is missing: put it back, or run "
            "`manage.py ledger_adopt` if nothing later was ever published"
        )
    if filed is not None and filed.origin != origin:
        raise SigningRefused(f"the checkpoint file is that of {filed.origin}, not of {origin}")
    signed = [(said.size, bytes(said.root)) for said in (filed, last) if said is not None]
    if size < max((before for before, _ in signed), default=0):
        raise SigningRefused(
            f"{max(before for before, _ in signed)} leaves were signed, there are {size}: "
            "recover the lost ones from a published copy"
        )
    tree.integrate_leaves(last.size if last else 0, size)
    for before, root in signed:
        if tree.root(before) != root:
            raise SigningRefused(f"the first {before} leaves are not those that were signed")
