"""Clocks: what is awaited, of whom, until when; and the reminders that leave by themselves.

A delay counts working days (French public holidays), days, months or hours from the instant that
starts it, and ends at the end of its last day in Paris. The clock of a state stops while the
holder answers a return and goes on afterwards with the time that was left.
"""

from datetime import date, datetime, time, timedelta
from functools import cache

import holidays

from governance.charters.facts import PARIS, months_later
from governance.models.case import Case
from governance.models.deadline import Deadline, Reminder
from governance.models.decision import Decision
from governance.process.shape import (
    DAYS,
    HOLDER,
    HOURS,
    MONTHS,
    ORIGIN,
    WORKING_DAYS,
    Delay,
    Process,
)

SHORTEST_REST = timedelta(days=5)
"""What a clock that resumes after a return has left, at the least."""


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday, French public holidays apart."""
    return day.weekday() < 5 and day not in _public_holidays(day.year)


def add_working_days(day: date, number: int) -> date:
    """The `number`-th working day after `day` (before it, when negative)."""
    ahead = timedelta(days=1 if number >= 0 else -1)
    for _ in range(abs(number)):
        day += ahead
        while not is_working_day(day):
            day += ahead
    return day


def due(delay: Delay, start: datetime, number: int | None = None) -> datetime:
    """When a delay that starts at the aware instant `start` ends; `number` replaces its own."""
    count = delay.number if number is None else number
    if delay.unit == HOURS:
        return start + timedelta(hours=count)
    day = start.astimezone(PARIS).date()
    match delay.unit:
        case unit if unit == WORKING_DAYS:
            last = add_working_days(day, count)
        case unit if unit == DAYS:
            last = day + timedelta(days=count)
        case unit if unit == MONTHS:
            last = months_later(day, count)
    return datetime.combine(last, time(23, 59, 59), PARIS)


def before(delay: Delay, due_at: datetime, number: int) -> datetime:
    """The start of the day that is `number` of the delay's units before `due_at`."""
    if delay.unit == HOURS:
        return due_at - timedelta(hours=number)
    day = due_at.astimezone(PARIS).date()
    match delay.unit:
        case unit if unit == WORKING_DAYS:
            first = add_working_days(day, -number)
        case unit if unit == DAYS:
            first = day - timedelta(days=number)
        case unit if unit == MONTHS:
            first = months_later(day, -number)
    return datetime.combine(first, time(0, 0), PARIS)


def turn(case: Case, process: Process, decision: Decision) -> None:
    """Stop the clocks that the decision answers, and start those of where the case now stands."""
    running = list(case.deadlines.running())
    if decision.from_state != decision.to_state:
        _stop(running, decision.at, [f"state:{decision.from_state}"])
        _stop(running, decision.at, [d.subject for d in running if d.subject.startswith("track:")])
        _start_state(case, process, decision)
        _start_tracks(case, process, decision)
    elif decision.track_id:
        kind, key = decision.track.kind, decision.track.key
        _stop(running, decision.at, [f"track:{kind}:{key}"])
        if kind == "formality" and decision.track_to == "filed":
            _start_track(case, process, decision, decision.track)
    elif decision.step == "confirm_suspension":
        _stop(running, decision.at, ["state:suspended"])


def _stop(running: list[Deadline], at: datetime, subjects: list[str]) -> None:
    ids = [d.pk for d in running if d.subject in subjects]
    Deadline.objects.filter(pk__in=ids).update(stopped_at=at)


def _start_state(case: Case, process: Process, decision: Decision) -> None:
    state = process.state(decision.to_state)
    if state.delay is None:
        return
    due_at = due(state.delay, decision.at)
    outcome = process.step(decision.step).outcome(decision.from_state, decision.outcome)
    if outcome.target == ORIGIN:
        earlier = case.deadlines.filter(subject=f"state:{state.code}").order_by("-pk").first()
        if earlier and earlier.stopped_at:
            left = max(earlier.due_at - earlier.stopped_at, SHORTEST_REST)
            due_at = decision.at + left
    Deadline.objects.create(
        case=case,
        subject=f"state:{state.code}",
        waits_for=state.acts_next,
        with_whom=Deadline.With.HOLDER if state.acts_next == HOLDER else Deadline.With.US,
        kind=state.delay.kind,
        started_at=decision.at,
        due_at=due_at,
    )


WAITING = {
    "instruction": {"site": ("asked", "methodologist")},
    "preparation": {"site": ("feasible", "delegate"), "formality": ("filed", "regulatory_officer")},
}
"""The tracks that run in a state: in which status they wait, and for whom."""


def _start_tracks(case: Case, process: Process, decision: Decision) -> None:
    for track in case.tracks.all():
        status, _ = WAITING.get(decision.to_state, {}).get(track.kind, (None, None))
        if track.status == status:
            _start_track(case, process, decision, track)


def _start_track(case: Case, process: Process, decision: Decision, track) -> None:
    delay = process.track(track.kind).delay
    _, waits_for = WAITING[decision.to_state][track.kind]
    Deadline.objects.create(
        case=case,
        track=track,
        subject=f"track:{track.kind}:{track.key}",
        waits_for=waits_for,
        with_whom=Deadline.With.BODY,
        kind=delay.kind,
        started_at=decision.at,
        due_at=due(delay, decision.at),
    )


def delay_of(deadline: Deadline, process: Process) -> Delay:
    """The delay of the table that a running clock comes from."""
    what, code, *_ = deadline.subject.split(":")
    return process.state(code).delay if what == "state" else process.track(code).delay


ESCALATION = ((0, "late"), (5, "late-stand-in"), (10, "late-director"))
"""Working days after the date, and whom the reminder goes to then."""


def reminders_owed(deadline: Deadline, delay: Delay, at: datetime) -> list[str]:
    """The kinds of reminder that should have left by `at`, oldest first; the caller sends those
    that have not, so that a missed night is caught up."""
    owed = [
        f"before-{number}"
        for number in sorted(delay.warn, reverse=True)
        if before(delay, deadline.due_at, number) <= at <= deadline.due_at
    ]
    day = deadline.due_at.astimezone(PARIS).date()
    for number, kind in ESCALATION:
        start = datetime.combine(add_working_days(day, number), time(0, 0), PARIS)
        if at > deadline.due_at and at >= start:
            owed.append(kind)
    return owed


def send_reminder(deadline: Deadline, kind: str, at: datetime) -> bool:
    """Write that a reminder leaves, once; False when it already had."""
    _, created = Reminder.objects.get_or_create(
        deadline=deadline, kind=kind, defaults={"sent_at": at}
    )
    return created
