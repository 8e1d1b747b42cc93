"""An attacker with thousands of related cohorts, several accounts and all the time they want.

They know every identity between their cohorts and are given the exact figures (the rounding that
follows only takes away). No combination of answers tells a group under eleven.
"""

from datetime import timedelta

import numpy as np
import pytest

from catalog.site.answered import MOST, Answered, Spent, _Heard
from tests.catalog.site.making import NOW

TEAM = ["a" * 64, "b" * 64, "c" * 64]
OTHERS = ["d" * 64]
HOSPITAL = np.arange(800)


class Attacker:
    """Asks as `TEAM`, each account in turn, and keeps what it was answered."""

    def __init__(self, folder, seed: int):
        self.site = Answered(folder / "answered.db", b"s" * 32, site="chu-rennes", least=11)
        self.draw = np.random.default_rng(seed)
        self.asked = self.refused = 0

    def ask(self, *groups, askers=TEAM, at=NOW):
        """The figures of some cohorts; none of them when the budget is spent."""
        self.asked += len(groups)
        turn = self.asked % len(askers)
        circle = [*askers[turn:], *askers[:turn]]
        try:
            return self.site.say_all(list(groups), askers=circle, at=at)
        except Spent:
            self.refused += 1
            return None

    def some(self, least: int, most: int, among=HOSPITAL):
        """Persons with some code, drawn."""
        return np.sort(self.draw.choice(among, self.draw.integers(least, most), replace=False))


@pytest.fixture
def attacker(tmp_path):
    return Attacker(tmp_path, seed=7)


def test_no_combination_of_thousands_of_answers_is_a_small_group(attacker, monkeypatch):
    """|A ∪ h ∪ g| - |A| - |h| + |A ∩ h| is |g|, whatever A and h: averaged over many, rounding
    would give it. Of all that was told, no linear combination is g, nor any other small group that
    the attacker can name; of all that was asked, many are."""
    told, asked, small = {}, [], []
    remember = _Heard.add

    def heard(self, number, size, vector):
        told.setdefault(number, asked[-1])
        remember(self, number, size, vector)

    monkeypatch.setattr(_Heard, "add", heard)
    answered = 0
    for size in (2, 6, 10):
        target = attacker.some(size, size + 1)
        pool = [attacker.some(15, 200, np.setdiff1d(HOSPITAL, target)) for _each in range(8)]
        for _turn in range(170):
            first, second = (pool[n] for n in attacker.draw.choice(len(pool), 2, replace=False))
            both = np.intersect1d(first, second)
            whole = np.union1d(np.union1d(first, second), target)
            groups = [whole, first, second, both]
            for n in attacker.draw.permutation(4):
                asked.append(groups[n])
                answered += attacker.ask(groups[n]) is not None
            small += [group for group in (target, both) if 0 < len(group) < 11]
    assert answered > 2000, "the attack was played, not only refused"
    told, asked = (np.unique(members(each), axis=0) for each in (told.values(), asked))
    named = np.unique(members(small), axis=0)
    assert in_span(asked, named).any()
    assert not in_span(told, named).any()


def members(groups) -> np.ndarray:
    """Each group as ones and zeros over the hospital's persons."""
    return np.array([np.isin(HOSPITAL, group) for group in groups], dtype=float)


def in_span(rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Of each group, whether some linear combination of `rows` is it, exactly."""
    _turned, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    basis = basis[sizes > sizes[0] * 1e-10]
    return np.abs(groups - groups @ basis.T @ basis).max(axis=1) < 1e-6


def test_neighbours_steps_and_complements_read_the_same(attacker):
    """A cohort with and without a few persons, an attrition that loses a few at each step, the
    whole hospital without them."""
    for _turn in range(40):
        target, context = attacker.some(1, 11), attacker.some(40, 300)
        with_them, without = np.union1d(context, target), np.setdiff1d(context, target)
        said = attacker.ask(with_them, without)
        assert said is None or len(with_them) - len(without) > 10 or said[0] == said[1]
        said = attacker.ask(HOSPITAL, np.setdiff1d(HOSPITAL, target))
        assert said is None or said[0] == said[1] == len(HOSPITAL)
    shrinking = [HOSPITAL[few:] for few in range(120)]
    told = sorted(set(attacker.ask(*shrinking, askers=OTHERS)), reverse=True)
    assert min(a - b for a, b in zip(told, told[1:], strict=False)) > 10


def test_a_few_patients_more_tomorrow_do_not_show_nor_to_another_team(attacker):
    cohort = attacker.some(100, 101)
    grown = np.union1d(cohort, np.arange(1000, 1010))
    assert attacker.ask(cohort) == [100]
    assert attacker.ask(grown, at=NOW + timedelta(days=1)) == [100]
    assert attacker.ask(grown, askers=OTHERS) == [100]
    assert attacker.ask(np.union1d(grown, [1010])) == [111], "eleven are told"


def test_what_follows_is_answered_when_the_budget_is_spent_and_nothing_else_is(attacker):
    ward = HOSPITAL[:160]
    assert attacker.ask(ward[:60], ward[60:]) == [60, 100]
    while attacker.ask(attacker.some(30, 90, ward)):
        pass
    assert attacker.asked < MOST
    assert attacker.ask(ward) == [160]
    assert attacker.ask(ward, askers=OTHERS) == [160], "another team has a budget of its own"
    year = NOW + timedelta(days=366)
    assert attacker.ask(attacker.some(30, 90, ward), at=year), "and all is forgotten in a year"


def test_nothing_kept_says_who_the_patients_are(attacker):
    """Under another key, the same patients have another vector: none is read from it."""
    other = Answered(attacker.site.path, b"t" * 32, site="chu-rennes", least=11)
    group = attacker.some(100, 101)
    assert attacker.site.vector(group).sum() != pytest.approx(other.vector(group).sum())
    assert attacker.ask(group) == [100]
    assert not attacker.site.path.stat().st_mode & 0o077
