"""An attacker adds and subtracts all that is published, in every way: no small figure is found."""

from fractions import Fraction
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from governance.disclosure import LEAST, Read, read, shown, total

GROUPS = "abcd"
PAIRS = st.tuples(st.integers(0, 40), st.integers(0, 40))
TABLES = st.fixed_dictionaries(dict.fromkeys(GROUPS, PAIRS))


def published(table: dict) -> list[tuple[frozenset, int]]:
    """All that a reader sees, as (the cells added, their sum): how many in each group and in all,
    then the two parts of each group and of all. A cell is (group, part)."""
    sizes = {group: (sum(parts),) for group, parts in table.items()}
    wide = shown(sizes)
    split = shown(table, among=wide)
    everyone = set(table)
    said = [({group}, (0, 1)) for group in wide]
    said += [({group}, (part,)) for group in split for part in (0, 1)]
    if total(sizes):
        said.append((everyone, (0, 1)))
    if total(table):
        said += [(everyone, (part,)) for part in (0, 1)]
    return [
        (
            frozenset(product(groups, parts)),
            sum(table[group][part] for group in groups for part in parts),
        )
        for groups, parts in said
    ]


def found_by_subtraction(figures) -> set[int]:
    """Every figure that stands for some people, known from the published ones added and taken away
    with any weights: for each set of cells there is, whether it is a combination of them."""
    cells = sorted(set().union(*(added for added, _value in figures)))
    basis: list[tuple[int, list[Fraction], Fraction]] = []
    for added, value in figures:
        row, said = _reduced(basis, [Fraction(c in added) for c in cells], Fraction(value))
        pivot = next((i for i, weight in enumerate(row) if weight), None)
        if pivot is not None:
            basis.append((pivot, [w / row[pivot] for w in row], said / row[pivot]))
    found = set()
    for chosen in product((0, 1), repeat=len(cells)):
        row, said = _reduced(basis, [Fraction(c) for c in chosen], Fraction(0))
        if any(chosen) and not any(row):
            found.add(int(-said))
    return found


def _reduced(basis, row, said):
    for pivot, other, value in basis:
        if weight := row[pivot]:
            row = [mine - weight * theirs for mine, theirs in zip(row, other, strict=True)]
            said -= weight * value
    return row, said


@settings(max_examples=100, deadline=None)
@given(TABLES)
@example({"a": (3, 20), "b": (15, 20), "c": (30, 20), "d": (40, 40)})
@example({"a": (2, 1), "b": (3, 1), "c": (30, 20), "d": (40, 40)})
@example({"a": (0, 12), "b": (1, 11), "c": (0, 0), "d": (40, 0)})
def test_no_sum_nor_difference_of_what_is_published_is_small(table):
    figures = published(table)
    assert not figures or not {v for v in found_by_subtraction(figures) if 0 < v < LEAST}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 60)), max_size=8))
def test_what_is_hidden_together_is_not_small(cells):
    left = sum(cells[group][0] for group in cells if group not in shown(cells))
    assert left == 0 or left >= LEAST or not shown(cells)


def test_one_small_group_alone_takes_the_smallest_other_one_with_it():
    cells = {"academic": (50,), "startup": (4,), "industry": (20,), "association": (30,)}
    assert shown(cells) == {"academic", "association"}


def test_the_attack_finds_what_is_only_masked():
    """Had the small group alone been hidden, one subtraction would have told it."""
    naive = [(frozenset({"a", "b"}), 34), (frozenset({"b"}), 30)]
    assert 4 in found_by_subtraction(naive)


def test_zeros_hide_nobody_and_are_said():
    assert shown({"a": (0, 30), "b": (12, 0)}) == {"a", "b"}
    assert total({"a": (0, 3)}) is None


def test_a_reader_finds_a_small_figure_and_one_left_by_subtraction():
    assert read([(20,), (30,)], (50,)) == Read(3, 0, 0)
    assert read([(20,), (4,)], None) == Read(2, 1, 0)
    assert read([(20,), None], (24,)) == Read(2, 0, 1)
    assert read([(20,), None], (40,)) == Read(2, 0, 0)
    assert read([None, None], (24,)) == Read(1, 0, 0)
    assert read([(20, 30), None], (20, 35)) == Read(4, 0, 1)
    assert read([(20,)], (20,), least=25) == Read(2, 2, 0)
