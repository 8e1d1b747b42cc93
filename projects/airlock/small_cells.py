"""Small numbers of persons: shown, or found again by subtraction from the totals."""

import math
import re

from governance.disclosure import LEAST
from projects.airlock.content import PART, Content, Table, count_of, number_of, word_in
from projects.airlock.findings import Finding, found
from projects.airlock.recovery import Cell, Equations

COUNTED = word_in(
    "n nb nombre nombres effectif effectifs count counts patients persons personnes freq frequency "
    "sejours séjours cas cases events evenements événements"
)
NOT_COUNTED = word_in(
    "pct pourcentage percent taux rate ratio moyenne mean mediane médiane median sd sem ecart "
    "écart age âge annee année year mois month rang rank ic ci or hr rr p pvalue"
)
TOTAL = word_in("total totaux ensemble tous toutes all sum somme overall")
MASK = re.compile(
    r"<\s*(\d+)|moins de (\d+)|\*+|x+|[-–—]|\.{1,3}|…|n\.?[sdac]\.?|s|c"
    r"|masqu[ée]e?|supprim[ée]e?",
    re.IGNORECASE,
)
FREQUENCIES = "frequencies"
_IN_TEXT = re.compile(r"(?<![\w.,])n\s*=\s*(\d{1,2})(?![\d.,]*\d|\s*%)", re.IGNORECASE)


def check(content: Content, kind: str) -> list[Finding]:
    """Cells under the threshold, and those that the totals give back."""
    small, cells, groups = [], [], []
    for table in content.tables:
        columns = counted_columns(table, kind)
        body = range(table.start, len(table.rows))
        known, bounds = _read(table, body, columns)
        small += [table.place(*cell) for cell, value in known.items() if 0 < value < LEAST]
        found_again, sums = _again(table, body, columns, known, bounds)
        cells += [table.place(*cell) for cell in found_again]
        groups += [table.place(*cell) for cell in sums]
    said = [
        place
        for place, line in content.lines()
        for number in _IN_TEXT.findall(line)
        if 0 < int(number) < LEAST
    ]
    return [
        *found("small_cell", small),
        *found("recovered_cell", cells),
        *found("recovered_group", groups),
        *found("small_n", said),
    ]


def counted_columns(table: Table, kind: str) -> list[int]:
    """The columns that count persons: they say so, or, in a table of frequencies, are all whole
    numbers."""
    found_in = []
    for column in range(max((len(row) for row in table.rows), default=0)):
        title = _cell(table.header, column)
        values = [_cell(row, column) for row in table.body]
        numbers = [v for v in values if number_of(v) is not None or PART.fullmatch(v)]
        whole = bool(numbers) and all(count_of(v) is not None for v in numbers)
        others = [v for v in values if v and v not in numbers and not MASK.fullmatch(v)]
        another = bool(NOT_COUNTED.search(title)) or title.startswith("%")
        named = bool(COUNTED.search(title)) and not another
        frequencies = kind == FREQUENCIES and column > 0 and not another
        if whole and not others and (named or frequencies):
            found_in.append(column)
    return found_in


def _cell(row: tuple[str, ...], column: int) -> str:
    return row[column] if column < len(row) else ""


def _read(table: Table, body, columns) -> tuple[dict[Cell, int], dict]:
    """The cells that are told, and what is known of those that are masked."""
    known: dict[Cell, int] = {}
    bounds: dict[Cell, tuple[float, float]] = {}
    for row in body:
        for column in columns:
            written = _cell(table.rows[row], column)
            value = count_of(written)
            if value is not None:
                known[row, column] = value
                continue
            under = MASK.fullmatch(written)
            most = next((int(n) for n in under.groups() if n), None) if under else None
            bounds[row, column] = (0, math.inf if most is None else most - 1)
    return known, bounds


def _again(table: Table, body, columns, known, bounds) -> tuple[list[Cell], list[Cell]]:
    """The masked cells that totals give back; the totals whose masked cells are few together."""
    if not bounds:
        return [], []
    total_rows = [r for r in body if any(TOTAL.search(c) for c in table.rows[r][:2])]
    total_columns = [c for c in columns if TOTAL.search(_cell(table.header, c))]
    rows = [r for r in body if r not in total_rows]
    inner = [c for c in columns if c not in total_columns]
    lines: list[tuple[list[Cell], Cell]] = []
    if len(total_columns) == 1 and len(inner) > 1:
        column = total_columns[0]
        lines += _true([([(r, c) for c in inner], (r, column)) for r in body], known)
    if len(total_rows) == 1 and len(rows) > 1:
        row = total_rows[0]
        lines += _true([([(r, c) for r in rows], (row, c)) for c in columns], known)
    equations = Equations(bounds)
    for parts, total in lines:
        equations.add(parts, total, known)
    again = equations.determined()
    cells = [cell for cell, value in again.items() if 0 < value < LEAST]
    sums = []
    for parts, total in lines:
        told = known.get(total, again.get(total))
        masked = [part for part in parts if part not in known]
        if told is None or len(masked) < 2:
            continue
        together = told - sum(known[part] for part in parts if part in known)
        if 0 < together < LEAST:
            sums.append(total)
    return cells, sums


def _true(lines, known):
    """The lines of one direction; none when a line that is told whole is not its sum."""
    for parts, total in lines:
        whole = all(cell in known for cell in (*parts, total))
        if whole and sum(known[part] for part in parts) != known[total]:
            return []
    return lines
