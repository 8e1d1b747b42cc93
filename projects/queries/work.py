"""*Mon travail*: what waits for a person of the CDC, by kind of act. Filtered and counted in SQL;
the number of queries does not grow with the number of requests.

What waits for a decision is read off the table: the step that leads on from a state, or that a
track waits for, when nothing of procedure is still missing before it. The page of the step judges
the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.models import Case, Decision, Participation, RoleGrant
from governance.models.case import Track
from governance.models.deadline import Deadline
from governance.process.table import APPEALED, REQUEST
from governance.roles import ROLES
from projects.models import Handler, Qualification, Result
from projects.queries.overview import AWAITED, ONWARD, actor_words, page_address, track_name

PERSONAL = ("case_officer",)
"""Roles whose work is each person's own: what they hold, and what nobody holds yet."""

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
    & ~_track("formality", "due", "filed", "conditional", "unfavourable")
    & ~_track("convention", "due")
    & ~_track("opinion", "awaited", "reserved", "unfavourable"),
    "confirm_suspension": Exists(
        Deadline.objects.running().filter(case=OuterRef("pk"), subject="state:suspended")
    ),
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


@dataclass(frozen=True)
class Desk:
    """A person at work: their roles and where they hold them (None: the network), and what they
    narrowed the page to."""

    person: object
    at: datetime
    grants: frozenset[tuple[str, str | None]]
    role: str = ""
    site: str = ""
    everybody: bool = False
    among: object = None
    """The cases looked at, as a query; all of them when None."""

    barred: tuple = ()
    """The cases that are not theirs to judge: of their teams, or of their interests."""

    def places(self, role: str) -> list[str | None]:
        """Where the person holds `role`, the page's filters applied."""
        if self.role and role != self.role:
            return []
        return [where for held, where in self.grants if held == role]

    @property
    def staff_roles(self) -> list[str]:
        return [code for code in ROLES if any(held == code for held, _place in self.grants)]


def desk_of(person, at: datetime, **narrowed) -> Desk:
    """The desk of `person`. Two queries."""
    grants = RoleGrant.objects.filter(person=person).valid(at)
    staff = [code for code, role in ROLES.items() if role.staff]
    held = grants.filter(role__in=staff).values_list("role", "establishment_id")
    teams = Participation.objects.filter(person=person, part__in=Participation.TEAM)
    barred = teams.values_list("case_id").union(person.conflicts.values_list("case_id"))
    return Desk(person, at, frozenset(held), barred=tuple(c for (c,) in barred), **narrowed)


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


def to_decide(desk: Desk) -> QuerySet:
    """What waits for a decision of the person: (case, track, step, role, since), oldest first."""
    asked = [*_state_acts(desk), *_track_acts(desk), *_opinions_on_route(desk)]
    nothing = Case.objects.none()
    first, *others = asked or [_rows(nothing, "", "", case="pk", track=None, since="state_since")]
    found = first.union(*others, all=True) if others else first
    return found.order_by("since", "row_case")


def _at(field: str, places: list[str | None]) -> Q:
    return Q() if None in places else Q(**{f"{field}__in": places})


def _others(desk: Desk, case: str) -> Q:
    """Of the cases looked at, those of which the person was never of the team, nor has an interest
    in."""
    looked_at = Q() if desk.among is None else Q(**{f"{case}__in": desk.among})
    return looked_at & ~Q(**{f"{case}__in": desk.barred}) if desk.barred else looked_at


def _theirs(desk: Desk, role: str, case: str) -> Q:
    """For a personal role, what the person holds or nobody does."""
    if role not in PERSONAL or desk.everybody:
        return Q()
    held = Handler.objects.filter(until__isnull=True)
    return Q(**{f"{case}__in": held.filter(person=desk.person).values("request_id")}) | ~Exists(
        held.filter(request=OuterRef(case))
    )


def _state_acts(desk: Desk) -> list[QuerySet]:
    found = []
    for code, states in CASE_STEPS.items():
        for role in REQUEST.step(code).actors:
            places = desk.places(role)
            if not places:
                continue
            cases = (
                Case.objects.filter(process="request", state__in=states, number__isnull=False)
                .filter(_at("lead", places), _others(desk, "pk"), _theirs(desk, role, "pk"))
                .filter(Q(lead=desk.site) if desk.site else Q())
            )
            if code in READY:
                cases = cases.filter(READY[code])
            found.append(_rows(cases, code, role, case="pk", track=None, since="state_since"))
    return found


