"""Clocks: what is awaited, of whom, until when; and the reminders that leave by themselves.

A delay counts working days (French public holidays), days, months or hours from the instant that
starts it, and ends at the end of its last day in Paris. The clock of a state stops while the
holder answers a return and goes on afterwards with the time that was left; so does that of a track
whose holder is waited for first (`Track.after`).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache

import holidays
from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest

from governance.charters.facts import months_later, today
from governance.models.case import Case, Track
from governance.models.deadline import Deadline, Reminder
from governance.models.decision import Decision
from governance.models.nonconformity import NonConformity
from governance.paris import last_second_of, start_of
from governance.process.registry import Registered
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
    day = today(start)
    match delay.unit:
        case unit if unit == WORKING_DAYS:
            last = add_working_days(day, count)
        case unit if unit == DAYS:
            last = day + timedelta(days=count)
        case unit if unit == MONTHS:
            last = months_later(day, count)
    return last_second_of(last)


def before(delay: Delay, due_at: datetime, number: int) -> datetime:
    """The start of the day that is `number` of the delay's units before `due_at`."""
    if delay.unit == HOURS:
        return due_at - timedelta(hours=number)
    day = today(due_at)
    match delay.unit:
        case unit if unit == WORKING_DAYS:
            first = add_working_days(day, -number)
        case unit if unit == DAYS:
            first = day - timedelta(days=number)
        case unit if unit == MONTHS:
            first = months_later(day, -number)
    return start_of(first)


def start(case: Case, owner: Registered, at: datetime) -> None:
    """Start the clock of the state in which a case begins."""
    _start_state(case, owner, case.state, at, resumes=False)


def start_again(case: Case, owner: Registered, at: datetime) -> None:
    """Count the delay of the case's state from `at` on: something was done in it meanwhile.

    Harmless often: within a day of its start, a clock goes on as it is.
    """
    subject = f"state:{case.state}"
    running = case.deadlines.running().filter(subject=subject)
    if running.filter(started_at__gt=at - timedelta(days=1)).exists():
        return
    _stop(running, at, [subject])
    _start_state(case, owner, case.state, at, resumes=False)


def extend(deadline: Deadline, delay: Delay) -> bool:
    """Give a running clock its delay once more, from its date on; False when it already had."""
    extended = Deadline.objects.running().filter(pk=deadline.pk, extended=0)
    return bool(extended.update(due_at=due(delay, deadline.due_at), extended=1))


def due_of(case: Case, track: Track | None = None) -> datetime | None:
    """Until when the case, where it stands, or one of its tracks is awaited; None without a running
    clock."""
    subject = subject_of(track) if track else f"state:{case.state}"
    running = case.deadlines.running().filter(subject=subject)
    return running.values_list("due_at", flat=True).first()


def move(case: Case, state: str, due_at: datetime) -> None:
    """Make the running clock of a state end at `due_at`: what was granted changed."""
    case.deadlines.running().filter(subject=f"state:{state}").update(due_at=due_at)


def go_on(track: Track, owner: Registered, at: datetime) -> None:
    """Start the clock of a track whose holder did what was waited for: with the time that was left,
    when it ran already since the track stands where it is."""
    case, subject = track.case, subject_of(track)
    if case.deadlines.running().filter(subject=subject).exists():
        return
    ran = case.deadlines.filter(subject=subject, started_at__gte=track.status_since)
    _start_track(case, owner, case.state, at, track, resumes=ran.exists())


def hold(track: Track, at: datetime) -> None:
    """Stop the clock of a track whose holder is waited for again."""
    _stop(track.case.deadlines.running(), at, [subject_of(track)])


def subject_of(track: Track) -> str:
    """What the clock of a track is called."""
    return f"track:{track.kind}:{track.key}"


BLOCK = "suspended"
"""The state whose delay is that of any closed access: a delegate confirms it or lifts it."""


def start_block(closed: NonConformity, owner: Registered, at: datetime) -> None:
    """Start the clock of the delegate who judges an access that a non-conformity closed."""
    delay = owner.process.state(BLOCK).delay
    Deadline.objects.create(
        case=closed.case,
        nonconformity=closed,
        subject=block_of(closed),
        waits_for="delegate",
        with_whom=Deadline.With.US,
        kind=delay.kind,
        started_at=at,
        due_at=due(delay, at),
    )


def stop_block(closed: NonConformity, at: datetime) -> None:
    """Stop it: judged, or nothing is left to judge."""
    _stop(closed.deadlines.running(), at, [block_of(closed)])


def block_of(closed: NonConformity) -> str:
    """What the clock of a closed access is called."""
    return f"block:{closed.subject}:{closed.pk}"


