"""Writing leaves: canonical bytes, a number without gap, in the transaction of what they attest.

Numbering. The lock is taken last and held to the commit, so that leaves become visible in the order
of their numbers and a rolled-back transaction gives its number back. Lock order is law (case, the
year's number, ledger): nothing may be locked after this in a transaction, and a transaction that
appends should end at once.

A leaf names no person. What says who decided, or what must stay confidential, goes in as a salted
commitment (``governance.ledger.commitments``).
"""

from datetime import UTC, datetime

import rfc8785
from celery import current_app
from django.db import connection, transaction

from governance.ledger.merkle import leaf_hash
from governance.models.ledger import Leaf

LEAF_LIMIT = 65_535
"""The longest leaf, in bytes: what a big-endian uint16 can say in an entries bundle."""

# Any fixed number will do, provided that nothing else in this database uses it: "LEDG" in ASCII.
APPEND_LOCK = 0x4C454447


class LeafRefused(ValueError):
    """The payload cannot be a leaf: it is not canonical JSON, lacks its kind, or is too long."""


def canonical_leaf(payload: dict) -> bytes:
    """The canonical JSON (RFC 8785) of a payload.

    Raises LeafRefused where it has no ``kind``, holds what JSON cannot say, or is 64 KiB or more.
    """
    kind = payload.get("kind")
    if not isinstance(kind, str) or not kind:
        raise LeafRefused("a leaf needs a kind")
    try:
        content = rfc8785.dumps(payload)
    except rfc8785.CanonicalizationError as error:
        raise LeafRefused(f"the payload of a {kind} leaf is not canonical JSON: {error}") from error
    if len(content) > LEAF_LIMIT:
        raise LeafRefused(f"a {kind} leaf of {len(content)} bytes is over {LEAF_LIMIT}")
    return content


def append_leaf(payload: dict, *, at: datetime) -> Leaf:
    """Append one leaf, inside the caller's transaction, as its last act.

    ``payload`` gets the key ``instant`` from ``at`` (aware, shown in UTC to the second) unless it
    has one. Side effects: one row, the ledger's lock until the transaction ends and, once it is
    committed, a worker asked to integrate and sign; a lost call is caught up within the minute.
    Raises LeafRefused (see ``canonical_leaf``) and RuntimeError outside a transaction.
    """
    return append_leaves([payload], at=at)[0]


def append_leaves(payloads: list[dict], *, at: datetime) -> list[Leaf]:
    """Append several leaves of one instant, in order; otherwise as ``append_leaf``."""
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf is written in the transaction of what it attests")
    contents = [canonical_leaf({"instant": instant(at), **payload}) for payload in payloads]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPEND_LOCK])
        # A statement of its own: its snapshot must be later than the lock.
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM governance_leaf")
        (first,) = cursor.fetchone()
    transaction.on_commit(ask_for_signature, robust=True)
    return Leaf.objects.bulk_create(
        Leaf(index=first + offset, bytes=content, leaf_hash=leaf_hash(content), at=at)
        for offset, content in enumerate(contents)
    )


def ask_for_signature() -> None:
    """Ask a worker to integrate and sign what was committed; a hint, which may be lost."""
    current_app.send_task("governance.tasks.integrate_ledger", ignore_result=True)


def instant(at: datetime) -> str:
    """An aware datetime as a leaf writes it: UTC, to the second, ``2026-03-01T09:30:00Z``.

    Raises ValueError for a naive one.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
