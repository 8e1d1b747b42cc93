"""Bibliographies read: BibTeX and RIS, as reference managers export them.

What is imported is hostile: bounded in size and in number, never interpreted. TeX commands, HTML
and links stay text. `read` gives what `projects.domain.results.declare` takes.
"""

import re
from datetime import date

import pybtex.database
import pybtex.errors
import rispy
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from pybtex.richtext import Text
from pybtex.scanner import PybtexSyntaxError

from projects.models import Result

MAXIMUM_BYTES = 500_000
MOST_ENTRIES = 50

_BIBTEX_KINDS = {
    "inproceedings": Result.Kind.COMMUNICATION,
    "conference": Result.Kind.COMMUNICATION,
    "proceedings": Result.Kind.COMMUNICATION,
    "phdthesis": Result.Kind.THESIS,
    "mastersthesis": Result.Kind.THESIS,
    "thesis": Result.Kind.THESIS,
    "patent": Result.Kind.PATENT,
    "software": Result.Kind.SOFTWARE,
    "dataset": Result.Kind.DATASET,
}
_RIS_KINDS = {
    "CONF": Result.Kind.COMMUNICATION,
    "CPAPER": Result.Kind.COMMUNICATION,
    "THES": Result.Kind.THESIS,
    "PAT": Result.Kind.PATENT,
    "COMP": Result.Kind.SOFTWARE,
    "DATA": Result.Kind.DATASET,
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = re.compile(r"(1[89]|20)\d{2}")


def read(content: bytes) -> list[dict]:
    """The entries of a BibTeX or RIS file. Raises ValidationError for what is neither, is empty or
    is too large."""
    if len(content) > MAXIMUM_BYTES:
        raise ValidationError(_("Ce fichier dépasse 500 ko : exportez seulement vos références."))
    text = _text(content)
    try:
        found = _ris(text) if re.search(r"(?m)^TY  ?- ", text) else _bibtex(text)
    # Both parsers are third-party code met by hostile text: any failure is a file we cannot read.
    except Exception as error:
        raise ValidationError(_unreadable()) from error
    found = [entry for entry in found if entry["title"]]
    if not found:
        raise ValidationError(_unreadable())
    if len(found) > MOST_ENTRIES:
        raise ValidationError(
            _("Ce fichier contient %(n)d références : %(most)d au plus à la fois.")
            % {"n": len(found), "most": MOST_ENTRIES}
        )
    return found


def _unreadable() -> str:
    return _("Aucune référence lisible ici. Exportez en BibTeX (.bib) ou en RIS (.ris).")


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _bibtex(text: str) -> list[dict]:
    with pybtex.errors.capture():
        entries = pybtex.database.parse_string(text, "bibtex").entries
    return [
        _entry(
            _BIBTEX_KINDS.get(entry.type.lower(), Result.Kind.PUBLICATION),
            _plain(entry.fields.get("title", "")),
            ", ".join(_plain(str(person)) for person in entry.persons.get("author", [])),
            entry.fields,
            _day(
                entry.fields.get("date") or entry.fields.get("year", ""),
                entry.fields.get("month", ""),
            ),
        )
        for entry in entries.values()
    ]


def _plain(text: str) -> str:
    """A field of BibTeX without its TeX: ``{\\'e}`` is é. What is no TeX stays as it is."""
    try:
        return str(Text.from_latex(text))
    except (UnicodeError, PybtexSyntaxError):
        return text


def _ris(text: str) -> list[dict]:
    return [
        _entry(
            _RIS_KINDS.get(entry.get("type_of_reference", ""), Result.Kind.PUBLICATION),
            entry.get("title") or entry.get("primary_title") or "",
            ", ".join(entry.get("authors") or entry.get("first_authors") or []),
            {"doi": entry.get("doi") or "", "url": (entry.get("urls") or [""])[0]},
            _day(entry.get("date") or entry.get("year") or entry.get("publication_year") or ""),
        )
        for entry in rispy.loads(text)
    ]


def _entry(kind: str, title: str, authors: str, fields, day: date | None) -> dict:
    said = {
        "kind": kind,
        "title": _clean(title, 400),
        "authors": _clean(authors, 4000),
        "doi": _clean(fields.get("doi", ""), 200),
        "url": _clean(fields.get("url", ""), 400),
    }
    return said | ({"published_on": day} if day else {})


def _clean(text: str, most: int) -> str:
    """Words without the braces and the line breaks of their format."""
    return " ".join(re.sub(r"[{}]", "", str(text)).split())[:most]


def _day(text: str, month: str = "") -> date | None:
    """The day of a publication, as far as it is known: the first of its month, or of its year."""
    parts = re.split(r"[-/]", text.strip())
    found = _YEAR.search(parts[0]) if parts else None
    if found is None:
        return None
    numbers = [int(part) for part in parts[1:3] if part.isdigit()]
    named = month.strip().lower()[:3]
    number = _MONTHS.index(named) + 1 if named in _MONTHS else 1
    if month.strip().isdigit():
        number = int(month)
    try:
        return date(int(found.group()), *(numbers or [number]), *([1] * (len(numbers) < 2)))
    except (ValueError, TypeError):
        return date(int(found.group()), 1, 1)
