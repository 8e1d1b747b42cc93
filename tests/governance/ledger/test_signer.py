"""Integration and signing: what is published, and every reason to refuse."""

from pathlib import Path

import pytest
from django.db import transaction

from governance.ledger import merkle, tiles, tree
from governance.ledger.keys import KeyUnavailable, load_signer, write_key
from governance.ledger.leaves import append_leaves
from governance.ledger.note import CheckpointText, Signer, open_note, sign_note
from governance.ledger.signer import (
    SigningRefused,
    adopt_checkpoint,
    integrate,
    is_consistent,
    published_checkpoint,
    unsigned_leaves,
)
from governance.models.ledger import Checkpoint, Leaf, Tile
from governance.tasks import integrate_ledger
from tests.governance.ledger.conftest import AT
from tests.governance.ledger.published_copy import ORIGIN, SIGNER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger_files")]


def many(count):
    with transaction.atomic():
        append_leaves([{"kind": "decision", "number": n} for n in range(count)], at=AT)


def root_of_leaves(size):
    hashes = [bytes(h) for h in Leaf.objects.values_list("leaf_hash", flat=True)]
    return merkle.root(size, merkle.from_leaf_hashes(hashes))


def test_an_empty_register_is_signed():
    assert integrate(at=AT).size == 0
    assert bytes(published_checkpoint().root) == merkle.EMPTY_ROOT


@pytest.mark.parametrize("steps", [[1, 1, 1], [255, 1, 1], [256, 256], [600, 3], [1, 700]])
def test_each_signed_root_is_that_of_the_leaves(steps):
    size = 0
    for step in steps:
        many(step)
        size += step
        signed = integrate(at=AT)
        assert (signed.size, bytes(signed.root)) == (size, root_of_leaves(size))
    text = open_note(signed.note, SIGNER.verifier)
    assert CheckpointText.parse(text) == CheckpointText(ORIGIN, size, bytes(signed.root))
    for name in tiles.names_in(size):
        assert len(tree.tile(name.level, name.number, name.width)) == 32 * name.width


def test_nothing_new_signs_nothing():
    many(3)
    first = integrate(at=AT)
    assert integrate(at=AT) == first
    assert integrate_ledger() == 3
    assert Checkpoint.objects.count() == 1


def test_leaves_wait_until_they_are_signed():
    many(3)
    assert unsigned_leaves() == 3
    integrate(at=AT)
    assert unsigned_leaves() == 0


def test_the_work_does_not_grow_with_the_register(django_assert_max_num_queries):
    many(2000)
    integrate(at=AT)
    many(1)
    with django_assert_max_num_queries(20):
        integrate(at=AT)


def test_the_last_checkpoint_stands_outside_the_database(settings):
    many(2)
    signed = integrate(at=AT)
    assert Path(settings.LEDGER_CHECKPOINT_FILE).read_text() == signed.note


def test_missing_tiles_are_made_again_from_the_leaves():
    many(600)
    signed = integrate(at=AT)
    Tile.objects.all().delete()
    assert tree.root(600) == bytes(signed.root)
    Tile.objects.filter(level=0, number=1).delete()
    many(1)
    assert bytes(integrate(at=AT).root) == root_of_leaves(601)


def restored(*, before, after):
    """A database restored to ``before`` leaves, while ``after`` were signed: the file remembers."""
    many(before)
    integrate(at=AT)
    point = transaction.savepoint()
    many(after - before)
    integrate(at=AT)
    transaction.savepoint_rollback(point)


def test_a_restore_that_lost_leaves_is_not_signed():
    restored(before=3, after=5)
    with pytest.raises(SigningRefused, match="5 leaves were signed, there are 3"):
        integrate(at=AT)


def test_a_restore_followed_by_other_leaves_is_not_signed():
    restored(before=3, after=5)
    with transaction.atomic():
        append_leaves([{"kind": "other"}] * 4, at=AT)
    with pytest.raises(SigningRefused, match="first 5 leaves are not those"):
        integrate(at=AT)
    assert published_checkpoint().size == 3


