"""A person of the CDC at work: where they hold which role, and which cases are theirs to look at.

What waits for them is a query of rows (case, track, what, role, since), put together in
`projects.queries.work`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import BigIntegerField, CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from governance.models import Case, Participation
from governance.process.table import REQUEST
from governance.queries.people import roles_of
from governance.roles import ROLES, STAFF_ROLES
from projects.models import Handler

PERSONAL = "case_officer"
"""The role whose work is each person's own: what they hold, and what nobody holds yet, where they
hold that role."""

PERSON = ("first_name", "last_name", "email")
"""What is read of a person to name them."""

WORKED_ON = [
    state.code
    for state in REQUEST.states
    if not state.ended or any(PERSONAL in step.actors for step in REQUEST.steps_from(state.code))
]
"""The states of a request in which that role may still have something to do."""


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

    def at_place(self, role: str, field: str) -> Q:
        """What stands, by the establishment under `field`, where the person holds `role` and looks
        at."""
        places = self.places(role)
        held = Q() if None in places else Q(**{f"{field}__in": places})
        return held & Q(**{field: self.site}) if self.site else held

    def others(self, case: str) -> Q:
        """Of the cases looked at, those of which the person was never of the team, nor has an
        interest in."""
        looked_at = Q() if self.among is None else Q(**{f"{case}__in": self.among})
        return looked_at & ~Q(**{f"{case}__in": self.barred}) if self.barred else looked_at

    def theirs(self, role: str, case: str, states: Iterable[str] = WORKED_ON) -> Q | None:
        """For a personal role, what the person holds or nobody does, of the requests that stand in
        `states`; None where there is none, and nothing to ask."""
        if role != PERSONAL or self.everybody:
            return Q()
        own = [pk for pk, state in self.own if state in states]
        return Q(**{f"{case}__in": own}) if own else None

    @cached_property
    def held(self) -> list[UUID]:
        """The requests that the person holds on the CDC's side. One query, kept: what is asked of
        a few known cases costs far less than what is asked of a query of them."""
        return list(held_by(self.person).values_list("request_id", flat=True))

    @cached_property
    def own(self) -> list[tuple[UUID, str]]:
        """The requests that the person holds, or nobody does where they hold the personal role,
        each with its state. One query beside `held`, which no kind of work then asks again."""
        cases = Case.objects.filter(
            self.at_place(PERSONAL, "lead"), Q(pk__in=self.held) | Q(followed=False)
        )
        at_work = cases.filter(process="request", number__isnull=False, state__in=WORKED_ON)
        return list(at_work.values_list("pk", "state"))


def held_by(person) -> QuerySet:
    """The requests that the person holds on the CDC's side."""
    return Handler.objects.filter(person=person, until__isnull=True).values("request_id")


def desk_of(person, at: datetime, *, grants=None) -> Desk:
    """The desk of `person`, whose roles are `grants` when read already. At most two queries."""
    found = roles_of(person, at) if grants is None else grants
    held = frozenset((role, where) for role, where in found if role in STAFF_ROLES)
    teams = Participation.objects.filter(person=person, part__in=Participation.TEAM)
    barred = teams.values_list("case_id").union(person.conflicts.values_list("case_id"))
    return Desk(person, at, held, barred=tuple(c for (c,) in barred))


def waiting(found: QuerySet, what: str, role: str, *, case: str, track, since: str) -> QuerySet:
    """What waits, as rows: (case, track, what, role, since)."""
    number = F(track) if track else Cast(None, BigIntegerField())
    return (
        found.order_by()
        .annotate(
            row_case=F(case),
            row_track=number,
            step=Value(what, output_field=CharField()),
            role=Value(role, output_field=CharField()),
            since=F(since),
        )
        .values_list("row_case", "row_track", "step", "role", "since")
    )
