"""The portal's register forged by who owns its database and holds its key."""

from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone

from governance.ledger.merkle import leaf_hash
from governance.ledger.signer import integrate
from governance.models import Checkpoint
from tests.databases import owner_url

TABLES = ("governance_leaf", "governance_checkpoint")


def forge(index: int, leaf: bytes = b'{"instant":"2026-03-02T09:30:00Z","kind":"forged"}') -> None:
    """Rewrite one leaf and sign the register again. Needs `committed_db`."""
    _as_owner(
        (
            "UPDATE governance_leaf SET bytes = %s, leaf_hash = %s WHERE index = %s",
            (leaf, leaf_hash(leaf), index),
        )
    )
    _sign_again()


def shorten(size: int) -> None:
    """Cut the register to its first leaves and sign it again."""
    _as_owner(("DELETE FROM governance_leaf WHERE index >= %s", (size,)))
    _sign_again()


def _as_owner(*acts) -> None:
    acts = (*acts, ("DELETE FROM governance_checkpoint", ()), ("DELETE FROM governance_tile", ()))
    with psycopg.connect(owner_url(connection.settings_dict["NAME"]), autocommit=True) as owner:
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement, values in acts:
            owner.execute(statement, values)
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _sign_again() -> Checkpoint:
    Path(settings.LEDGER_CHECKPOINT_FILE).unlink()
    return integrate(at=timezone.now())
