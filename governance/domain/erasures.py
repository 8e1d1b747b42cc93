"""Erasing for ever, even after a restore.

What may be erased is words and bytes that stand apart from what is proved: a decision's reason, a
stored file, the opening of a commitment, a draft. Each kind registers how it is erased, and so does
whatever goes with it: the answers made to a decision go with its reason. ``erase`` does it, and
writes the kind and the reference, nothing else, in a log outside the database (ERASURE_LOG): a
backup made before the erasure holds what was erased, and ``apply_again``, run by every restore,
takes it away again.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from governance.domain import files
from governance.domain.audit import record
from governance.ledger import commitments
from governance.ledger.leaves import instant
from governance.models import Reason, StoredFile

ERASERS: dict[str, list[Callable[[str, datetime], bool]]] = {}


def eraser(kind: str):
    """Register a function of a reference and an instant that erases things of ``kind``, or what
    goes with them; it must be harmless twice, and say whether there was something to erase."""

    def register(function: Callable[[str, datetime], bool]):
        ERASERS.setdefault(kind, []).append(function)
        return function

    return register


@transaction.atomic
def erase(kind: str, ref: object, *, by, at: datetime, details: dict | None = None) -> bool:
    """Erase one thing, log it outside the database, audit it (with `details`, codes and no word);
    whether there was something.

    The log is written before the commit: a crash between the two erases at the next restore what
    somebody had decided to erase, never the other way round.
    """
    erased = _erased(kind, str(ref), at)
    if erased:
        record("erased", by=by, at=at, subject_type=kind, subject_ref=ref, details=details)
        note(kind, ref, at=at)
    return erased


def apply_again(*, at: datetime) -> int:
    """Erase again all that the log names; returns how many things were back."""
    back = 0
    for line in _lines():
        entry = json.loads(line)
        with transaction.atomic():
            back += _erased(entry["kind"], entry["ref"], at)
    return back


def _erased(kind: str, ref: str, at: datetime) -> bool:
    """Erase one thing and what goes with it; whether there was something."""
    return sum(erased(ref, at) for erased in ERASERS[kind]) > 0


def note(kind: str, ref: object, *, at: datetime) -> None:
    """Write in the log that something of ``kind`` is erased by the caller's transaction."""
    settings.ERASURE_LOG.parent.mkdir(parents=True, exist_ok=True)
    entry = json.dumps({"at": instant(at), "kind": kind, "ref": str(ref)})
    descriptor = os.open(settings.ERASURE_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(entry + "\n")
        file.flush()
        os.fsync(file.fileno())


def _lines() -> list[str]:
    """The whole lines of the log: one cut by a crash was never committed to."""
    try:
        content = settings.ERASURE_LOG.read_text()
    except FileNotFoundError:
        return []
    return content.split("\n")[:-1]


@eraser("reason")
def _reason(ref: str, at: datetime) -> bool:
    found = Reason.objects.filter(decision=ref, erased_at__isnull=True)
    return bool(found.update(text="", details={}, erased_at=at))


@eraser("opening")
def _opening(ref: str, at: datetime) -> bool:
    return commitments.erase(ref, at=at)


@eraser("file")
def _file(ref: str, at: datetime) -> bool:
    file = StoredFile.objects.filter(pk=ref, erased_at__isnull=True).first()
    if file is not None:
        files.erase(file, at=at)
    return file is not None
