"""What is erased is gone, stays provable, and is erased again after a restore."""

import json

import pytest
from django.utils import timezone

from governance.domain import erasures, files
from governance.ledger.commitments import commit_to, open_commitment
from governance.models import AuditEvent, Opening, StoredFile
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_places(settings, tmp_path):
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    settings.ATTACHMENTS_ROOT = tmp_path / "files"


@pytest.fixture
def file():
    return files.keep(
        b"%PDF-1.4", name="avis.pdf", media_type="application/pdf", by=None, at=timezone.now()
    )


def test_a_file_is_erased_its_row_and_hash_stay(file, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert erasures.erase("file", file.pk, by=person(), at=timezone.now())
    file.refresh_from_db()
    assert file.sha256 and not (settings.ATTACHMENTS_ROOT / file.path).exists()
    with pytest.raises(FileNotFoundError):
        files.read(file)


def test_an_erasure_is_logged_by_reference_and_audited(file, settings):
    erasures.erase("file", file.pk, by=person(), at=timezone.now())
    (line,) = settings.ERASURE_LOG.read_text().splitlines()
    assert set(json.loads(line)) == {"at", "kind", "ref"}
    assert "avis" not in line
    assert settings.ERASURE_LOG.stat().st_mode & 0o077 == 0
    assert AuditEvent.objects.filter(action="erased", subject_ref=str(file.pk)).count() == 1


def test_erasing_twice_is_logged_once(file, settings):
    for _ in range(2):
        erasures.erase("file", file.pk, by=None, at=timezone.now())
    assert len(settings.ERASURE_LOG.read_text().splitlines()) == 1


def test_what_a_restore_brought_back_is_erased_again(file):
    digest = commit_to(b"un nom")
    opening = Opening.objects.get(pk=digest)
    erasures.erase("file", file.pk, by=None, at=timezone.now())
    erasures.erase("opening", digest, by=None, at=timezone.now())
    # The restore:
    StoredFile.objects.update(erased_at=None)
    Opening.objects.filter(pk=digest).update(
        salt=opening.salt, content=opening.content, erased_at=None
    )
    assert erasures.apply_again(at=timezone.now()) == 2
    assert open_commitment(digest) is None
    assert erasures.apply_again(at=timezone.now()) == 0


def test_a_line_cut_by_a_crash_is_not_read(file, settings):
    erasures.erase("file", file.pk, by=None, at=timezone.now())
    with settings.ERASURE_LOG.open("a") as log:
        log.write('{"at": "2026-')
    assert erasures.apply_again(at=timezone.now()) == 0


def test_files_that_no_row_names_are_removed_after_a_day(file, settings):
    now = timezone.now()
    orphan = settings.ATTACHMENTS_ROOT / "2026" / "orphan"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    assert files.remove_orphans(at=now) == 0
    assert files.remove_orphans(at=now + files.ORPHAN_AGE + files.ORPHAN_AGE) == 1
    assert not orphan.exists()
    assert files.read(file) == b"%PDF-1.4"
