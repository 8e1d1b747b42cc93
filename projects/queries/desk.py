"""A person of the CDC at work: where they hold which role, and which cases are theirs to look at.

What waits for them is a query of rows (case, track, what, role, since), put together in
`projects.queries.work`; where it is a closed access, the number is its non-conformity's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import BigIntegerField, CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from governance.models import Case, Participation
from governance.models.case import Conflict
from governance.process.table import REQUEST
from governance.queries.people import roles_of
from governance.queries.written_once import AnyOf, Given, written_once
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


DESK = Given("desk")
"""What is one person's in a query of what waits, given when it is asked: see `Desk.values`."""


@dataclass(frozen=True)
class DeskKind:
    """What of a desk changes how a query of what waits for it is written; what is the person's own
    is given when the query is asked. `roles` are those held, and whether for the network; `own_in`,
    the states in which some requests are the person's to look at in their personal role."""

    roles: frozenset[tuple[str, bool]]
    at_a_site: bool
    everybody: bool
    among: bool
    barred: bool
    own_in: frozenset[str]

    person, at, site = DESK["person"], DESK["at"], DESK["site"]

    def holds(self, role: str) -> bool:
        """Whether the person holds `role`, the page's filters applied."""
        return self.everywhere(role) or (role, False) in self.roles

    def everywhere(self, role: str) -> bool:
        return (role, True) in self.roles

    def places(self, role: str) -> AnyOf:
        """Any of the establishments where the person holds `role`."""
        return AnyOf(DESK["places"][role])

    def at_place(self, role: str, field: str) -> Q:
        """What stands, by the establishment under `field`, where the person holds `role` and looks
        at."""
        held = Q() if self.everywhere(role) else Q(**{field: self.places(role)})
        return held & Q(**{field: self.site}) if self.at_a_site else held

    def others(self, case: str) -> Q:
        """Of the cases looked at, those of which the person was never of the team, nor has an
        interest in."""
        looked_at = Q(**{case: AnyOf(DESK["among"])}) if self.among else Q()
        return looked_at & self.unbarred(case)

    def unbarred(self, case: str) -> Q:
        """The same of the case itself: an amendment has a team and interests of its own."""
        return ~Q(**{case: AnyOf(DESK["barred"])}) if self.barred else Q()

    def theirs(self, role: str, case: str, states: Iterable[str] = WORKED_ON) -> Q | None:
        """For a personal role, what the person holds or nobody does, of the requests that stand in
        `states`; None where there is none, and nothing to ask."""
        if role != PERSONAL or self.everybody:
            return Q()
        return Q(**{case: AnyOf(DESK["own"])}) if self.own_in & set(states) else None


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
    among: list[UUID] | None = None
    """The cases looked at; all of them when None."""

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

    @cached_property
    def kind(self) -> DeskKind:
        return DeskKind(
            frozenset((role, None in where) for role, where in self.values["places"].items()),
            at_a_site=bool(self.site),
            everybody=self.everybody,
            among=self.among is not None,
            barred=bool(self.barred),
            own_in=frozenset(state for _pk, state in self.own),
        )

    @cached_property
    def values(self) -> dict:
        """What a query of what waits for this desk is asked with."""
        return {
            "person": self.person.pk,
            "at": self.at,
            "site": self.site,
            "places": {role: where for role in self.staff_roles if (where := self.places(role))},
            "among": self.among,
            "barred": list(self.barred),
            "own": [pk for pk, _state in self.own],
        }

    @cached_property
    def held(self) -> list[UUID]:
        """The requests that the person holds on the CDC's side. One query, kept: what is asked of
        a few known cases costs far less than what is asked of a query of them."""
        return _held(person=self.person.pk)

    @cached_property
    def own(self) -> list[tuple[UUID, str]]:
        """The requests that the person holds, or nobody does where they hold the personal role,
        each with its state. One query beside `held`, which no kind of work then asks again."""
        places = [] if self.everybody else self.places(PERSONAL)
        if not places:
            return []
        how = (None in places, bool(self.site))
        return _own(*how, places=places, site=self.site, held=self.held)


@written_once
def _held(*, person) -> QuerySet:
    return held_by(person).values_list("request_id", flat=True)


@written_once
def _own(everywhere: bool, at_a_site: bool, *, places, site, held) -> QuerySet:
    return Case.objects.filter(
        Q() if everywhere else Q(lead=AnyOf(places)),
        Q(lead=site) if at_a_site else Q(),
        Q(pk=AnyOf(held)) | Q(followed=False),
        process="request",
        number__isnull=False,
        state__in=WORKED_ON,
    ).values_list("pk", "state")


def held_by(person) -> QuerySet:
    """The requests that the person holds on the CDC's side."""
    return Handler.objects.filter(person=person, until__isnull=True).values("request_id")


@written_once
def holders(*, requests) -> QuerySet[Handler]:
    """Who holds each of `requests` on the CDC's side, those that somebody holds."""
    held = Handler.objects.filter(request=AnyOf(requests), until__isnull=True)
    named = (f"person__{name}" for name in PERSON)
    return held.select_related("person").only("request", *named)


def desk_of(person, at: datetime, *, grants=None) -> Desk:
    """The desk of `person`, whose roles are `grants` when read already. At most two queries."""
    found = roles_of(person, at) if grants is None else grants
    held = frozenset((role, where) for role, where in found if role in STAFF_ROLES)
    return Desk(person, at, held, barred=tuple(case for (case,) in _barred(person=person.pk)))


@written_once
def _barred(*, person) -> QuerySet:
    """The cases of whose team the person is or was, or in which they have an interest."""
    teams = Participation.objects.filter(person=person, part__in=Participation.TEAM)
    return teams.values_list("case").union(
        Conflict.objects.filter(person=person).values_list("case")
    )


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
