"""Who weighs most in a sum: two contributors who make nearly all of it, a statistic that is one
person's.

It is judged where the table gives, beside each total, its largest contributions: columns named
« total », « premier » and « deuxième » (or `top1`, `top2`).
"""

from projects.airlock.content import Content, Table, number_of, word_in
from projects.airlock.counting import FREQUENCIES, TOTAL
from projects.airlock.findings import Finding, found

TWO_LARGEST = 0.9
"""(n, k): the two largest may not be more than this part of the total."""
P_PERCENT = 0.1
"""p %: what is left without the two largest is at least this part of the largest."""
FIRST = word_in("premier premiere première largest top1 max1 contribution1")
SECOND = word_in("deuxieme deuxième second seconde top2 max2 contribution2")
EXTREME = word_in("min max minimum maximum")


def check(content: Content, kind: str) -> list[Finding]:
    """Totals that two contributors make, statistics that are one person's."""
    nk, p, extremes = [], [], []
    for table in content.tables:
        columns = [_column(table, named) for named in (TOTAL, FIRST, SECOND)]
        if None not in columns:
            _judge(table, columns, nk, p)
        elif kind != FREQUENCIES:
            extremes += [
                table.title(c) for c, title in enumerate(table.header) if EXTREME.search(title)
            ]
            extremes += [
                table.place(r, 0) for r, row in table.numbered() if row and EXTREME.search(row[0])
            ]
    return [
        *found("dominance_nk", nk),
        *found("dominance_p", p),
        *found("extreme_value", extremes),
    ]


def _column(table: Table, named) -> int | None:
    return next((c for c, title in enumerate(table.header) if named.search(title)), None)


def _judge(table: Table, columns, nk: list[str], p: list[str]) -> None:
    for number, row in table.numbered():
        values = [number_of(row[c]) if c < len(row) else None for c in columns]
        if None in values or values[0] <= 0:
            continue
        total, first, second = values
        if first + second > TWO_LARGEST * total:
            nk.append(table.place(number, columns[0]))
        if total - first - second < P_PERCENT * first:
            p.append(table.place(number, columns[0]))
