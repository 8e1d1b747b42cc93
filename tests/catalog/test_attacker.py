"""An attacker who reads every figure shown, and adds, subtracts and compares them.

What is shown of a count is its class of five, or that it is under eleven; a total is the sum of
what is shown. So whatever the attacker does, a hidden count stays any of 0 to 10 for them, and a
shown one any of five.
"""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from catalog.models import SiteCount
from catalog.orders import ROUNDING, THRESHOLD, mask
from catalog.queries import Figure, Figures
from governance.charters import load_charter, versions_in_force
from governance.disclosure import LEAST
from tests.people import NOW

counts = st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=4)


def published(persons: list[int]):
    """Everything that a reader sees of the exact counts of some hospitals."""
    sites = []
    for number in persons:
        shown = mask(number)
        count = SiteCount(state=SiteCount.State.ANSWERED, **shown)
        sites.append(Figure(establishment=None, count=count, last=None))
    figures = Figures(sites)
    each = tuple(figure.shown.persons for figure in figures.sites)
    return each, figures.total, figures.counted, figures.masked


def possible(number: int) -> range:
    """What an attacker must still hold possible of a count."""
    if number < THRESHOLD:
        return range(THRESHOLD)
    top = mask(number)["persons"]
    return range(max(THRESHOLD, top - ROUNDING + 1), top + 1)


@given(counts)
def test_every_combination_of_possible_counts_shows_the_same(persons):
    seen = published(persons)
    for others in product(*(list(possible(n))[:: max(1, len(persons) - 1)] for n in persons)):
        assert published(list(others)) == seen


@given(counts)
def test_the_total_less_what_is_shown_leaves_nothing_of_what_is_hidden(persons):
    each, total, _counted, _masked = published(persons)
    assert total - sum(n for n in each if n is not None) == 0


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=10))
def test_two_neighbouring_cohorts_never_tell_a_group_under_eleven(larger, group):
    """The difference of two figures says 0, a multiple of five, or nothing: never the group."""
    smaller = max(0, larger - group)
    before, after = mask(larger)["persons"], mask(smaller)["persons"]
    if before is None or after is None:
        return
    difference = before - after
    assert difference % ROUNDING == 0
    candidates = {
        a - b for a in possible(larger) for b in possible(smaller) if 0 <= a - b < THRESHOLD
    }
    assert len(candidates) >= ROUNDING


def test_no_figure_under_the_threshold_whatever_is_asked():
    for number in range(THRESHOLD):
        assert mask(number, threshold=1, rounding=1) == {"persons": None, "masked": True}


def test_the_least_figure_is_the_same_for_charters_orders_and_public_tables():
    in_force = versions_in_force(NOW.date())
    for charter, article in (("producteur", "P-02"), ("citoyen", "C-09")):
        [clause] = load_charter(charter, in_force[charter]).article(article).clauses
        assert clause.values["threshold"] == THRESHOLD == LEAST
