"""A committee or a jury as its readers know it: its rules in words, its members, its next days."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.charters.facts import today
from governance.domain.committees import chair_decides_alone
from governance.models import Body, Mandate
from governance.models.committee import Seat
from governance.permissions import may
from governance.roles import Permission
from projects.queries.agenda import SEATS, seat_words

KINDS = {
    Body.Kind.NETWORK: gettext_lazy("Comité du réseau"),
    Body.Kind.ESTABLISHMENT: gettext_lazy("Comité d'un établissement"),
    Body.Kind.JURY: gettext_lazy("Jury d'un appel"),
}
NEXT = 5
"""Sessions to come that the page of a body names."""


@dataclass(frozen=True)
class Composition:
    """A committee as everybody may know it: its seats with how many hold each and how
    many stand in, its rules, and nobody's name."""

    body: Body
    seats: list[tuple[str, int, int]]
    required: str


def compositions(at: datetime) -> list[Composition]:
    """The committees and juries that have members today. Three queries."""
    day = today(at)
    held = Mandate.objects.filter(since__lte=day).filter(Q(until__isnull=True) | Q(until__gte=day))
    titulars = held.filter(stands_in_for__isnull=True).values_list("body", "seat")
    stand_ins = held.filter(stands_in_for__isnull=False).values_list("body", "seat")
    counted, standing_in = Counter(titulars), Counter(stand_ins)
    found = Body.objects.select_related("establishment").order_by(
        F("establishment__position").asc(nulls_first=True), "kind", "name"
    )
    return [
        Composition(
            body,
            [
                (str(SEATS[seat]), n, standing_in[body.pk, seat])
                for seat in Seat.values
                if (n := counted[body.pk, seat])
            ],
            _required(body),
        )
        for body in found
        if any(pk == body.pk for pk, _seat in counted)
    ]


def _required(body: Body) -> str:
    return ", ".join(str(SEATS[seat]) for seat in body.required_seats)


class Chosen:
    """One body for one reader: what they see of it and may do of it. Three queries, whatever its
    members."""

    def __init__(self, body: Body, person, at: datetime):
        self.body, self.at, self.day = body, at, today(at)
        place = body.establishment_id
        self.kind = KINDS[body.kind]
        self.names = may(person, Permission.MANAGE_PEOPLE, place, at=at)
        self.composes = may(person, Permission.COMPOSE_SESSIONS, place, at=at)
        self.person = person

    @cached_property
    def mandates(self) -> list[Mandate]:
        found = self.body.mandates.select_related("person", "stands_in_for__person").order_by(
            "-chair", "person__last_name", "person__first_name", "since", "pk"
        )
        return [self._shown(mandate) for mandate in found]

    def _shown(self, mandate: Mandate) -> Mandate:
        mandate.seat_words = seat_words(mandate)
        over = mandate.until is not None and mandate.until < self.day
        mandate.ends_by_hand = self.names and not over and mandate.person_id != self.person.pk
        return mandate

    @property
    def sitting(self) -> list[Mandate]:
        return [m for m in self.mandates if m.since <= self.day and self._lasts(m)]

    @property
    def titulars(self) -> list[Mandate]:
        """Who may have a stand-in: those who sit, or will, in their own seat."""
        return [m for m in self.mandates if m.stands_in_for_id is None and self._lasts(m)]

    @property
    def coming(self) -> list[Mandate]:
        return [m for m in self.mandates if m.since > self.day]

    @property
    def past(self) -> list[Mandate]:
        over = [m for m in self.mandates if not self._lasts(m)]
        return sorted(over, key=lambda m: m.until, reverse=True)

    def _lasts(self, mandate: Mandate) -> bool:
        return mandate.until is None or mandate.until >= self.day

    @property
    def empty_seats(self) -> list[str]:
        """The seats that the rules ask for and that nobody holds today."""
        held = {mandate.seat for mandate in self.sitting}
        return [str(SEATS[seat]) for seat in self.body.required_seats if seat not in held]

    @property
    def required(self) -> str:
        return _required(self.body)

    @property
    def remote(self) -> str:
        if self.body.remote_counts:
            return _("Comptent et votent")
        return _("Suivent la séance, sans compter ni voter")

    @property
    def secret(self) -> str:
        if self.body.secret_votes:
            return _("Toujours secrets")
        return _("À main levée ; secrets pour un point si le président le décide")

    @property
    def alone(self) -> bool:
        return chair_decides_alone(self.body, self.day)

    @cached_property
    def next_sessions(self) -> list:
        return list(
            self.body.sessions.filter(closed_at__isnull=True, starts_at__gte=self.at).order_by(
                "starts_at"
            )[:NEXT]
        )
