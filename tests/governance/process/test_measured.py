"""Measured delays: percentiles of what ended, what is still open censored, nothing under eleven."""

import uuid
from datetime import timedelta

import pytest

from governance.models import Case, Deadline
from governance.process.measured import LEAST, UNKNOWN, measured
from governance.process.table import REQUEST
from tests.people import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def case(state="instruction", origins=()):
    return Case.objects.create(
        id=uuid.uuid4(),
        process="request",
        state="draft",
        origins=list(origins),
        opened_at=NOW,
        state_since=NOW,
    )


def clock(of, days, *, ended=True, subject="state:admissibility", start=NOW - 400 * DAY):
    return Deadline.objects.create(
        case=of,
        subject=subject,
        waits_for="case_officer",
        with_whom="us",
        kind="promised",
        started_at=start if ended else NOW - days * DAY,
        due_at=start + 15 * DAY,
        stopped_at=start + days * DAY if ended else None,
    )


def found():
    return measured(REQUEST, at=NOW).get("state:admissibility", UNKNOWN)


def test_under_eleven_ended_cases_there_is_no_figure():
    for days in range(LEAST - 1):
        clock(case(), days + 1)
    for _ in range(30):
        clock(case(), 5, ended=False)
    assert found() == UNKNOWN
    assert not found().known


def test_half_and_nine_in_ten_of_what_ended():
    for days in range(1, 21):
        clock(case(), days)
    assert (found().half, found().nine_in_ten, found().ended) == (10, 18, 20)


def test_what_waits_still_makes_the_delay_longer_than_what_ended_says():
    for days in range(1, 12):
        clock(case(), days)
    alone = found().half
    for _ in range(11):
        clock(case(), 100, ended=False)
    assert found().half > alone
    assert found().nine_in_ten is None


def test_the_segments_of_one_case_are_added():
    for _ in range(LEAST):
        one = case()
        clock(one, 4)
        clock(one, 6, start=NOW - 100 * DAY)
    assert (found().half, found().ended) == (10, LEAST)


def test_the_sites_are_one_clock():
    for slug in ("chu-rennes", "chu-brest"):
        for _ in range(6):
            clock(case(), 7, subject=f"track:site:{slug}")
    assert measured(REQUEST, at=NOW)["track:site"].half == 7
