"""Tables read together: those of one deposit, and those of the same research that left before.

Two tables tell of the same cell when they name it alike, its row and its column, whichever of the
two comes first. What each tells alone may be safe, and not what they tell together (*Handbook on
Statistical Disclosure Control*, 5.2, disclosure by differencing and by linking):

- *differenced*: they count the same cells, one of them some persons fewer than the other; those
  few are a group of their own;
- *recovered across*: what one masks is told by another, or is what is left of a total of another.

What differs by less than the threshold in some cells, and by more or not at all in the others, but
never the other way round, is taken for a population and a part of it. That is a doubt of ours, not
a proof: it asks for two persons, who know what the tables are.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from catalog.words import fold
from governance.disclosure import LEAST
from projects.airlock.content import Table
from projects.airlock.counting import COUNTED, TOTAL, Counted, borne_out, cell_of, counted
from projects.airlock.findings import Finding, found
from projects.airlock.recovery import Cell
from projects.airlock.small_cells import again

Name = tuple[str, str]
LEAST_SHARED = 2
"""Cells of the same name from which two tables are compared; half of the smaller one at least."""
MOST_SOURCES = 3
"""Other tables that the place of a finding names."""
_APART = re.compile(r"[^\w<>≤≥=+]+")
_WHOLE = "total"


@dataclass(frozen=True)
class Given:
    """The tables of one file, and what it is called beside others; `left`: it is not of the deposit
    that is examined, and left before or waits as well."""

    called: str
    kind: str
    tables: Sequence[Table]
    left: bool = False


class Named:
    """The counts of one table whose cells have a name."""

    def __init__(self, number: int, file: int, given: Given, counts: Counted):
        self.number, self.file, self.counts = number, file, counts
        self.called, self.left = given.called, given.left

    def place(self, cell: Cell) -> str:
        return self.counts.table.place(*cell)

    @cached_property
    def rows(self) -> dict[int, str]:
        """What names each row: the cells before the first count; left empty, as above."""
        table, first = self.counts.table, min(self.counts.columns, default=0)
        above, found = [""] * first, {}
        for number, row in table.numbered():
            words = [cell_of(row, column) for column in range(first)]
            for column, word in enumerate(words[:-1]):
                words[column] = above[column] = word or above[column]
            found[number] = said(" ".join(words))
        return found

    @cached_property
    def columns(self) -> dict[int, str]:
        """What names each column of counts; that it is of all when it only says that it counts."""
        header = self.counts.table.header
        named = {c: said(COUNTED.sub(" ", cell_of(header, c))) for c in self.counts.columns}
        return {c: name or _WHOLE for c, name in named.items()}

    @cached_property
    def cells(self) -> dict[Name, Cell]:
        """The cell of each name; none of a name that two of them bear."""
        found: dict[Name, Cell | None] = {}
        for row, column in (*self.counts.known, *self.counts.bounds):
            if self.rows.get(row):
                name = name_of(self.rows[row], self.columns[column])
                found[name] = None if name in found else (row, column)
        return {name: cell for name, cell in found.items() if cell is not None}

    @cached_property
    def told(self) -> dict[Name, int]:
        """What is told of the cells that have a name."""
        known = self.counts.known
        return {name: known[cell] for name, cell in self.cells.items() if cell in known}

    def whole(self, name: str) -> int | None:
        """What is told of all that is named so."""
        return self.told.get(name_of(name, _WHOLE))


def said(words: str) -> str:
    """What names a row or a column, whatever its capitals, accents and marks; one word for all
    that says a whole."""
    plain = _APART.sub(" ", fold(words)).strip()
    return _WHOLE if plain and not TOTAL.sub(" ", plain).strip() else plain


def name_of(row: str, column: str) -> Name:
    """The name of a cell, the same when the table is turned."""
    return (row, column) if row <= column else (column, row)


def compare(files: Sequence[Given]) -> list[list[Finding]]:
    """What the tables of `files` tell together that none tells alone: the findings of each file of
    the deposit, in order."""
    read = [(file, given, table) for file, given in enumerate(files) for table in given.tables]
    tables = [
        Named(number, file, given, counted(table, given.kind))
        for number, (file, given, table) in enumerate(read)
    ]
    tables = [table for table in tables if table.cells]
    differences, recovered = [[] for _ in files], [[] for _ in files]
    for table in tables:
        others = [other for other in tables if other is not table]
        if not table.left:
            differences[table.file] += _differences(table, others)
        for file, place in _recovered(table, others):
            recovered[file].append(place)
    return [
        [*found("differenced", differences[n]), *found("recovered_across", recovered[n])]
        for n, given in enumerate(files)
        if not given.left
    ]


def _differences(table: Named, others: Iterable[Named]) -> Iterator[str]:
    """The cells that another table counts almost as this one does."""
    for other in others:
        shared = table.told.keys() & other.told.keys()
        smaller = min(len(table.told), len(other.told))
        if len(shared) < max(LEAST_SHARED, smaller / 2):
            continue
        gaps = {name: table.told[name] - other.told[name] for name in shared}
        if min(gaps.values()) < 0 < max(gaps.values()):
            continue  # neither is a part of the other
        for name in sorted(gaps, key=table.cells.get):
            if 0 < abs(gaps[name]) < LEAST:
                there = f"{other.called} {other.place(other.cells[name])}"
                yield f"{table.place(table.cells[name])} ↔ {there}"


def _recovered(table: Named, others: Sequence[Named]) -> Iterator[tuple[int, str]]:
    """The masked cells of a table that others give back, with the file that it is said of: its own,
    or, when it is not of this deposit, the one that gives it back."""
    if not table.counts.bounds:
        return
    before = _known(table, [other for other in others if table.left and other.left])[0]
    now, sources = _known(table, others)
    beside = [source for source in sources if not (table.left and source.left)]
    names = ", ".join(list(dict.fromkeys(source.called for source in beside))[:MOST_SOURCES])
    for cell in sorted(now - before):
        if table.left:
            at = f"{table.called} {table.place(cell)}"
            yield from {(source.file, f"↔ {at}") for source in beside}
        else:
            yield table.file, f"{table.place(cell)} ↔ {names}"


def _known(table: Named, others: Iterable[Named]) -> tuple[set[Cell], list[Named]]:
    """The masked cells that are few, alone or together, and known once `others` are read beside a
    table; and those of the others that say something of it."""
    counts, sources, direct = table.counts, [], set()
    for other in others:
        told = _told_of(table, other, counts)
        sums = _totals_of(table, other, counts)
        if not told and not sums:
            continue
        sources.append(other)
        direct |= {cell for cell, value in told.items() if 0 < value < LEAST}
        counts = replace(
            counts,
            known=counts.known | told | {total: value for _parts, total, value in sums},
            bounds={cell: span for cell, span in counts.bounds.items() if cell not in told},
            sums=[*counts.sums, *((parts, total) for parts, total, _value in sums)],
        )
    cells, few = again(counts)
    masked = {total: [p for p in parts if p in counts.bounds] for parts, total in counts.sums}
    return {*direct, *cells, *(masked[total][0] for total in few)}, sources


def _told_of(table: Named, other: Named, counts: Counted) -> dict[Cell, int]:
    """The masked cells of a table that another one tells, when both tell the same of what both
    tell."""
    shared = table.told.keys() & other.told.keys()
    if not shared or any(table.told[name] != other.told[name] for name in shared):
        return {}
    both = table.cells.keys() & other.told.keys()
    return {c: other.told[name] for name in both if (c := table.cells[name]) in counts.bounds}


def _totals_of(table: Named, other: Named, counts: Counted) -> list[tuple[list[Cell], Cell, int]]:
    """The totals of the rows or of the columns of a table that another one tells: the parts of
    each, a cell that stands for it, and what it is. None when one of them cannot be true."""
    rows = [r for r, name in table.rows.items() if name and not TOTAL.search(name)]
    header = table.counts.table.header
    columns = [c for c in table.columns if not TOTAL.search(cell_of(header, c))]
    across = {(table.rows[r], r, 0): [(r, c) for c in columns] for r in rows}
    down = {(table.columns[c], c, 1): [(r, c) for r in rows] for c in columns}
    found = []
    for lines in (across, down):
        sums = [
            (parts, (-1 - other.number, 2 * at + along), value)
            for (name, at, along), parts in lines.items()
            if len(parts) > 1 and (value := other.whole(name)) is not None
        ]
        beside = replace(counts, known=counts.known | {total: n for _parts, total, n in sums})
        borne = [borne_out(parts, total, beside) for parts, total, _value in sums]
        if all(each is not None and each >= 0 for each in borne):
            found += sums
    return found
