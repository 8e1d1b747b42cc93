"""Days as people write them, and the instants they stand for."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from governance.paris import end_of, last_day_of, last_second_of, start_of

DAYS = st.dates(date(1, 1, 2), date.max)


def test_a_day_lasts_from_midnight_to_midnight_in_paris_whatever_the_season():
    assert start_of(date(2026, 7, 14)) == datetime(2026, 7, 13, 22, tzinfo=UTC)
    assert end_of(date(2026, 1, 14)) == datetime(2026, 1, 14, 23, tzinfo=UTC)
    assert end_of(date(2026, 3, 29)) - start_of(date(2026, 3, 29)) == timedelta(days=1)
    lasted = end_of(date(2026, 3, 29)).astimezone(UTC) - start_of(date(2026, 3, 29)).astimezone(UTC)
    assert lasted == timedelta(hours=23)


@given(DAYS)
@example(date.max)
def test_the_last_day_before_the_end_of_a_day_is_that_day(day):
    assert last_day_of(end_of(day)) == day
    assert last_day_of(last_second_of(day) + timedelta(microseconds=1)) == day


@given(DAYS)
@example(date.max)
def test_a_day_begins_before_it_ends(day):
    assert start_of(day) < last_second_of(day) < end_of(day)
