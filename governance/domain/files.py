"""Files people give: typed by their content, bounded, scanned, kept outside the web root.

Nothing of what the sender says is trusted: the type is sniffed, the name is only shown, the path is
random. The scanner is a program of the establishment's choice (`FILE_SCANNER`), given the path; a
file it refuses is not stored.
"""

import hashlib
import io
import shlex
import subprocess
import uuid
import zipfile
from datetime import datetime, timedelta
from pathlib import Path, PurePath

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models.stored_file import StoredFile

LARGEST = 20 * 1024 * 1024
"""Bytes; a protocol of 300 pages with figures fits."""

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
TYPES = {".pdf": "application/pdf", ".docx": DOCX, ".odt": ODT}
SCAN_SECONDS = 60


def store(upload, *, by, at: datetime) -> StoredFile:
    """Store an uploaded file and return its row.

    Raises ValidationError, in the reader's language, when it is empty, over `LARGEST`, of another
    type than PDF, Word or OpenDocument text, or refused by the scanner; nothing is kept then.
    """
    if upload.size == 0:
        raise ValidationError(_("Ce fichier est vide. Choisissez-en un autre."))
    if upload.size > LARGEST:
        raise ValidationError(
            _("Ce fichier fait plus de %(most)d Mo. Réduisez-le ou découpez-le.")
            % {"most": LARGEST // 1024 // 1024}
        )
    content = upload.read()
    return keep(content, name=upload.name, media_type=_sniff(content), by=by, at=at)


def keep(content: bytes, *, name: str, media_type: str, by, at: datetime) -> StoredFile:
    """Write bytes under a random name and record them; what the portal itself makes comes here
    directly."""
    path = f"{at:%Y/%m}/{uuid.uuid4().hex}"
    place = Path(settings.ATTACHMENTS_ROOT) / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.write_bytes(content)
    try:
        scan = _scan(place)
    except ValidationError:
        place.unlink()
        raise
    return StoredFile.objects.create(
        name=PurePath(name.replace("\\", "/")).name[-200:] or "document",
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        path=path,
        scan=scan,
        stored_at=at,
        stored_by=by,
    )


def read(file: StoredFile) -> bytes:
    """The bytes of a stored file. Raises FileNotFoundError when they were erased."""
    if file.erased_at is not None:
        raise FileNotFoundError(file.pk)
    return (Path(settings.ATTACHMENTS_ROOT) / file.path).read_bytes()


def intact(file: StoredFile) -> bool:
    """Whether the bytes kept are those that were stored. What was erased is not looked at."""
    if file.erased_at is not None:
        return True
    try:
        return hashlib.sha256(read(file)).hexdigest() == file.sha256
    except FileNotFoundError:
        return False


ORPHAN_AGE = timedelta(days=1)
"""A file that no row names is kept that long: its transaction may not be over yet."""


def remove_orphans(*, at: datetime) -> int:
    """Remove the files that no row names (their transaction was undone), or whose row was erased;
    returns how many."""
    root = Path(settings.ATTACHMENTS_ROOT)
    before = (at - ORPHAN_AGE).timestamp()
    old = {
        str(place.relative_to(root)): place
        for place in root.rglob("*")
        if place.is_file() and place.stat().st_mtime < before
    }
    named = StoredFile.objects.filter(erased_at__isnull=True).values_list("path", flat=True)
    orphans = old.keys() - set(named.iterator(chunk_size=10_000))
    for path in orphans:
        old[path].unlink(missing_ok=True)
    return len(orphans)


def erase(file: StoredFile, *, at: datetime) -> None:
    """Erase the bytes of a stored file, for ever; its row and its hash stay. Harmless twice."""
    StoredFile.objects.filter(pk=file.pk, erased_at__isnull=True).update(erased_at=at)
    place = Path(settings.ATTACHMENTS_ROOT) / file.path
    transaction.on_commit(lambda: place.unlink(missing_ok=True), robust=True)


def _sniff(content: bytes) -> str:
    try:
        found = {match.mime_type for match in puremagic.magic_string(content)}
    except puremagic.PureError:
        found = set()
    if content.startswith(b"PK"):
        found = {_declared_in(content)}
    for media_type in TYPES.values():
        if media_type in found:
            return media_type
    raise ValidationError(
        _("Seuls les fichiers PDF, Word (.docx) et OpenDocument (.odt) sont lus.")
    )


def _declared_in(content: bytes) -> str:
    """The type of an archive by what it holds: all archives begin with the same bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if {"[Content_Types].xml", "word/document.xml"} <= names:
                return DOCX
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return archive.read("mimetype").decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return ""
    return ""


def _scan(place: Path) -> str:
    if not settings.FILE_SCANNER:
        return StoredFile.Scan.NOT_SCANNED
    done = subprocess.run(
        [*shlex.split(settings.FILE_SCANNER), str(place)],
        capture_output=True,
        timeout=SCAN_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ValidationError(_("L'antivirus a refusé ce fichier. Il n'a pas été enregistré."))
    return StoredFile.Scan.CLEAN
