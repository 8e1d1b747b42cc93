"""Small numbers of persons: shown, or found again by subtraction from the totals."""

import re

from governance.disclosure import LEAST
from projects.airlock.content import Content, Table, count_of, number_of
from projects.airlock.counting import (
    MASK_WITH_PART,
    NOT_COUNTED,
    Counted,
    cell_of,
    counted,
    masked,
)
from projects.airlock.findings import Finding, found
from projects.airlock.recovery import Cell, Equations

COUNTED_ROW = re.compile(
    r"(?:n|nb|nombre|effectifs?|counts?|freq\w*|patients)\b(?!\s*[°º])", re.IGNORECASE
)
SHARE = re.compile(r"%|pct|pourcentage|percent", re.IGNORECASE)
_ALONE = r"(?<![\w.,/<-])(?<![\d/<-][ \u00a0\u202f])(\d{1,2})"
_PERSONS = (
    r"(?:(?:patient|malade|personne|sujet|participant|femme|homme|enfant)e?s?|d[ée]c[èe]s|deaths)\b"
)
WORDS = dict.fromkeys(("un", "une", "one"), 1) | dict.fromkeys(("deux", "two"), 2)
WORDS |= dict.fromkeys(("trois", "three"), 3) | dict.fromkeys(("quatre", "four"), 4)
WORDS |= dict.fromkeys(("cinq", "five"), 5) | dict.fromkeys(("sept", "seven"), 7)
WORDS |= dict.fromkeys(("huit", "eight"), 8) | dict.fromkeys(("neuf", "nine"), 9)
WORDS |= dict.fromkeys(("dix", "ten"), 10) | {"six": 6, "seul": 1, "seule": 1}
_WRITTEN = "|".join(word for word, n in WORDS.items() if n > 1)
_DID = r"(?:sont|[ée]taient|ont|avaient|were|had|have|died)\b"
_IN_TEXT = re.compile(
    r"(?<![\w.,])[nN]\s*=\s*(\d{1,2})(?![\d.,]*\d|\s*%)"
    rf"|{_ALONE}[ \u00a0](?:{_PERSONS}|{_DID})"
    rf"|(?<![\w-])({_WRITTEN})[ \u00a0](?:{_PERSONS}|{_DID})"
    rf"|{_ALONE}\s*\(\s*\d[\d.,]*\s*%\s*\)"
    r"|\bune? (seule?) (?:patiente?|malade|personne|cas|sujet)\b",
    re.IGNORECASE,
)
"""« n = 4 », « 4 patients », « trois patients », « 4 sont décédés », « 4 (2,5 %) », « un seul
patient »."""


def check(content: Content, kind: str) -> list[Finding]:
    """Cells under the threshold, and those that the totals give back."""
    small, cells, groups, parts = [], [], [], []
    for table in content.tables:
        counts = counted(table, kind)
        small += [table.place(*cell) for cell, n in counts.known.items() if 0 < n < LEAST]
        small += _in_rows(table)
        parts += _parts_told(table, counts.bounds)
        found_again, sums = again(counts)
        cells += [table.place(*cell) for cell in found_again]
        groups += [table.place(*cell) for cell in sums]
    said = [
        place
        for place, line in content.lines()
        for told in _IN_TEXT.finditer(line)
        if 0 < _said(told) < LEAST
    ]
    return [
        *found("small_cell", small),
        *found("recovered_cell", cells),
        *found("recovered_group", groups),
        *found("part_of_masked", parts),
        *found("small_n", said),
    ]


def _said(told: re.Match) -> int:
    """The number that a text says, in figures or in words."""
    number = next(each for each in told.groups() if each)
    return int(number) if number.isdecimal() else WORDS[number.lower()]


def _in_rows(table: Table):
    """The small counts of a row that counts, in a table written the other way round."""
    for number, row in table.numbered():
        if not row or not COUNTED_ROW.match(row[0]) or NOT_COUNTED.search(row[0]):
            continue
        told = {column: count_of(cell) for column, cell in enumerate(row[1:], start=1) if cell}
        if all(v is not None or masked(row[c]) for c, v in told.items()):
            yield from (table.place(number, c) for c, v in told.items() if v and v < LEAST)


def _parts_told(table: Table, bounds):
    """The masked cells whose part is told, in them or in their row: it gives them back."""
    shares = [c for c, title in enumerate(table.header) if SHARE.search(title)]
    for row, column in bounds:
        cells = table.rows[row]
        told = [
            number_of(cell_of(cells, c).rstrip(" %\u00a0\u202f")) for c in shares if c != column
        ]
        if MASK_WITH_PART.fullmatch(cell_of(cells, column)) or (
            masked(cell_of(cells, column)) and any(told)
        ):
            yield table.place(row, column)


def again(counts: Counted) -> tuple[list[Cell], list[Cell]]:
    """The masked cells that totals give back; the totals whose masked cells are few together."""
    if not counts.bounds:
        return [], []
    equations, known = Equations(counts.bounds), counts.known
    for parts, total in counts.sums:
        equations.add(parts, total, known)
    determined = equations.determined()
    cells = [cell for cell, value in determined.items() if 0 < value < LEAST]
    few = []
    for parts, total in counts.sums:
        told = known.get(total, determined.get(total))
        hidden = [part for part in parts if part not in known]
        if told is None or len(hidden) < 2:
            continue
        together = told - sum(known[part] for part in parts if part in known)
        if 0 < together < LEAST:
            few.append(total)
    return cells, few
