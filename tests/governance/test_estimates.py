"""Curves, percentiles and shares, against what is known of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.estimates import HALF, NINE_IN_TEN, curve, quantile, share, thinned

CASES = st.dictionaries(
    st.integers(0, 400), st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=25
)


def test_a_textbook_curve_and_its_interval():
    """Remission of leukaemia under 6-MP (Freireich, 1963), with Greenwood's log-log bounds."""
    ends = {6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}
    open_ = {6: 1, 9: 1, 10: 1, 11: 1, 17: 1, 19: 1, 20: 1, 25: 1, 32: 2, 34: 1, 35: 1}
    days = ends.keys() | open_.keys()
    points = {p.days: p for p in curve({d: (ends.get(d, 0), open_.get(d, 0)) for d in days})}
    assert points[6].waiting == pytest.approx(0.8571, abs=1e-4)
    assert points[10].waiting == pytest.approx(0.7529, abs=1e-4)
    assert points[23].waiting == pytest.approx(0.4482, abs=1e-4)
    assert (points[6].low, points[6].high) == pytest.approx((0.6197, 0.9516), abs=1e-4)
    assert (points[23].low, points[23].high) == pytest.approx((0.1881, 0.6801), abs=1e-4)
    assert quantile(tuple(points.values()), HALF).days == 23
    assert quantile(tuple(points.values()), NINE_IN_TEN).days is None


def test_a_share_has_wilsons_interval():
    found = share(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert (share(0, 10).low, share(10, 10).high) == pytest.approx((0, 1))
    assert share(0, 0) is None


@given(CASES)
def test_a_curve_falls_and_stays_in_its_interval(by_days):
    points = curve(by_days)
    for before, after in zip(points, points[1:], strict=False):
        assert before.days < after.days and before.waiting >= after.waiting
    for point in points:
        assert -1e-9 <= point.low <= point.waiting + 1e-9 <= point.high + 2e-9 <= 1 + 3e-9
    assert sum(ended for ended, _still in by_days.values()) == (points[-1].ended if points else 0)


@given(CASES)
def test_without_anything_open_the_curve_is_the_plain_share(by_days):
    ends = {days: (ended, 0) for days, (ended, _still) in by_days.items()}
    whole = sum(ended for ended, _still in ends.values())
    for point in curve(ends):
        assert point.waiting == pytest.approx(1 - point.ended / whole)


@given(CASES, st.integers(1, 50))
def test_what_waits_still_never_makes_a_delay_look_shorter(by_days, more):
    longer = dict(by_days)
    ended, still = longer.get(401, (0, 0))
    longer[401] = (ended, still + more)
    for share_ in (HALF, NINE_IN_TEN):
        before, after = (quantile(curve(each), share_).days for each in (by_days, longer))
        assert after is None or (before is not None and after >= before)


@given(CASES)
def test_a_drawn_step_stands_for_eleven_ends_at_least(by_days):
    points = curve(by_days)
    kept = thinned(points, 11)
    ends = [0, *(p.ended for p in kept)]
    assert all(b - a >= 11 for a, b in zip(ends, ends[1:], strict=False))
    assert not kept or kept[-1] == points[-1]


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_is_in_its_interval(part, more):
    found = share(part, part + more)
    assert 0 <= found.low <= found.value + 1e-12 and found.value <= found.high + 1e-12 <= 1 + 1e-9
