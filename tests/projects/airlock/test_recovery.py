"""Masked cells and the totals that give them back: compared with every table that could be."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from projects.airlock.content import Content, Table
from projects.airlock.small_cells import check

SIDE = 3
MASK = "<11"


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(
        st.lists(st.integers(11, 60), min_size=SIDE, max_size=SIDE), min_size=SIDE, max_size=SIDE
    ),
    small=st.dictionaries(
        st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1)),
        st.integers(1, 10),
        min_size=1,
        max_size=4,
    ),
)
def test_a_masked_cell_that_is_found_is_the_only_one_possible(counts, small):
    for (row, column), value in small.items():
        counts[row][column] = value
    rows = [[*row, sum(row)] for row in counts]
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    found = {each.rule: set(each.places) for each in _found(rows, set(small))}

    possible = _possible(rows, sorted(small))
    certain = {
        f"{'BCDE'[column]}{row + 2}"
        for position, (row, column) in enumerate(sorted(small))
        if len({values[position] for values in possible}) == 1
    }
    alone = {
        (row, column)
        for row, column in small
        if sum(r == row for r, _c in small) == 1 or sum(c == column for _r, c in small) == 1
    }
    assert found.get("recovered_cell", set()) <= certain
    assert {f"{'BCDE'[c]}{r + 2}" for r, c in alone} <= found.get("recovered_cell", set())


def _found(rows, masked):
    written = [
        (str(number), *(MASK if (r, c) in masked else str(v) for c, v in enumerate(row)))
        for r, row in enumerate(rows)
        for number in ["Total" if r == SIDE else f"ligne {r}"]
    ]
    header = ("groupe", "jeunes", "adultes", "anciens", "Total")
    return check(Content([Table("", (header, *written))]), "frequencies")


def _possible(rows, masked) -> list[tuple[int, ...]]:
    """Every way to fill the masked cells with 0 to 10 that keeps all totals."""

    def keeps(values) -> bool:
        filled = dict(zip(masked, values, strict=True))
        read = [[filled.get((r, c), rows[r][c]) for c in range(SIDE)] for r in range(SIDE)]
        across = all(sum(read[r]) == rows[r][SIDE] for r in range(SIDE))
        return across and all(sum(row[c] for row in read) == rows[SIDE][c] for c in range(SIDE))

    return [values for values in product(range(11), repeat=len(masked)) if keeps(values)]