def _track_acts(desk: Desk) -> list[QuerySet]:
    found = []
    for (state, kind, status), code in AWAITED.items():
        found += _on_tracks(desk, code, Q(case__state=state, kind=kind, status=status))
    judged = Decision.objects.filter(by=desk.person, step__in=APPEALED).values("case_id")
    appeals = Q(kind="appeal", status="open") & ~Q(case__in=judged)
    return found + _on_tracks(desk, "uphold", appeals)


def _on_tracks(desk: Desk, code: str, waiting: Q) -> list[QuerySet]:
    found = []
    for role in REQUEST.step(code).actors:
        places = desk.places(role)
        if not places:
            continue
        place = "establishment" if REQUEST.step(code).track == "site" else "case__lead"
        tracks = Track.objects.filter(waiting, _at(place, places), _others(desk, "case"))
        tracks = tracks.filter(_theirs(desk, role, "case_id"))
        if desk.site:
            tracks = tracks.filter(**{place: desk.site})
        found.append(_rows(tracks, code, role, case="case_id", track="pk", since="status_since"))
    return found


def _opinions_on_route(desk: Desk) -> list[QuerySet]:
    """The DPO's opinion is no step, and is waited for all the same."""
    places = desk.places("dpo")
    if not places:
        return []
    given = Qualification.objects.filter(dpo_at__isnull=False, request=OuterRef("pk"))
    cases = Case.objects.filter(
        ~Exists(given), _at("lead", places), _others(desk, "pk"), state="instruction"
    ).filter(Q(lead=desk.site) if desk.site else Q())
    return [_rows(cases, "voie", "dpo", case="pk", track=None, since="state_since")]


def _rows(found: QuerySet, step: str, role: str, *, case: str, track, since: str) -> QuerySet:
    number = F(track) if track else Cast(None, BigIntegerField())
    return (
        found.order_by()
        .annotate(
            row_case=F(case),
            row_track=number,
            step=Value(step, output_field=CharField()),
            role=Value(role, output_field=CharField()),
            since=F(since),
        )
        .values_list("row_case", "row_track", "step", "role", "since")
    )


def rows_of(found: Iterable[tuple]) -> list[Row]:
    """The rows of what waits, in words. Four queries, however many."""
    found = list(found)
    cases = _cases({case for case, *_rest in found})
    tracks = Track.objects.select_related("establishment").in_bulk([t for _c, t, *_r in found if t])
    return [
        _row(cases[case], tracks.get(track), step, role, since)
        for case, track, step, role, since in found
    ]


def waiting_rows(cases: list[Case]) -> list[Row]:
    """The requests in which somebody else is waited for: who, for what."""
    found = _cases({case.pk for case in cases})
    return [_waiting(found[case.pk]) for case in cases]


def _cases(keys: set) -> dict:
    """Cases with their request, their running clocks and who holds them."""
    cases = Case.objects.select_related("request", "lead").in_bulk(keys)
    for case in cases.values():
        case.clocks, case.held_by = {}, ""
    for clock in Deadline.objects.running().filter(case__in=keys):
        cases[clock.case_id].clocks[clock.subject] = clock
    held = Handler.objects.filter(request__in=keys, until__isnull=True).select_related("person")
    for handler in held:
        cases[handler.request_id].held_by = str(handler.person)
    return cases


def _row(case: Case, track: Track | None, step: str, role: str, since: datetime) -> Row:
    state_clock = case.clocks.get(f"state:{case.state}")
    clock = case.clocks.get(f"track:{track.kind}:{track.key}") if track else None
    clock = clock or state_clock
    return Row(
        case,
        step,
        _what(step),
        actor_words(role),
        since,
        clock.due_at if clock else None,
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


def _what(step: str) -> str:
    if step == "voie":
        return _("Rendre l'avis sur la voie réglementaire")
    if step == "uphold":
        return _("Juger le recours")
    return REQUEST.step(step).label.say(get_language() or "fr")


def _href(case: Case, step: str, track: Track | None) -> str:
    if step == "voie":
        return page_address("record", case.number, step)
    if step == "agree":
        return page_address("agreement", case.number, track.key)
    if step == "deliver":
        return page_address("extractions")
    return page_address("step", case.number, step, *([track.pk] if track else []))
