"""A backup made, the world changed, the backup restored: nothing forked, nothing unerased."""

import json
import shutil

import pytest

from portal.servers.backup import BackupProblem, check, decrypt, encrypt, make, restore
from portal.servers.cluster import Cluster
from portal.servers.places import temporary_places
from portal.servers.run import CannotRun, prepare
from tests.portal.copies import ask, copied, environment, prepared_folder, python, run

PASSPHRASE = "une phrase secrète de test"

PREPARE = """
from django.utils import timezone
from django.db import transaction
from governance.domain import files
from governance.ledger.leaves import append_leaf
from governance.ledger.signer import integrate

at = timezone.now()
with transaction.atomic():
    kept = files.keep(b"garde", name="garde.pdf", media_type="application/pdf", by=None, at=at)
    gone = files.keep(b"efface", name="efface.pdf", media_type="application/pdf", by=None, at=at)
    for number in range(2):
        append_leaf({"kind": "decision", "number": number}, at=at)
integrate(at=at)
print(kept.pk, gone.pk)
"""

CHANGE = """
import sys
from pathlib import Path
from django.test import Client
from django.utils import timezone
from django.db import transaction
from governance.domain import erasures, files
from governance.ledger.leaves import append_leaf
from governance.ledger.signer import integrate

at = timezone.now()
erasures.erase("file", sys.argv[1], by=None, at=at)
with transaction.atomic():
    files.keep(b"apres", name="apres.pdf", media_type="application/pdf", by=None, at=at)
    append_leaf({"kind": "decision", "number": 2}, at=at)
integrate(at=at)
copy = Path(sys.argv[2])
for path in ("checkpoint", "tile/entries/000.p/3", "tile/0/000.p/3"):
    answer = Client(headers={"host": "localhost"}).get("/ledger/" + path)
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_bytes(b"".join(answer) if answer.streaming else answer.content)
"""

LOOK = """
import json
import os
from django.utils import timezone
from governance.domain import files
from governance.ledger.signer import SigningRefused, integrate, ledger_size
from governance.models import StoredFile

found = {}
for file in StoredFile.objects.order_by("name"):
    try:
        found[file.name] = files.read(file).decode()
    except FileNotFoundError:
        found[file.name] = None
try:
    signed = integrate(at=timezone.now()).size
except SigningRefused as refusal:
    signed = str(refusal)
print(json.dumps({"files": found, "leaves": ledger_size(), "signed": signed}))
"""

LEAVES = "SELECT count(*) FROM governance_leaf"


@pytest.fixture(autouse=True)
def passphrase(monkeypatch):
    monkeypatch.setenv("BACKUP_PASSPHRASE", PASSPHRASE)


@pytest.fixture(scope="module")
def prepared(migrated_template):
    """A copy with two files and a register of two leaves; and the reference of the second file."""
    with prepared_folder(migrated_template) as places:
        with Cluster(places, external=False, fast=True) as cluster:
            second = python(cluster, PREPARE).split()[1]
        yield places, second


@pytest.fixture
def places(prepared):
    with copied(prepared[0].data) as found:
        yield found


@pytest.fixture
def lived(prepared):
    return prepared[1]


def test_a_restore_brings_all_back_and_forks_nothing(cluster, lived, tmp_path):
    saved, copy = tmp_path / "saved", tmp_path / "copy"
    make(cluster, saved)
    python(cluster, CHANGE, lived, copy)

    with pytest.raises(BackupProblem, match="--force"):
        restore(cluster, saved)
    said = restore(cluster, saved, force=True)
    assert "signed up to 3 leaves, this backup holds 2" in said

    with pytest.raises(CannotRun, match="3 were signed"):
        prepare(cluster.places, environment(cluster))

    found = json.loads(python(cluster, LOOK))
    assert found["files"] == {"garde.pdf": "garde", "efface.pdf": None}
    assert found["leaves"] == 2
    assert "recover the lost ones" in found["signed"]

    assert run(cluster, "manage.py", "ledger_recover", copy) == (
        "1 leaves recovered; the register has 3 and is signed."
    )


def test_another_machine_starts_from_the_backup_alone(cluster, lived, tmp_path):
    python(cluster, CHANGE, lived, tmp_path / "copy")
    make(cluster, tmp_path / "saved")
    elsewhere = temporary_places()
    try:
        with Cluster(elsewhere, external=False, fast=True) as other:
            assert restore(other, tmp_path / "saved") == "Restored."
            found = json.loads(python(other, LOOK))
            assert found == {
                "files": {"apres.pdf": "apres", "garde.pdf": "garde", "efface.pdf": None},
                "leaves": 3,
                "signed": 3,
            }
            key = elsewhere.keys / "ledger.key"
            assert key.stat().st_mode & 0o077 == 0
            assert key.read_text() == (cluster.places.keys / "ledger.key").read_text()
    finally:
        shutil.rmtree(elsewhere.data, ignore_errors=True)


def test_a_backup_holds_no_key_in_clear_and_is_read_by_its_owner_only(cluster, lived, tmp_path):
    make(cluster, tmp_path / "saved")
    secret = (cluster.places.keys / "ledger.key").read_bytes().strip()
    for path in (tmp_path / "saved").rglob("*"):
        assert not path.is_file() or secret not in path.read_bytes()
    assert (tmp_path / "saved").stat().st_mode & 0o077 == 0


def test_a_damaged_backup_touches_nothing(cluster, lived, tmp_path):
    saved = tmp_path / "saved"
    make(cluster, saved)
    with (saved / "database.dump").open("ab") as dump:
        dump.write(b"x")
    with pytest.raises(BackupProblem, match=r"database\.dump is not as the backup wrote it"):
        restore(cluster, saved, force=True)
    assert ask(cluster, LEAVES) == [(2,)]


def test_another_passphrase_touches_nothing(cluster, lived, tmp_path, monkeypatch):
    make(cluster, tmp_path / "saved")
    monkeypatch.setenv("BACKUP_PASSPHRASE", "une autre phrase secrète")
    with pytest.raises(BackupProblem, match="passphrase is not the one"):
        restore(cluster, tmp_path / "saved", force=True)
    assert ask(cluster, LEAVES) == [(2,)]


def test_a_backup_cut_short_has_no_manifest_and_is_refused(tmp_path):
    (tmp_path / "database.dump").write_bytes(b"x")
    with pytest.raises(BackupProblem, match="no complete backup"):
        check(tmp_path)


def test_a_folder_with_something_in_it_is_not_written_over(cluster, tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(BackupProblem, match="not empty"):
        make(cluster, tmp_path)


def test_a_short_passphrase_is_refused(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("BACKUP_PASSPHRASE", "court")
    with pytest.raises(BackupProblem, match="12 characters"):
        make(cluster, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_keys_are_sealed_and_any_change_is_seen():
    sealed = encrypt(b"secret", PASSPHRASE.encode())
    assert decrypt(sealed, PASSPHRASE.encode()) == b"secret"
    with pytest.raises(BackupProblem):
        decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), PASSPHRASE.encode())
    with pytest.raises(BackupProblem, match="not one of ours"):
        decrypt(b"x" * 80, PASSPHRASE.encode())
