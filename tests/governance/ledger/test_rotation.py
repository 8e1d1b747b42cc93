"""The key changes, and who trusted the old one can follow."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.ledger import keys
from governance.ledger.note import CheckpointText, Verifier, open_note
from governance.ledger.rotation import rotate
from governance.ledger.signer import SigningRefused, integrate, published_checkpoint
from governance.models.ledger import Checkpoint, Leaf, SigningKey
from tests.governance.ledger.conftest import AT
from tests.governance.ledger.published_copy import ORIGIN, SIGNER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger_files")]


def said(*arguments):
    output = StringIO()
    call_command("ledger_key", *arguments, stdout=output)
    return output.getvalue().strip()


def test_create_writes_a_private_file_and_prints_the_public_key(tmp_path):
    path = tmp_path / "other.key"
    vkey = said("create", "--to", str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert Verifier.parse(vkey).name == ORIGIN
    with pytest.raises(CommandError):
        said("create", "--to", str(path))


def test_show_prints_the_public_key():
    assert said("show") == SIGNER.verifier.vkey


def test_rotate_has_the_old_key_sign_the_leaf_of_the_new_one(append, settings):
    append(3)
    vkey = said("rotate")
    leaf = Leaf.objects.get(index=3)
    assert vkey.encode() in bytes(leaf.bytes)
    assert SigningKey.objects.get(vkey=vkey).announced_in == leaf
    by_old = Checkpoint.objects.get(size=4, key__vkey=SIGNER.verifier.vkey)
    by_new = Checkpoint.objects.get(size=4, key__vkey=vkey)
    assert CheckpointText.parse(open_note(by_old.note, SIGNER.verifier)).size == 4
    assert CheckpointText.parse(open_note(by_new.note, Verifier.parse(vkey))).size == 4
    assert published_checkpoint() == by_new
    assert Path(settings.LEDGER_KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_the_old_key_signs_no_more(settings):
    said("rotate")
    settings.LEDGER_KEY = SIGNER.skey
    with pytest.raises(SigningRefused, match="was replaced"):
        integrate(at=AT)


def test_a_rotation_cut_short_goes_on_with_the_same_key(settings):
    path = Path(settings.LEDGER_KEY_FILE)
    new = rotate(path=path, at=AT)
    # As if the process had died before the new file took the old one's place.
    path.rename(path.with_name(path.name + ".next"))
    keys.write_key(SIGNER, path)
    assert rotate(path=path, at=AT) == new
    assert SigningKey.objects.count() == 2


def test_a_key_of_the_environment_is_rotated_into_a_file(settings, tmp_path):
    settings.LEDGER_KEY = SIGNER.skey
    with pytest.raises(CommandError, match="--to"):
        said("rotate")
    lines = said("rotate", "--to", str(tmp_path / "next.key")).splitlines()
    settings.LEDGER_KEY = keys.read_key(tmp_path / "next.key").skey
    assert integrate(at=AT).key.vkey == lines[0]
