"""Lists of codes: loaded from files, whole or not at all, with their version and their source.

A list replaces the one before: its labels are the new ones, and a code that it no longer holds is
retired, never deleted, since a cohort may say it.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from catalog.cohort.codes import with_its_dot
from catalog.domain.indexing import learn_again
from catalog.models import CodeList, Concept, Terminology

COLUMNS = ("code", "label_fr", "label_en", "unit")
NEEDED = ("code", "label_fr")
LIMITS = {"code": 20, "label_fr": 500, "label_en": 500, "unit": 30}
ENCODINGS = ("utf-8-sig", "cp1252")
A_BATCH = 2000


class BadList(Exception):
    """The file is not a list of codes; the message says where and why, in words."""


@dataclass(frozen=True)
class Code:
    """One line of a list."""

    code: str
    label_fr: str
    label_en: str = ""
    unit: str = ""


def read_file(
    path: Path, *, terminology: str = "", columns: dict[str, str] | None = None, delimiter: str = ""
) -> list[Code]:
    """The codes of a text file in columns. ``columns`` says which of the file's is which of ours,
    by its name in the first line, or by its number when there is no such line; by default they bear
    our names. Codes of the CIM-10 are given their dot, which the ATIH's file leaves out. Raises
    BadList."""
    lines = _text(path).splitlines()
    if not any(line.strip() for line in lines):
        raise BadList(f"{path.name} is empty.")
    table = csv.reader(lines, delimiter=delimiter or _delimiter(lines[0]))
    try:
        rows = list(table)
    except csv.Error as error:
        raise BadList(f"{path.name}, line {table.line_num}: {error}.") from error
    places, first = _places(path, rows[0], columns or {})
    found: dict[str, Code] = {}
    for number, row in enumerate(rows[first:], start=first + 1):
        if not any(cell.strip() for cell in row):
            continue
        read = _code(path, number, row, places)
        if terminology == Terminology.CIM10:
            read = replace(read, code=with_its_dot(read.code))
        if found.setdefault(read.code, read) != read:
            raise BadList(f"{path.name}, line {number}: {read.code} was given another label above.")
    if not found:
        raise BadList(f"{path.name} holds no code.")
    return list(found.values())


@transaction.atomic
def load(
    terminology: str, codes: Iterable[Code], *, version: str, source: str, at: datetime
) -> tuple[int, int]:
    """Make ``codes`` the list of ``terminology``; return how many there are, and were retired.

    The words of the catalogue are learnt again by the caller who loads the last list.
    """
    rows = [
        Concept(
            terminology=terminology,
            code=each.code,
            label_fr=each.label_fr,
            label_en=each.label_en,
            unit=each.unit,
        )
        for each in codes
    ]
    for row in rows:
        row.index()
    Concept.objects.bulk_create(
        rows,
        batch_size=A_BATCH,
        update_conflicts=True,
        unique_fields=["terminology", "code"],
        update_fields=["label_fr", "label_en", "unit", "retired", "search"],
    )
    gone = Concept.objects.filter(terminology=terminology, retired=False)
    retired = gone.exclude(code__in=[row.code for row in rows]).update(retired=True)
    CodeList.objects.update_or_create(
        terminology=terminology,
        defaults={"version": version, "source": source, "codes": len(rows), "loaded_at": at},
    )
    return len(rows), retired


@transaction.atomic
def load_file(
    terminology: str, path: Path, *, version: str, source: str, at: datetime, **reading
) -> tuple[int, int]:
    """Read a file, make it the list of ``terminology``, learn its words. Raises BadList."""
    codes = read_file(path, terminology=terminology, **reading)
    counted = load(terminology, codes, version=version, source=source, at=at)
    learn_again()
    return counted


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadList(f"{path}: {error.strerror}.") from error
    if b"\0" in content:
        raise BadList(f"{path.name} is not a text file.")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadList(f"{path.name} is written in neither UTF-8 nor Windows-1252.")


def _delimiter(line: str) -> str:
    return max(",;\t|", key=line.count)


def _places(path: Path, header: list[str], columns: dict[str, str]) -> tuple[dict[str, int], int]:
    """Our columns → their places in a row, and the place of the first row of codes."""
    if columns and all(name.isdigit() for name in columns.values()):
        places, first = {ours: int(number) - 1 for ours, number in columns.items()}, 0
    else:
        names = [name.strip() for name in header]
        asked = dict(zip(COLUMNS, COLUMNS, strict=True)) | columns
        places = {ours: names.index(name) for ours, name in asked.items() if name in names}
        first = 1
    for name in NEEDED:
        if places.get(name, -1) < 0:
            raise BadList(
                f"{path.name} has no column {columns.get(name, name)}: its first line holds "
                f"{', '.join(header)[:200]}. Say which column is {name} with --columns."
            )
    return places, first


def _code(path: Path, number: int, row: list[str], places: dict[str, int]) -> Code:
    said = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
    for name in NEEDED:
        if not said[name]:
            raise BadList(f"{path.name}, line {number}: {name} is empty.")
    for name, text in said.items():
        if len(text) > LIMITS[name]:
            raise BadList(f"{path.name}, line {number}: {name} is over {LIMITS[name]} characters.")
    return Code(**said)