def turn(case: Case, owner: Registered, decision: Decision) -> None:
    """Stop the clocks that the decision answers, and start those of where the case now stands."""
    running = list(case.deadlines.running())
    if decision.from_state != decision.to_state:
        _stop(running, decision.at, [f"state:{decision.from_state}"])
        _stop(running, decision.at, [d.subject for d in running if d.subject.startswith("track:")])
        outcome = owner.process.step(decision.step).outcome(decision.from_state, decision.outcome)
        resumes = outcome.target == ORIGIN
        _start_state(case, owner, decision.to_state, decision.at, resumes)
        _start_tracks(case, owner, decision, resumes)
    elif decision.track_id:
        track = decision.track
        _stop(running, decision.at, [subject_of(track)])
        if track.kind == "formality" and decision.track_to == "filed":
            _start_track(case, owner, case.state, decision.at, track, resumes=False)
        elif decision.step == "overturn" and decision.to_state == "suspended":
            # The suspension confirmed is to be judged again.
            _stop(running, decision.at, ["state:suspended"])
            _start_state(case, owner, "suspended", decision.at, resumes=False)
    elif decision.step == "confirm_suspension":
        _stop(running, decision.at, ["state:suspended"])


def _stop(running: Iterable[Deadline], at: datetime, subjects: list[str]) -> None:
    ids = [d.pk for d in running if d.subject in subjects]
    # History is ordered by index, never by clock: one that jumped back stops nothing before it
    # started.
    stopped_at = Greatest("started_at", Value(at, output_field=DateTimeField()))
    Deadline.objects.filter(pk__in=ids).update(stopped_at=stopped_at)


def _start_state(case: Case, owner: Registered, code: str, at: datetime, resumes: bool) -> None:
    state = owner.process.state(code)
    if state.delay is None:
        return
    subject = f"state:{code}"
    Deadline.objects.create(
        case=case,
        subject=subject,
        waits_for=state.acts_next,
        with_whom=Deadline.With.HOLDER if state.acts_next == HOLDER else Deadline.With.US,
        kind=state.delay.kind,
        started_at=at,
        due_at=owner.ends(case, code) or _due(case, subject, state.delay, at, resumes),
    )


def _due(case: Case, subject: str, delay: Delay, at: datetime, resumes: bool) -> datetime:
    """When a clock that starts at `at` ends; one that resumes has the time that was left."""
    earlier = case.deadlines.filter(subject=subject).order_by("-pk").first() if resumes else None
    if earlier is None or earlier.stopped_at is None:
        return due(delay, at)
    return at + max(earlier.due_at - earlier.stopped_at, SHORTEST_REST)


WAITING = {
    "instruction": {"site": ("asked", "methodologist")},
    "preparation": {
        "site": ("feasible", "delegate"),
        "formality": ("filed", "regulatory_officer"),
        "opinion": ("reserved", "committee_chair"),
    },
}
"""The tracks that run in a state: in which status they wait, and for whom."""


def _start_tracks(case: Case, owner: Registered, decision: Decision, resumes: bool) -> None:
    for track in case.tracks.all():
        status, _ = WAITING.get(decision.to_state, {}).get(track.kind, (None, None))
        if track.status == status and not owner.with_holder(track):
            _start_track(case, owner, decision.to_state, decision.at, track, resumes)


def _start_track(
    case: Case, owner: Registered, state: str, at: datetime, track: Track, resumes: bool
) -> None:
    delay = owner.process.track(track.kind).delay
    _, waits_for = WAITING[state][track.kind]
    subject = subject_of(track)
    Deadline.objects.create(
        case=case,
        track=track,
        subject=subject,
        waits_for=waits_for,
        with_whom=Deadline.With.US if track.kind == "opinion" else Deadline.With.BODY,
        kind=delay.kind,
        started_at=at,
        due_at=_due(case, subject, delay, at, resumes),
    )


def delay_of(deadline: Deadline, process: Process) -> Delay:
    """The delay of the table that a running clock comes from."""
    what, code, *_ = deadline.subject.split(":")
    if what == "block":
        return process.state(BLOCK).delay
    return process.state(code).delay if what == "state" else process.track(code).delay


ESCALATION = ((0, "late"), (5, "late-stand-in"), (10, "late-director"))
"""Working days after the date, and whom the reminder goes to then."""


def reminders_owed(deadline: Deadline, delay: Delay, at: datetime) -> list[str]:
    """The kinds of reminder that should have left by `at`, oldest first; the caller sends those
    that have not, so that a missed night is caught up. Of those that warn, only the last counts:
    after a silence nobody is warned twice at once."""
    warnings = [
        f"before-{number}"
        for number in sorted(delay.warn, reverse=True)
        if before(delay, deadline.due_at, number) <= at <= deadline.due_at
    ]
    if at <= deadline.due_at:
        return warnings[-1:]
    # Nobody stands in for a holder: they are told once that the date is past.
    escalation = ESCALATION[:1] if deadline.with_whom == Deadline.With.HOLDER else ESCALATION
    day = today(deadline.due_at)
    owed = [kind for number, kind in escalation if start_of(add_working_days(day, number)) <= at]
    if delay.each_day:
        late = working_days_between(day, today(at))
        owed += [f"late-{late}"] if late else []
    return owed


def working_days_between(first: date, last: date) -> int:
    """How many working days come after `first`, up to `last`."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(map(is_working_day, days))


def send_reminder(deadline: Deadline, kind: str, at: datetime) -> bool:
    """Write that a reminder leaves, once; False when it already had."""
    _, created = Reminder.objects.get_or_create(
        deadline=deadline, kind=kind, defaults={"sent_at": at}
    )
    return created
