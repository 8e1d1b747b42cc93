"""*Mon travail*: what waits for a person of the CDC, by kind of act. Filtered and counted in SQL;
the number of queries does not grow with the number of requests.

What waits for a decision is read off the table: the step that leads on from a state, or that a
track waits for, when nothing of procedure is still missing before it. The page of the step judges
the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.models import Case, Decision, Delegation, NonConformity, Record
from governance.models.case import Track
from governance.models.deadline import Deadline
from governance.process import clocks
from governance.process.registry import registered
from governance.process.standing import APPEALED, JUDGING, awaiting_the_pool, kept_apart
from governance.process.table import REQUEST
from governance.queries.written_once import AnyOf, written_once
from projects.domain import outputs
from projects.models import Result
from projects.queries.desk import PERSON, WORKED_ON, Desk, DeskKind, holders, waiting
from projects.queries.duties import DUTIES, ENDING, duties, terms_at
from projects.queries.nonconformities import judged_at
from projects.queries.overview import AWAITED, ONWARD, actor_words, page_address, track_name
from projects.queries.reservations import ANSWERED, OPEN, some_in

WAITING_STATES = ("completion", "instruction", "committee", "preparation", "authorised", "results")
"""The states in which somebody else may be waited for."""


def _track(kind: str, *statuses: str) -> Exists:
    return Exists(Track.objects.filter(case=OuterRef("pk"), kind=kind, status__in=statuses))


_RESULTS = Exists(Result.objects.filter(request=OuterRef("pk")))
READY = {
    "to_committee": ~_track("site", "asked")
    & ~_track("route", "unset")
    & _track("site", "feasible"),
    "authorise": ~_track("site", "feasible", "declined")
    & ~_track("formality", "due", "gathering", "filed", "conditional", "unfavourable")
    & ~_track("convention", "due")
    & ~_track("opinion", "awaited", "reserved", "unfavourable")
    & Exists(Record.objects.filter(case=OuterRef("pk"), kind="destination_checked")),
    "confirm_suspension": Exists(
        Deadline.objects.running().filter(case=OuterRef("pk"), subject="state:suspended")
    ),
    "lift_reservations": ~some_in(OPEN, ANSWERED, case="case"),
    "close": _RESULTS,
    "mend": _RESULTS,
}
"""What must have happened before the step that leads on is somebody's to take; the clock of a
suspension stops when a delegate confirms it."""

CASE_STEPS = {
    **{step: (state,) for state, step in ONWARD.items() if step not in ("submit", "resubmit")},
    "confirm_suspension": ("suspended",),
}
"""The steps that a state waits for, by whoever acts for the lead establishment."""

NO_TRACK = ("bloc", "sorties")
"""The duties whose number, among what waits, is that of an access closed or of a deposit."""

TOLD_OF_A_CASE = (
    *("process", "state", "state_since", "number", "request__acronym", "request__title"),
    *("parent__number", "parent__request__acronym", "parent__request__title"),
)
"""What a row says of its case, and of the request that an amendment changes."""


@dataclass(frozen=True)
class Row:
    """One thing that waits: what, as which role, since when, until when, who holds the request."""

    case: Case
    step: str
    what: str
    quality: str
    since: datetime
    until: datetime | None
    holder: str
    href: str
    track: str = ""


def to_decide(desk: Desk, most: int | None = None) -> list[tuple]:
    """What waits for a decision of the person: (case, track, step, role, since), oldest first."""
    return _to_decide.asked(desk.kind, desk=desk.values, terms=terms_at(desk.at))[:most]


@written_once
def _to_decide(kind: DeskKind, *, desk, terms) -> QuerySet:
    asked = [*_state_acts(kind), *_track_acts(kind), *duties(kind)]
    nothing = Case.objects.none()
    first, *others = asked or [waiting(nothing, "", "", case="pk", track=None, since="state_since")]
    found = first.union(*others, all=True) if others else first
    return found.order_by("since", "row_case")


def _state_acts(kind: DeskKind) -> list[QuerySet]:
    found = []
    for code, states in CASE_STEPS.items():
        for role in REQUEST.step(code).actors:
            theirs = kind.theirs(role, "pk", states) if kind.holds(role) else None
            if theirs is None:
                continue
            cases = Case.objects.filter(
                *(kind.at_place(role, "lead"), kind.others("pk"), theirs),
                process="request",
                state__in=states,
                number__isnull=False,
            )
            step = REQUEST.step(code)
            for rows in kept_apart(step, REQUEST.code) if step.apart else ():
                cases = cases.filter(~Exists(rows.filter(in_case=OuterRef("pk"), who=kind.person)))
            if code in READY:
                cases = cases.filter(READY[code])
            found.append(waiting(cases, code, role, case="pk", track=None, since="state_since"))
    return found


def _track_acts(kind: DeskKind) -> list[QuerySet]:
    found = []
    for (state, track, status), code in AWAITED.items():
        where = Q(case__state=state, kind=track, status=status)
        found += _on_tracks(kind, code, where & READY.get(code, Q()), (state,))
    judged = Decision.objects.filter(by=kind.person, step__in=APPEALED).values("case_id")
    appeals = Q(kind="appeal", status="open") & ~Q(case__in=judged)
    return found + _on_tracks(kind, "uphold", appeals) + _for_the_pool(kind, appeals)


def _for_the_pool(kind: DeskKind, appeals: Q) -> list[QuerySet]:
    """The appeals of other establishments that nobody there may judge, for whoever signs such
    answers at their own."""
    if not kind.holds("delegate") or kind.everywhere("delegate"):
        return []
    places = kind.places("delegate")
    signed = Delegation.objects.valid(kind.at).filter(person=kind.person, establishment=places)
    tracks = Track.objects.filter(
        appeals,
        Exists(signed.filter(steps__contains=list(JUDGING))),
        ~Q(case__lead=places),
        Q(case__lead=kind.site) if kind.at_a_site else Q(),
        kind.others("case"),
        case__in=awaiting_the_pool(kind.at),
    )
    named = {"case": "case_id", "track": "pk", "since": "status_since"}
    return [waiting(tracks, "uphold", "delegate", **named)]


def _on_tracks(kind: DeskKind, code: str, where: Q, states=WORKED_ON) -> list[QuerySet]:
    found = []
    for role in REQUEST.step(code).actors:
        theirs = kind.theirs(role, "case_id", states) if kind.holds(role) else None
        if theirs is None:
            continue
        place = "establishment" if REQUEST.step(code).track == "site" else "case__lead"
        tracks = Track.objects.filter(
            where, kind.at_place(role, place), kind.others("case"), theirs
        )
        found.append(waiting(tracks, code, role, case="case_id", track="pk", since="status_since"))
    return found


def rows_of(found: Iterable[tuple], cases: dict | None = None) -> list[Row]:
    """The rows of what waits, in words; `cases` are those of `cases_told`, when read already. Five
    queries, however many."""
    found = list(found)
    if cases is None:
        cases = cases_told({case for case, *_rest in found})
    keys = [track for _case, track, step, *_rest in found if track and step not in NO_TRACK]
    tracks = {track.pk: track for track in _tracks(keys=keys)} if keys else {}
    shut = [number for _case, number, step, *_rest in found if step == "bloc"]
    closed = {one.pk: one for one in _closed(keys=shut)} if shut else {}

    def row(case: Case, number: int, step: str, role: str, since: datetime) -> Row:
        if step == "bloc":
            return _block_row(case, closed[number], role, since)
        if step == "sorties":
            return _output_row(case, number, role, since)
        return _row(case, tracks.get(number), step, role, since)

    return [row(cases[case], *rest) for case, *rest in found]


def waiting_rows(waiting: list, cases: dict) -> list[Row]:
    """The requests in which somebody else is waited for: who, for what. No query."""
    return [_waiting(cases[case]) for case in waiting]


def cases_told(keys: set) -> dict:
    """Cases by key, with their request (of an amendment, the one it changes), their running clocks
    and who holds them. Three queries."""
    cases = {case.pk: case for case in _told(cases=list(keys))}
    for case in cases.values():
        case.of, case.clocks, case.held_by = case.parent or case, {}, ""
    for clock in _clocks(cases=list(keys)):
        cases[clock.case_id].clocks[clock.subject] = clock
    requests = {case.of.pk for case in cases.values()}
    held = {each.request_id: str(each.person) for each in holders(requests=list(requests))}
    for case in cases.values():
        case.held_by = held.get(case.of.pk, "")
    return cases


@written_once
def _told(*, cases) -> QuerySet[Case]:
    read = Case.objects.select_related("request", "parent__request").only(*TOLD_OF_A_CASE)
    return read.filter(pk=AnyOf(cases))


@written_once
def _clocks(*, cases) -> QuerySet[Deadline]:
    running = Deadline.objects.running().only("case", "subject", "due_at", "waits_for")
    return running.filter(case=AnyOf(cases))


@written_once
def _tracks(*, keys) -> QuerySet[Track]:
    read = Track.objects.select_related("establishment").filter(pk=AnyOf(keys))
    return read.only("case", "kind", "key", "establishment__short_name")


@written_once
def _closed(*, keys) -> QuerySet[NonConformity]:
    read = NonConformity.objects.select_related("case", "establishment", "member").only(
        *("subject", "case__number", "establishment__short_name"),
        *(f"member__{name}" for name in PERSON),
    )
    return read.filter(pk=AnyOf(keys))


def _block_row(case: Case, closed: NonConformity, role: str, since: datetime) -> Row:
    """An access closed, which a delegate judges."""
    clock = case.clocks.get(clocks.block_of(closed))
    return Row(
        case.of,
        "bloc",
        _what(case.process, "bloc"),
        actor_words(role),
        since,
        clock.due_at if clock else None,
        case.held_by,
        judged_at(closed),
        str(closed.member or closed.establishment.short_name),
    )


def _output_row(case: Case, number: int, role: str, since: datetime) -> Row:
    """A deposit of results, which a checker reads."""
    return Row(
        case.of,
        "sorties",
        _what(case.process, "sorties"),
        actor_words(role),
        since,
        clocks.due(outputs.delay(), since),
        case.held_by,
        page_address("output", case.of.number, number),
        _("Dépôt n° %(n)s") % {"n": number},
    )


def _row(case: Case, track: Track | None, step: str, role: str, since: datetime) -> Row:
    clock = case.clocks.get(f"track:{track.kind}:{track.key}") if track else None
    if clock is None and step not in ENDING:
        clock = case.clocks.get(f"state:{case.state}")
    until = clock.due_at if clock else None
    return Row(
        case.of,
        step,
        _what(case.process, step),
        actor_words(role),
        since,
        until,
        case.held_by,
        _href(case, step, track),
        track_name(track) if track and track.key else "",
    )


def _waiting(case: Case) -> Row:
    clocks = sorted(case.clocks.values(), key=lambda clock: clock.due_at)
    ours = [c for c in clocks if c.subject != f"state:{case.state}"] or clocks
    clock = ours[0] if ours else None
    state = REQUEST.state(case.state)
    return Row(
        case,
        "",
        state.label.say(get_language() or "fr"),
        actor_words(clock.waits_for if clock else state.acts_next),
        case.state_since,
        clock.due_at if clock else None,
        case.held_by,
        page_address("request", case.number),
    )


def _what(process: str, step: str) -> str:
    if step in DUTIES:
        return str(DUTIES[step])
    if step == "uphold":
        return _("Juger le recours")
    return registered(process).process.step(step).label.say(get_language() or "fr")


def _href(case: Case, step: str, track: Track | None) -> str:
    number = case.of.number
    if case.parent_id:
        return page_address("amendment", number, case.pk)
    if step in ("espace", "copies"):
        return page_address("data", number)
    if step == "destruction":
        return page_address(step, number, track.pk)
    if step == "reserves":
        return page_address("reservations", number)
    if step == "again":
        return page_address("extraction_launch", track.pk)
    if step in DUTIES:
        return page_address("record", number, step)
    if step == "agree":
        return page_address("agreement", number, track.key)
    if step == "deliver":
        return page_address("extractions")
    return page_address("step", number, step, *([track.pk] if track else []))
