"""Small numbers of persons: shown, or found again by subtraction from the totals."""

import math
import re

from governance.disclosure import LEAST
from projects.airlock.content import UNDER, Content, Table, count_of, number_of, word_in
from projects.airlock.findings import Finding, found
from projects.airlock.recovery import Cell, Equations

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
COUNTED_ROW = re.compile(
    r"(?:n|nb|nombre|effectifs?|counts?|freq\w*|patients)\b(?!\s*[°º])", re.IGNORECASE
)
TOTAL = word_in("total totaux ensemble tous toutes all sum somme overall")
MASK = re.compile(
    r"\*+|x+|[-–—]|\.{1,3}|…|n\.?[sdac]\.?|s|c|secret|hidden|suppressed|confidentiel"
    r"|masqu[ée]e?|supprim[ée]e?|non communiqu[ée]e?",
    re.IGNORECASE,
)
MASK_WITH_PART = re.compile(
    rf"(?:{MASK.pattern}|[<≤]=?\s*\d+)\s*[(\[]\s*[\d.,]+\s*%\s*[)\]]", re.IGNORECASE
)
SHARE = re.compile(r"%|pct|pourcentage|percent", re.IGNORECASE)
MOST_OTHERS = 0.25
"""Part of the cells that may say something else, in a column that does not name what it counts."""
FREQUENCIES = "frequencies"
_ALONE = r"(?<![\w.,/<-])(?<![\d.,/<-][ \u00a0\u202f])(\d{1,2})"
_PERSONS = (
    r"(?:(?:patient|malade|personne|sujet|participant|femme|homme|enfant)e?s?|d[ée]c[èe]s|deaths)\b"
)
_IN_TEXT = re.compile(
    r"(?<![\w.,])[nN]\s*=\s*(\d{1,2})(?![\d.,]*\d|\s*%)"
    rf"|{_ALONE}[ \u00a0]{_PERSONS}"
    rf"|{_ALONE}\s*\(\s*\d[\d.,]*\s*%\s*\)"
    r"|\bune? (seule?) (?:patiente?|malade|personne|cas|sujet)\b"
)
"""« n = 4 », « 4 patients », « 4 (2,5 %) », « un seul patient »."""


def check(content: Content, kind: str) -> list[Finding]:
    """Cells under the threshold, and those that the totals give back."""
    small, cells, groups, parts = [], [], [], []
    for table in content.tables:
        columns = counted_columns(table, kind)
        body = range(table.start, len(table.rows))
        known, bounds = _read(table, body, columns)
        small += [table.place(*cell) for cell, value in known.items() if 0 < value < LEAST]
        small += _in_rows(table)
        parts += _parts_told(table, bounds)
        found_again, sums = _again(table, body, columns, known, bounds)
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
    """The number that a text says; « un seul » is one."""
    number = next(each for each in told.groups() if each)
    return int(number) if number.isdecimal() else 1


def _in_rows(table: Table):
    """The small counts of a row that counts, in a table written the other way round."""
    for number, row in table.numbered():
        if not row or not COUNTED_ROW.match(row[0]) or NOT_COUNTED.search(row[0]):
            continue
        told = {column: count_of(cell) for column, cell in enumerate(row[1:], start=1) if cell}
        if all(v is not None or _masked(row[c]) for c, v in told.items()):
            yield from (table.place(number, c) for c, v in told.items() if v and v < LEAST)


def _parts_told(table: Table, bounds):
    """The masked cells whose part is told, in them or in their row: it gives them back."""
    shares = [c for c, title in enumerate(table.header) if SHARE.search(title)]
    for row, column in bounds:
        cells = table.rows[row]
        told = [number_of(_cell(cells, c).rstrip(" %\u00a0\u202f")) for c in shares if c != column]
        if MASK_WITH_PART.fullmatch(_cell(cells, column)) or (
            _masked(_cell(cells, column)) and any(told)
        ):
            yield table.place(row, column)


def _masked(cell: str) -> bool:
    """Whether a cell says that its count is not told."""
    return any(form.fullmatch(cell) for form in (MASK, UNDER, MASK_WITH_PART))


def counted_columns(table: Table, kind: str) -> list[int]:
    """The columns that count persons: they say so, or, in a table of frequencies, are all whole
    numbers."""
    found_in = []
    for column in range(max((len(row) for row in table.rows), default=0)):
        title = _cell(table.header, column)
        values = [_cell(row, column) for row in table.body]
        numbers = [v for v in values if number_of(v) is not None or count_of(v) is not None]
        whole = bool(numbers) and all(count_of(v) is not None for v in numbers)
        told = set(numbers)
        others = [v for v in values if v and v not in told and not _masked(v)]
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
            bounds[row, column] = (0, _most(written))
    return known, bounds


def _most(written: str) -> float:
    """The most that a masked cell may be."""
    bound = UNDER.match(written)
    if bound is None:
        return math.inf
    return int(bound["under"]) - 1 if bound["under"] else int(bound["most"] or bound["end"])


def _again(table: Table, body, columns, known, bounds) -> tuple[list[Cell], list[Cell]]:
    """The masked cells that totals give back; the totals whose masked cells are few together."""
    if not bounds:
        return [], []
    labels = max(2, min(columns))
    total_rows = [r for r in body if any(TOTAL.search(c) for c in table.rows[r][:labels])]
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
