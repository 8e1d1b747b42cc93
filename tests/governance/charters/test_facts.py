"""Days and months, as articles and clocks count them."""

from calendar import monthrange
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.charters.facts import months_later, today

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(DAYS, st.integers(-400, 400))
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months):
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


def test_months_beyond_the_calendar_end_with_it():
    assert months_later(date(9999, 6, 1), 12) == date.max
    assert months_later(date(1, 6, 1), -12) == date.min


@pytest.mark.parametrize(
    ("hour", "day"),
    [(21, date(2026, 7, 14)), (22, date(2026, 7, 15))],
)
def test_a_day_begins_at_midnight_in_paris(hour, day):
    assert today(datetime(2026, 7, 14, hour, 30, tzinfo=UTC)) == day
