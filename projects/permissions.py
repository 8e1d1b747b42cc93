"""Who sees and writes what of a request.

Staff by role and site, the team by its participation rows, invited experts and assigned reviewers
by theirs. Lists use `visible_to`; guardian's per-object rows, written by the same domain functions,
answer for a single object. What may not be seen does not exist: views raise 404.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.charters.facts import today
from governance.models import Delegation, Item, Participation, RoleGrant
from governance.models.case import Track
from governance.process.standing import JUDGING, awaiting_the_pool
from governance.queries.written_once import AnyOf
from projects.models import Request

REVIEWING = (
    "case_officer",
    "methodologist",
    "regulatory_officer",
    "dpo",
    "delegate",
    "network_coordinator",
    "committee_secretary",
)
"""Roles that read the deposited requests of their establishment, or of all for the network. Members
of a committee read those of its sessions (`_on_their_agenda`)."""

SITE_ROLES = ("data_engineer", "delegate", "methodologist", "dpo", "case_officer")
"""Roles that read the requests their establishment is asked to serve."""

NOTES = ("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate")
"""Roles that read and write internal notes."""


def visible_to(person, at: datetime, *, grants: Iterable | None = None) -> QuerySet[Request]:
    """The requests that `person` may see at `at`: those of their teams, and, once deposited, those
    that their roles (`grants`, when read already) or their committees review."""
    return Request.objects.filter(seen_by(person, at, grants=grants))


def seen_by(person, at: datetime, *, of: str = "case__", grants: Iterable | None = None) -> Q:
    """What `visible_to` asks of a request's case, in rows from which `of` leads to it: requests,
    or, with an empty one, the cases themselves. `grants` are the person's (role, place), when read
    already; else one query."""
    # Read first, so that the lists ask about places by name: a tenth of the time of a subquery.
    if grants is None:
        held = RoleGrant.objects.valid(at).filter(person=person)
        grants = list(held.values_list("role", "establishment"))
    sight = Sight.of(grants)
    return sight.seen(of, sight_values(person, at, grants))


@dataclass(frozen=True)
class Sight:
    """What of a person's roles changes how one asks what they may see: whether they review
    everywhere, where some place leads, where one is asked to serve, as a delegate."""

    everywhere: bool
    leads: bool
    sites: bool
    delegate: bool

    @classmethod
    def of(cls, grants: Iterable) -> "Sight":
        """The sight of who holds `grants`."""
        everywhere = any(role in REVIEWING and place is None for role, place in grants)
        return cls(everywhere, *(bool(places) for places in _places(grants).values()))

    def seen(self, of: str, values) -> Q:
        """What `seen_by` says, of what `sight_values` gives."""
        case, person, at = "case" if of else "pk", values["person"], values["at"]
        part = Exists(Participation.objects.valid(at).filter(case=OuterRef(case), person=person))
        mine = part | _on_their_agenda(person, values["day"], case)
        deposited = ~Q(**{f"{of}state": "draft"}) & Q(**{f"{of}number__isnull": False})
        if self.everywhere:
            return mine | deposited
        read = []
        if self.leads:
            read.append(Q(**{f"{of}lead": AnyOf(values["leads"])}))
        if self.sites:
            asked = Track.objects.filter(kind="site", establishment=AnyOf(values["sites"]))
            read.append(Exists(asked.filter(case=OuterRef(case))))
        if self.delegate:
            read.append(_judged_from_the_pool(values, case))
        return mine | (deposited & reduce(or_, read)) if read else Q(mine)


def sight_values(person, at: datetime, grants: Iterable) -> dict:
    """What is asked with to know what `person`, who holds `grants`, may see at `at`."""
    return {"person": person.pk, "at": at, "day": today(at)} | _places(grants)


def _places(grants: Iterable) -> dict[str, list[str]]:
    """The establishments where somebody reviews, where they serve what is asked, where they are a
    delegate."""
    opening = {"leads": REVIEWING, "sites": SITE_ROLES, "delegate_at": ("delegate",)}
    return {
        name: sorted({place for role, place in grants if place and role in roles})
        for name, roles in opening.items()
    }


def _on_their_agenda(person, day, case: str) -> Exists:
    """Whether a request's case was put on the agenda of a committee where `person` sits, or was
    given to them to report; `case` is the name of its key in the rows asked."""
    seated = Q(session__body__mandates__person=person, session__body__mandates__since__lte=day) & (
        Q(session__body__mandates__until__isnull=True) | Q(session__body__mandates__until__gte=day)
    )
    return Exists(
        Item.objects.filter(Q(rapporteur=person) | seated, case=OuterRef(case)).values("pk")
    )


def _judged_from_the_pool(values, case: str) -> Q:
    """Whether the appeal of a request, or of its amendment, has no judge at home, and the person
    may be one for the network."""
    held = Delegation.objects.valid(values["at"]).filter(person=values["person"])
    mine = held.filter(steps__overlap=list(JUDGING), establishment=AnyOf(values["delegate_at"]))
    waiting = awaiting_the_pool(values["at"])
    amended = waiting.filter(parent__isnull=False).values("parent")
    return Q(Exists(mine)) & (Q(**{f"{case}__in": waiting}) | Q(**{f"{case}__in": amended}))


def may_write(person, request: Request) -> bool:
    """Whether `person` may change the answers of `request` (its state allowing)."""
    return person.has_perm("projects.write_request", request)


def in_team(person, request: Request, at: datetime) -> bool:
    """Whether `person` is of the team of `request`."""
    return (
        Participation.objects.filter(case_id=request.pk, person=person, part__in=Participation.TEAM)
        .valid(at)
        .exists()
    )


def reads_notes(person, request: Request, at: datetime) -> bool:
    """Whether `person` is of the CDC's side of `request`: never a member of its team."""
    case = request.case
    return (
        not in_team(person, request, at)
        and RoleGrant.objects.valid(at)
        .filter(person=person, role__in=NOTES)
        .filter(
            Q(establishment__isnull=True)
            | Q(establishment=case.lead)
            | Q(establishment__in=case.tracks.filter(kind="site").values("establishment"))
        )
        .exists()
    )
