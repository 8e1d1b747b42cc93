"""Leaves lost by a restore come back from a published copy, or nothing does."""

import pytest

from governance.ledger import signer
from governance.ledger.note import Signer
from governance.ledger.recovery import NotRecovered, reader_of, recover
from governance.models import Leaf
from tests.governance.ledger.conftest import AT
from tests.governance.ledger.published_copy import ORIGIN, leaves_of, write_copy

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(ledger_files, append, tmp_path):
    """A register of 300 leaves that was signed, and a copy of it; the database holds 280 of them,
    as after the restore of a backup made before the last twenty."""
    append(280)
    held = [bytes(leaf.bytes) for leaf in Leaf.objects.order_by("index")]
    lost = [
        b'{"instant":"2026-03-02T09:30:00Z","kind":"decision","number":%d}' % n for n in range(20)
    ]
    folder = write_copy(tmp_path / "copy", held + lost)
    note = (folder / "checkpoint").read_text()
    (ledger_files / "ledger.checkpoint").write_text(note)
    return folder, lost


def test_the_signer_refuses_until_the_lost_leaves_are_back(published):
    folder, lost = published
    with pytest.raises(signer.SigningRefused, match="recover the lost ones"):
        signer.integrate(at=AT)
    assert recover(reader_of(str(folder))) == 20
    assert [bytes(x.bytes) for x in Leaf.objects.filter(index__gte=280)] == lost
    assert signer.integrate(at=AT).size == 300


def test_recovering_twice_brings_nothing_more(published):
    folder, _lost = published
    recover(reader_of(str(folder)))
    assert recover(reader_of(str(folder))) == 0


def test_a_copy_that_was_changed_brings_nothing_back(published):
    folder, _lost = published
    bundle = next((folder / "tile" / "entries").rglob("44"))
    bundle.write_bytes(bundle.read_bytes().replace(b'"number":19', b'"number":91'))
    with pytest.raises(NotRecovered, match="not the one that was signed"):
        recover(reader_of(str(folder)))
    assert Leaf.objects.count() == 280


def test_a_copy_signed_by_another_key_brings_nothing_back(published, tmp_path):
    other = write_copy(tmp_path / "other", leaves_of(300), signer=Signer(ORIGIN, bytes(32)))
    with pytest.raises(NotRecovered, match="checkpoint"):
        recover(reader_of(str(other)))


def test_a_copy_that_is_not_whole_says_what_lacks(published):
    folder, _lost = published
    next((folder / "tile" / "entries").rglob("44")).unlink()
    with pytest.raises(NotRecovered, match="tile/entries/001"):
        recover(reader_of(str(folder)))


def test_no_copy_is_said(ledger_files, tmp_path):
    with pytest.raises(NotRecovered):
        recover(reader_of(str(tmp_path / "nowhere")))
