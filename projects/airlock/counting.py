"""What a table counts: its columns of persons, which cells are told and which are masked, and the
sums that it makes of them."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from projects.airlock.content import UNDER, Table, count_of, number_of, word_in
from projects.airlock.recovery import Cell

COUNTED = word_in(
    "n nb nombre nombres effectif effectifs count counts patients persons personnes freq frequency "
    "sejours séjours cas cases events evenements événements"
)
NOT_COUNTED = word_in(
    "pct pourcentage percent part proportion taux rate ratio moyen moyenne mean mediane médiane "
    "median sd sem ecart écart delai délai duree durée dms los ic ci or hr rr p pvalue"
)
NAMES_ROWS = word_in(
    "age âge annee année year mois month trimestre quarter semaine week jour day heure hour rang "
    "rank ordre num numero numéro code id classe stade grade score niveau"
)
"""What names or orders rows, unless the column says besides that it counts."""
TOTAL = word_in("total totaux ensemble tous toutes all sum somme overall subtotal soustotal")
MASK = re.compile(
    r"\*+|x+|[-–—]|\.{1,3}|…|n\.?[sdac]\.?|s|c|secret|hidden|suppressed|confidentiel"
    r"|masqu[ée]e?|supprim[ée]e?|non communiqu[ée]e?",
    re.IGNORECASE,
)
MASK_WITH_PART = re.compile(
    rf"(?:{MASK.pattern}|[<≤]=?\s*\d+)\s*[(\[]\s*[\d.,]+\s*%\s*[)\]]", re.IGNORECASE
)
MOST_OTHERS = 0.25
"""Part of the cells that may say something else, in a column that does not name what it counts."""
FREQUENCIES = "frequencies"

Sum = tuple[list[Cell], Cell]
"""Cells, and the one that is their total."""


@dataclass
class Counted:
    """What is read of the counts of a table: the cells that are told, what is known of those that
    are masked (the least and the most each may be), and, where some are, which cells add up to
    which."""

    table: Table
    columns: list[int]
    known: dict[Cell, int]
    bounds: dict[Cell, tuple[float, float]]
    sums: list[Sum] = field(default_factory=list)


def counted(table: Table, kind: str) -> Counted:
    """The counts of a table, in a file of that kind."""
    columns = counted_columns(table, kind)
    body = range(table.start, len(table.rows))
    known, bounds = _read(table, body, columns)
    found = Counted(table, columns, known, bounds)
    if known and bounds:
        found.sums = _sums(found, body)
    return found


def cell_of(row: tuple[str, ...], column: int) -> str:
    """What stands in a row, of which not all are as long."""
    return row[column] if column < len(row) else ""


def masked(cell: str) -> bool:
    """Whether a cell says that its count is not told."""
    return any(form.fullmatch(cell) for form in (MASK, UNDER, MASK_WITH_PART))


def counted_columns(table: Table, kind: str) -> list[int]:
    """The columns that count persons: they say so, or, in a table of frequencies, are all whole
    numbers."""
    found_in = []
    for column in range(max((len(row) for row in table.rows), default=0)):
        title = cell_of(table.header, column)
        values = [cell_of(row, column) for row in table.body]
        numbers = [v for v in values if number_of(v) is not None or count_of(v) is not None]
        whole = bool(numbers) and all(count_of(v) is not None for v in numbers)
        told = set(numbers)
        others = [v for v in values if v and v not in told and not masked(v)]
        named = _names_a_count(title)
        mostly = len(others) < len(numbers) if named else len(others) <= MOST_OTHERS * len(values)
        frequencies = kind == FREQUENCIES and column > 0 and not _names_another(title)
        if whole and mostly and (named or frequencies):
            found_in.append(column)
    return found_in


def _names_a_count(title: str) -> bool:
    counts = COUNTED.search(title) and not re.search(r"\bn\s*[°º]", title, re.IGNORECASE)
    share = title.startswith("%") and "(n" not in title
    return bool(counts) and not share and not NOT_COUNTED.search(title)


def _names_another(title: str) -> bool:
    if _names_a_count(title):
        return False
    return bool(
        NOT_COUNTED.search(title)
        or NAMES_ROWS.search(title)
        or "%" in title
        or re.search(r"\bn\s*[°º]", title, re.IGNORECASE)
    )


def _read(table: Table, body, columns) -> tuple[dict[Cell, int], dict]:
    """The cells that are told, and what is known of those that are masked."""
    known: dict[Cell, int] = {}
    bounds: dict[Cell, tuple[float, float]] = {}
    for row in body:
        for column in columns:
            written = cell_of(table.rows[row], column)
            value = count_of(written)
            if value is not None:
                known[row, column] = value
                continue
            bounds[row, column] = (0, _most(written))
    return known, bounds


def _most(written: str) -> float:
    """The most that a masked cell may be."""
    bound = UNDER.match(written)
    if bound is None:
        return math.inf
    return int(bound["under"]) - 1 if bound["under"] else int(bound["most"] or bound["end"])


def _sums(counts: Counted, body: range) -> list[Sum]:
    """The sums that a table says it makes, along its rows and along its columns: those of its
    totals and of its subtotals."""
    table, columns = counts.table, counts.columns
    named = max(2, min(columns))
    total_rows = [r for r in body if any(TOTAL.search(c) for c in table.rows[r][:named])]
    total_columns = [c for c in columns if TOTAL.search(cell_of(table.header, c))]
    across = (
        [([(r, c) for c in parts], (r, total)) for parts, total in layout for r in body]
        for layout in _layouts(columns, total_columns)
    )
    down = (
        [([(r, c) for r in parts], (total, c)) for parts, total in layout for c in columns]
        for layout in _layouts(list(body), total_rows)
    )
    return most_told(across, counts) + most_told(down, counts)


def _layouts(lines: list[int], totals: list[int]):
    """The ways in which `totals` may be the sums of the other lines: a single one is of all others;
    several stand each after its own, or each before, the last one being of all or of the rest."""
    if len(totals) == 1:
        parts = [each for each in lines if each != totals[0]]
        yield [(parts, totals[0])] if len(parts) > 1 else []
    if len(totals) < 2:
        return
    for order in (lines, lines[::-1]):
        last = next(each for each in reversed(order) if each in totals)
        found, subtotals, since = [], [], []
        for each in order[: order.index(last)]:
            if each not in totals:
                since.append(each)
                continue
            found += [(since, each)] if since else []
            subtotals, since = [*subtotals, each], []
        yield [*found, ([*subtotals, *since], last)]
        if since:
            yield [*found, (since, last)]


def most_told(readings: Iterable[list[Sum]], counts: Counted) -> list[Sum]:
    """Of several readings of a table, the one that its cells bear out most; none when each of them
    has a sum that is told whole and false."""
    best, most = [], -math.inf
    for sums in readings:
        borne = [borne_out(*each, counts) for each in sums]
        if None not in borne and sum(borne) > most:
            best, most = sums, sum(borne)
    return best


def borne_out(parts: list[Cell], total: Cell, counts: Counted) -> int | None:
    """1 when a sum is told whole and true, 0 when what is masked may make it true, -1 when it may
    not; None when it is told whole and false."""
    told = counts.known.get(total)
    if told is None:
        return 0
    known = sum(counts.known.get(part, 0) for part in parts)
    hidden = [part for part in parts if part not in counts.known]
    if not hidden:
        return 1 if known == told else None
    most = sum(counts.bounds.get(part, (0, math.inf))[1] for part in hidden)
    return 0 if known <= told <= known + most else -1
