"""Tables read together: those of one deposit, and those of the same research that left before.

Two tables tell of the same cell when they name it alike, its row and its column, whichever of the
two comes first. What each tells alone may be safe, and not what they tell together (*Handbook on
Statistical Disclosure Control*, 5.2, disclosure by differencing and by linking):

- *differenced*: they count the same cells, one of them some persons fewer than the other; those
  few are a group of their own. So are those that two tables leave of a third one, a group that one
  table cuts where the other does not (« <20 » and « <25 »), a group and those that it is made of;
- *recovered across*: what one masks is told by another, or is what is left of a total of another.

What differs by less than the threshold in some cells, and by more or not at all in the others, but
never the other way round, is taken for a population and a part of it. That is a doubt of ours, not
a proof: it asks for two persons, who know what the tables are. How groups are known to be cut
otherwise, and how three tables to be a whole and two parts, is of the house as well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from catalog.words import fold
from governance.disclosure import LEAST
from projects.airlock.content import Table
from projects.airlock.counting import COUNTED, TOTAL, Counted, borne_out, cell_of, counted
from projects.airlock.findings import Finding, found
from projects.airlock.groups import Span, left_over, put_together, spans, whole
from projects.airlock.recovery import Cell
from projects.airlock.small_cells import again

Name = tuple[str, str]
LEAST_SHARED = 2
"""Cells of the same name from which two tables are compared; half of the smaller one at least."""
MOST_SOURCES = 3
"""Other tables that the place of a finding names."""
LEAST_NEAR = 3
"""Cells of which two parts leave few persons, or nobody, before three tables are a whole and two
parts; all of them where they tell fewer. Of 200 deposits drawn by chance (a whole by sex, seven
parts of it that overlap), 30 % were suspected without it, 5 % with it."""
MOST_TRIPLES = 50_000
"""Groups of three tables that are looked at; beyond, that not all are compared is said."""
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


@dataclass(frozen=True)
class Line:
    """A row or a column of counts: the groups that it tells of, each with its cell, the one of all
    left out. `variable` is what the groups are of, where it is said."""

    variable: str
    groups: dict[str, Cell]
    of_all: Cell | None

    @cached_property
    def spans(self) -> dict[str, Span]:
        return spans(self.groups)


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

    @cached_property
    def lines(self) -> dict[str, Line]:
        """Its rows and its columns of counts by their name, several groups in each."""
        first = min(self.counts.columns, default=0)
        of_rows = said(" ".join(cell_of(self.counts.table.header, c) for c in range(first)))
        lines: dict[tuple[str, str], dict[str, Cell]] = {}
        for row, column in self.cells.values():
            named = (self.rows[row], self.columns[column])
            lines.setdefault((named[1], of_rows), {})[named[0]] = (row, column)
            lines.setdefault((named[0], ""), {})[named[1]] = (row, column)
        found = {}
        for (name, variable), cells in lines.items():
            groups = {group: cell for group, cell in cells.items() if not TOTAL.search(group)}
            if groups and name not in found:
                found[name] = Line(variable, groups, cells.get(_WHOLE))
        return found

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
    of_three, all_seen = _of_three(tables)
    for file, place in of_three:
        differences[file].append(place)
    unseen = [] if all_seen else [Finding("not_compared")]
    return [
        [
            *found("differenced", differences[n]),
            *found("recovered_across", recovered[n]),
            *unseen,
        ]
        for n, given in enumerate(files)
        if not given.left
    ]


Pair = tuple[list[Cell], list[Cell]]
"""Cells of a table and those of another that count the same persons, as far as their names say."""


def _differences(table: Named, others: Iterable[Named]) -> Iterator[str]:
    """The cells that another table counts almost as this one does."""
    for other in others:
        seen = []
        if (pairs := _alike(table, other)) is not None:
            gaps = [(_sum(table, here) - _sum(other, there), here, there) for here, there in pairs]
            if not (min(gaps)[0] < 0 < max(gaps)[0]):  # else neither is a part of the other
                seen = [(here, there) for gap, here, there in gaps if 0 < abs(gap) < LEAST]
        for here, there in sorted([*seen, *_nested(table, other)]):
            yield f"{_places(table, here)} ↔ {other.called} {_places(other, there)}"


def _sum(table: Named, cells: list[Cell]) -> int:
    return sum(table.counts.known[cell] for cell in cells)


def _places(table: Named, cells: list[Cell]) -> str:
    return " + ".join(table.place(cell) for cell in cells)


def _alike(table: Named, other: Named) -> list[Pair] | None:
    """What two tables tell of the same groups, those put together in one of them included; None
    when it is too little of what they tell to compare them."""
    shared = table.told.keys() & other.told.keys()
    pairs = [([table.cells[name]], [other.cells[name]]) for name in shared]
    pairs += [(parts, [group]) for parts, group in _regrouped(table, other)]
    pairs += [([group], parts) for parts, group in _regrouped(other, table)]
    told = [p for p in pairs if all(c in table.counts.known for c in p[0])]
    told = [p for p in told if all(c in other.counts.known for c in p[1])]
    number = sum(max(len(here), len(there)) for here, there in told)
    least = min(len(table.told), len(other.told)) / 2
    return told if number >= max(LEAST_SHARED, least) else None


def _same_lines(table: Named, other: Named) -> Iterator[tuple[Line, Line]]:
    """The lines of two tables that bear the same name, and do not say to be of something else."""
    for name in table.lines.keys() & other.lines.keys():
        mine, theirs = table.lines[name], other.lines[name]
        if not (mine.variable and theirs.variable and mine.variable != theirs.variable):
            yield mine, theirs


def _regrouped(table: Named, other: Named) -> Iterator[tuple[list[Cell], Cell]]:
    """The groups of another table that are several of this one put together: its cells, the other's
    cell. That of all is all of them, where this table does not tell it."""
    agree = not _contradict(table, other)
    for mine, theirs in _same_lines(table, other):
        together = put_together(theirs.groups, mine.groups)
        if agree and not together:
            together = left_over(theirs.groups, mine.groups)
        for group, parts in together.items():
            yield [mine.groups[part] for part in parts], theirs.groups[group]
    for name in table.lines.keys() & other.lines.keys():
        mine, theirs = table.lines[name], other.lines[name]
        if theirs.of_all and not mine.of_all and len(mine.groups) > 1:
            yield sorted(mine.groups.values()), theirs.of_all


def _nested(table: Named, other: Named) -> Iterator[Pair]:
    """The ranges of which one holds the other and few persons more, in two tables that do not tell
    otherwise of the same persons."""
    if _contradict(table, other):
        return
    for mine, theirs in _same_lines(table, other):
        of_all = {_all_of(table, mine), _all_of(other, theirs)} - {None}
        if len(of_all) > 1:
            continue
        together = {*put_together(theirs.groups, mine.groups)}
        together |= {*put_together(mine.groups, theirs.groups)}
        for here, (low, high) in mine.spans.items():
            for there, (from_, to) in theirs.spans.items():
                inside = (low >= from_ and high <= to) - (from_ >= low and to <= high)
                cells = mine.groups[here], theirs.groups[there]
                if not inside or {here, there} & together:
                    continue
                told = table.counts.known.get(cells[0]), other.counts.known.get(cells[1])
                if None not in told and 0 < (told[1] - told[0]) * inside < LEAST:
                    yield [cells[0]], [cells[1]]


def _contradict(table: Named, other: Named) -> bool:
    """Whether two tables tell otherwise of a cell of the same name."""
    shared = table.told.keys() & other.told.keys()
    return any(table.told[name] != other.told[name] for name in shared)


def _all_of(table: Named, line: Line) -> int | None:
    """How many persons a line is of, where it tells it or where its ranges leave nobody out."""
    known = table.counts.known
    if line.of_all in known:
        return known[line.of_all]
    cells = [known.get(line.groups[name]) for name in line.spans]
    return sum(cells) if whole(line.spans.values()) and None not in cells else None


def _of_three(tables: Sequence[Named]) -> tuple[list[tuple[int, str]], bool]:
    """The cells of a table of which two others leave few persons, with the file of the deposit that
    it is said of; whether all tables could be looked at, three by three."""
    places, seen = [], 0
    for table in tables:
        parts = [other for other in tables if other is not table and _part_of(other, table)]
        for pair in combinations(parts, 2):
            if table.left and all(part.left for part in pair):
                continue
            seen += 1
            if seen > MOST_TRIPLES:
                return places, False
            places += _left_of(table, *pair)
    return places, True


def _part_of(part: Named, table: Named) -> bool:
    """Whether a table may be a part of another: never the larger, in enough of what they tell."""
    shared = part.told.keys() & table.told.keys()
    enough = max(LEAST_SHARED, min(len(part.told), len(table.told)) / 2)
    return len(shared) >= enough and all(part.told[n] <= table.told[n] for n in shared)


def _left_of(table: Named, one: Named, two: Named) -> Iterator[tuple[int, str]]:
    """The cells of which few persons are left, in half of what the three tell and in `LEAST_NEAR`
    of them, or in all: in fewer, it may be by chance."""
    shared = table.told.keys() & one.told.keys() & two.told.keys()
    gaps = {name: table.told[name] - one.told[name] - two.told[name] for name in shared}
    few = sorted((name for name in gaps if 0 < gaps[name] < LEAST), key=table.cells.get)
    near = sum(gap < LEAST for gap in gaps.values())
    least = min(len(each.told) for each in (table, one, two))
    if len(gaps) < max(LEAST_SHARED, least / 2) or min(gaps.values()) < 0:
        return
    if near < min(len(gaps), max(LEAST_NEAR, len(gaps) / 2)):
        return
    for name in few:
        for mine, beside in ((table, (one, two)), (one, (table, two)), (two, (table, one))):
            if not mine.left:
                there = " + ".join(f"{o.called} {o.place(o.cells[name])}" for o in beside)
                yield mine.file, f"{mine.place(mine.cells[name])} ↔ {there}"


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
        sums += _groups_of(table, other, counts)
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


def _groups_of(table: Named, other: Named, counts: Counted) -> list[tuple[list[Cell], Cell, int]]:
    """The groups of another table that are several of this one put together, the same way. None
    when both tell otherwise of the same persons."""
    if _contradict(table, other):
        return []
    found = [
        (parts, (-1 - other.number, -1 - at), other.counts.known[group])
        for at, (parts, group) in enumerate(_regrouped(table, other))
        if group in other.counts.known and any(part in counts.bounds for part in parts)
    ]
    beside = replace(counts, known=counts.known | {total: n for _parts, total, n in found})
    borne = [borne_out(parts, total, beside) for parts, total, _value in found]
    return found if all(each is not None and each >= 0 for each in borne) else []
