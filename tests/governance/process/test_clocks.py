"""Delays counted, and the reminders owed at each instant."""

from datetime import UTC, date, datetime, timedelta

import pytest

from governance.models.deadline import Deadline
from governance.process.clocks import (
    add_working_days,
    before,
    due,
    is_working_day,
    reminders_owed,
    working_days_between,
)
from governance.process.shape import DAYS, HOURS, MONTHS, WORKING_DAYS, Delay
from governance.process.table import REQUEST, SITE_ANSWER_DELAY

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("delay", "start", "end"),
    [
        (Delay(5, WORKING_DAYS), MONDAY, "2026-03-09T23:59:59+01:00"),
        # Easter Monday and the first of May are not worked.
        (Delay(1, WORKING_DAYS), datetime(2026, 4, 3, 9, tzinfo=UTC), "2026-04-07T23:59:59+02:00"),
        (Delay(1, WORKING_DAYS), datetime(2026, 4, 30, 9, tzinfo=UTC), "2026-05-04T23:59:59+02:00"),
        (Delay(45, DAYS), MONDAY, "2026-04-16T23:59:59+02:00"),
        (Delay(2, MONTHS), datetime(2026, 12, 31, 9, tzinfo=UTC), "2027-02-28T23:59:59+01:00"),
        # In Paris it is already the next day.
        (Delay(1, DAYS), datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "2026-03-03T23:59:59+01:00"),
        (Delay(72, HOURS), MONDAY, "2026-03-05T09:00:00+00:00"),
    ],
)
def test_a_delay_ends_at_the_end_of_its_last_day_in_paris(delay, start, end):
    assert due(delay, start).isoformat() == end


def test_working_days_leave_out_week_ends_and_french_public_holidays():
    assert not is_working_day(date(2026, 7, 14))
    assert not is_working_day(date(2026, 3, 7))
    assert add_working_days(date(2026, 3, 6), 1) == date(2026, 3, 9)
    assert add_working_days(date(2026, 3, 9), -1) == date(2026, 3, 6)
    assert working_days_between(date(2026, 3, 6), date(2026, 3, 10)) == 2
    assert working_days_between(date(2026, 3, 10), date(2026, 3, 6)) == 0


def clock(due_at, with_whom=Deadline.With.BODY) -> Deadline:
    return Deadline(subject="track:site:x", with_whom=with_whom, started_at=MONDAY, due_at=due_at)


def owed(days_after: float, delay=SITE_ANSWER_DELAY, **said) -> list[str]:
    end = due(delay, MONDAY)
    return reminders_owed(clock(end, **said), delay, end + timedelta(days=days_after))


def test_a_body_is_reminded_before_its_date_after_it_then_its_stand_in_then_the_director():
    assert owed(-30) == []
    assert owed(-13) == ["before-10"]
    assert owed(-6) == ["before-5"]
    assert owed(-0.1) == ["before-0"]
    assert owed(0.1) == ["late"]
    assert owed(8) == ["late", "late-stand-in"]
    assert owed(15) == ["late", "late-stand-in", "late-director"]


def test_nobody_stands_in_for_a_holder():
    assert owed(15, with_whom=Deadline.With.HOLDER) == ["late"]


def test_past_its_two_days_a_suspension_is_escalated_each_working_day():
    delay = REQUEST.state("suspended").delay
    end = before(delay, due(delay, MONDAY), 0)
    assert end.date() == date(2026, 3, 4)
    assert owed(0.5, delay) == ["late", "late-1"]
    assert owed(1.5, delay) == ["late", "late-2"]
    # A week end passes.
    assert owed(3.5, delay) == ["late", "late-2"]
    assert owed(4.5, delay) == ["late", "late-3"]


def test_every_state_that_waits_for_somebody_warns_before_its_end():
    for state in REQUEST.states:
        if not state.ended:
            assert state.delay.warn, state.code


def test_a_track_that_has_a_delay_says_in_which_statuses_it_runs():
    for track in REQUEST.tracks:
        assert bool(track.delay) == bool(track.timed), track.kind
        assert set(track.timed) <= set(track.statuses) - set(track.ends)
