"""A person of the CDC at work: where they hold which role, and which cases are theirs to look at.

What waits for them is a query of rows (case, track, what, role, since), put together in
`projects.queries.work`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from governance.models import Participation, RoleGrant
from governance.roles import ROLES
from projects.models import Handler

PERSONAL = ("case_officer",)
"""Roles whose work is each person's own: what they hold, and what nobody holds yet."""


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

    def theirs(self, role: str, case: str) -> Q:
        """For a personal role, what the person holds or nobody does."""
        if role not in PERSONAL or self.everybody:
            return Q()
        colleagues = Handler.objects.filter(until__isnull=True).exclude(person=self.person)
        return ~Exists(colleagues.filter(request=OuterRef(case)))


def desk_of(person, at: datetime, **narrowed) -> Desk:
    """The desk of `person`. Two queries."""
    grants = RoleGrant.objects.filter(person=person).valid(at)
    staff = [code for code, role in ROLES.items() if role.staff]
    held = grants.filter(role__in=staff).values_list("role", "establishment_id")
    teams = Participation.objects.filter(person=person, part__in=Participation.TEAM)
    barred = teams.values_list("case_id").union(person.conflicts.values_list("case_id"))
    return Desk(person, at, frozenset(held), barred=tuple(c for (c,) in barred), **narrowed)


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
