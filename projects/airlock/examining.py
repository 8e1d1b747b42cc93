"""Examining one file: opened by its format, then handed to each check."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from projects.airlock import (
    delimited,
    documents,
    dominance,
    figures,
    freedom,
    identifiers,
    notebooks,
    opendocument,
    portable,
    row_level,
    small_cells,
    spreadsheets,
)
from projects.airlock.content import LONGEST_TEXT, Content, Table, Unreadable
from projects.airlock.findings import Finding, found, gravest
from projects.airlock.formats import Format, ending_of, format_of
from projects.airlock.rules import Severity

CHECKS = (small_cells, dominance, freedom, identifiers, row_level)
LEARNED = "learned_model"
"""The kind of a model that was learned from the data."""
SHOWN_TABLES, SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_TEXT = 4, 40, 16, 6000
"""What a checker is shown of a file without opening it."""
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _plain(content: bytes) -> Content:
    text = delimited.decode(content)
    cut = found("cut_short", ["L1"] if len(text) > LONGEST_TEXT else [])
    return Content(delimited.drawn(text), [text[:LONGEST_TEXT]], cut)


READERS = {
    Format.DELIMITED: delimited.read,
    Format.WORKBOOK: spreadsheets.read,
    Format.OPEN_SHEETS: opendocument.read,
    Format.DOCUMENT: documents.read,
    Format.PDF: portable.read,
    Format.PNG: figures.read_png,
    Format.SVG: figures.read_svg,
    Format.NOTEBOOK: notebooks.read,
    Format.TEXT: _plain,
    Format.OTHER_TEXT: _plain,
}
REFUSED = {
    Format.SERIALISED: "serialised_object",
    Format.ARCHIVE: "archive",
    Format.OLD_OFFICE: "unreadable",
    Format.UNKNOWN: "unknown_format",
    Format.OTHER_TEXT: "unknown_format",
}


@dataclass(frozen=True)
class Examined:
    """What was found of a file, the gravest first, and what may be shown of it."""

    findings: tuple[Finding, ...]
    tables: tuple = ()
    text: str = ""

    def as_json(self) -> dict:
        return {
            "findings": findings_as_json(self.findings),
            "tables": [
                {
                    "name": _storable(name),
                    "rows": [[_storable(cell) for cell in row] for row in rows],
                }
                for name, rows in self.tables
            ],
            "text": _storable(self.text),
        }


def findings_as_json(findings: Iterable[Finding]) -> list[dict]:
    """Findings in plain values that a database holds."""
    return [
        each.as_json() | {"places": [_storable(place) for place in each.places]}
        for each in findings
    ]


def _storable(text: str) -> str:
    """The text without what a database cannot hold: the character zero, halves of characters."""
    return UNSTORABLE.sub("\ufffd", text)


def examine(name: str, content: bytes, kind: str) -> Examined:
    """What the checks find of a file of results, which its depositor says to be of a `kind`."""
    try:
        format, otherwise = format_of(name, content)
        findings = found("other_format", [ending_of(name)] if otherwise else [])
        findings += found(REFUSED[format], [ending_of(name) or "?"]) if format in REFUSED else []
        read = READERS[format](content) if format in READERS else Content()
    except Unreadable as fault:
        return Examined((Finding(fault.rule),))
    findings += read.findings
    for check in CHECKS:
        findings += check.check(read, kind)
    if kind == LEARNED:
        findings.append(Finding("learned_model"))
    return Examined(
        tuple(sorted(findings, key=lambda each: -each.severity)),
        tuple(
            (table.name, [list(row[:SHOWN_COLUMNS]) for row in table.rows[:SHOWN_ROWS]])
            for table in read.tables[:SHOWN_TABLES]
        ),
        "\n\n".join(read.texts)[:SHOWN_TEXT],
    )


def tables_of(name: str, content: bytes) -> list[Table]:
    """The tables of a file, none of what is not read."""
    try:
        format, _otherwise = format_of(name, content)
        return READERS[format](content).tables if format in READERS else []
    except Unreadable:
        return []


def needs_two(findings) -> bool:
    """Whether what was found asks for a second checker."""
    grave = gravest(findings)
    return grave is not None and grave >= Severity.RISK


def never_leaves(findings) -> bool:
    """Whether what was found bars the file from leaving, whoever would accept it."""
    return gravest(findings) is Severity.BARRED