def test_the_same_leaves_recovered_are_signed_again():
    restored(before=3, after=5)
    many(2)
    assert integrate(at=AT).size == 5


def test_a_crash_after_the_file_is_written_is_made_good():
    many(3)
    point = transaction.savepoint()
    first = integrate(at=AT)
    transaction.savepoint_rollback(point)
    assert integrate(at=AT).note == first.note


def test_a_missing_checkpoint_file_needs_an_explicit_act(settings):
    many(1)
    integrate(at=AT)
    Path(settings.LEDGER_CHECKPOINT_FILE).unlink()
    with pytest.raises(SigningRefused, match="missing"):
        integrate(at=AT)
    adopt_checkpoint()
    assert integrate(at=AT).size == 1
    with pytest.raises(SigningRefused):
        adopt_checkpoint()


@pytest.mark.parametrize("content", ["", "junk", "a\nb\nc\n\n— a AA==\n"])
def test_a_broken_checkpoint_file_stops_the_signer(settings, content):
    Path(settings.LEDGER_CHECKPOINT_FILE).write_text(content)
    with pytest.raises(SigningRefused, match="broken"):
        integrate(at=AT)


def test_the_file_of_another_register_stops_the_signer(settings):
    integrate(at=AT)
    path = Path(settings.LEDGER_CHECKPOINT_FILE)
    path.write_text(path.read_text().replace(ORIGIN, "autre.example", 1))
    with pytest.raises(SigningRefused, match="autre.example"):
        integrate(at=AT)


def test_a_key_that_was_not_announced_is_refused(settings):
    integrate(at=AT)
    settings.LEDGER_KEY = Signer.generate(ORIGIN).skey
    with pytest.raises(SigningRefused, match="never announced"):
        integrate(at=AT)


def test_a_refusal_changes_nothing(settings):
    many(300)
    Path(settings.LEDGER_CHECKPOINT_FILE).write_text("junk")
    with pytest.raises(SigningRefused):
        integrate(at=AT)
    assert not Tile.objects.exists()
    assert not Checkpoint.objects.exists()


@pytest.mark.parametrize("wrong", ["absent", "open", "junk", "name"])
def test_an_unusable_key_is_explained_and_never_shown(settings, wrong):
    path = Path(settings.LEDGER_KEY_FILE)
    if wrong == "absent":
        path.unlink()
    elif wrong == "open":
        path.chmod(0o640)
    elif wrong == "junk":
        path.write_text(SIGNER.skey[:-8])
    else:
        settings.LEDGER_ORIGIN = "autre.example"
    with pytest.raises(KeyUnavailable) as refusal:
        load_signer()
    assert SIGNER.skey.rpartition("+")[2][:-8] not in str(refusal.value)


def test_a_key_is_written_for_its_owner_alone_and_never_over_another(tmp_path):
    path = tmp_path / "new" / "key"
    write_key(SIGNER, path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_key(SIGNER, path)


def test_one_query_reads_a_root_whatever_the_size(django_assert_num_queries):
    many(1000)
    integrate(at=AT)
    for size in (1, 256, 257, 999, 1000):
        with django_assert_num_queries(1):
            root = tree.root(size)
        assert root == root_of_leaves(size)


def test_it_says_without_signing_whether_the_register_is_what_was_signed(ledger_files):
    assert is_consistent() is None
    many(300)
    integrate(at=AT)
    many(2)
    assert is_consistent() is True
    assert unsigned_leaves() == 2
    Tile.objects.filter(level=0, number=1).delete()
    assert is_consistent() is True
    file = Path(ledger_files / "ledger.checkpoint")
    signed = file.read_text()
    file.write_text("broken")
    assert is_consistent() is False
    file.unlink()
    assert is_consistent() is False
    file.write_text(signed)
    Tile.objects.filter(level=0, number=1).update(hashes=bytes(32 * 46))
    assert is_consistent() is False


def test_a_register_that_lost_all_that_a_file_says_was_signed_is_not(ledger_files):
    note = sign_note(CheckpointText(ORIGIN, 3, bytes(32)).text, SIGNER)
    (ledger_files / "ledger.checkpoint").write_text(note)
    assert is_consistent() is False
