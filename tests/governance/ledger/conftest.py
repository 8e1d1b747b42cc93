"""A ledger of the test's own: key, checkpoint file, and the means to fill it."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from governance.ledger.keys import write_key
from governance.ledger.leaves import append_leaf
from tests.governance.ledger.published_copy import ORIGIN, SIGNER

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def ledger_files(settings, tmp_path):
    """A signing key and the place of a checkpoint file."""
    settings.LEDGER_ORIGIN = ORIGIN
    settings.LEDGER_KEY = ""
    settings.LEDGER_KEY_FILE = str(tmp_path / "keys" / "ledger.key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "ledger.checkpoint")
    write_key(SIGNER, tmp_path / "keys" / "ledger.key")
    return tmp_path


@pytest.fixture
def append():
    """Append that many leaves, a transaction each; gives the last."""

    def append_many(count):
        for number in range(count):
            with transaction.atomic():
                leaf = append_leaf({"kind": "decision", "number": number}, at=AT)
        return leaf

    return append_many
