"""Who sees and writes what of a request.

Staff by role and site, the team by its participation rows, invited experts and assigned reviewers
by theirs. Lists use `visible_to`; guardian's per-object rows, written by the same domain functions,
answer for a single object. What may not be seen does not exist: views raise 404.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.charters.facts import today
from governance.models import Delegation, Item, Participation, RoleGrant
from governance.models.case import Track
from governance.process.standing import JUDGING, awaiting_the_pool
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
of a committee read those of its sessions (`on_their_agenda`)."""

SITE_ROLES = ("data_engineer", "delegate", "methodologist", "dpo", "case_officer")
"""Roles that read the requests their establishment is asked to serve."""

NOTES = ("case_officer", "methodologist", "regulatory_officer", "dpo", "delegate")
"""Roles that read and write internal notes."""


def on_their_agenda(person, at: datetime, case: str = "case") -> Exists:
    """Whether a request's case was put on the agenda of a committee where `person` sits, or was
    given to them to report; `case` is the name of its key in the rows asked."""
    day = today(at)
    seated = Q(session__body__mandates__person=person, session__body__mandates__since__lte=day) & (
        Q(session__body__mandates__until__isnull=True) | Q(session__body__mandates__until__gte=day)
    )
    return Exists(
        Item.objects.filter(Q(rapporteur=person) | seated, case=OuterRef(case)).values("pk")
    )


def visible_to(person, at: datetime, *, grants: Iterable | None = None) -> QuerySet[Request]:
    """The requests that `person` may see at `at`: those of their teams, and, once deposited, those
    that their roles (`grants`, when read already) or their committees review."""
    return Request.objects.filter(seen_by(person, at, grants=grants))


def seen_by(person, at: datetime, *, of: str = "case__", grants: Iterable | None = None) -> Q:
    """What `visible_to` asks of a request's case, in rows from which `of` leads to it: requests,
    or, with an empty one, the cases themselves. `grants` are the person's (role, place), when read
    already; else one query."""
    case = "case" if of else "pk"
    part = Exists(Participation.objects.valid(at).filter(case=OuterRef(case), person=person))
    mine = part | on_their_agenda(person, at, case)
    # Read first, so that the lists ask about places by name: a tenth of the time of a subquery.
    if grants is None:
        held = RoleGrant.objects.valid(at).filter(person=person)
        grants = held.values_list("role", "establishment")
    grants = {(role, place) for role, place in grants if role in (*REVIEWING, *SITE_ROLES)}
    deposited = ~Q(**{f"{of}state": "draft"}) & Q(**{f"{of}number__isnull": False})
    if any(role in REVIEWING and place is None for role, place in grants):
        return mine | deposited
    if not grants:
        return Q(mine)
    leads = {place for role, place in grants if role in REVIEWING}
    sites = {place for role, place in grants if role in SITE_ROLES and place}
    asked = Track.objects.filter(case=OuterRef(case), kind="site", establishment__in=sites)
    read = Q(**{f"{of}lead__in": leads}) | Exists(asked)
    delegate_at = {place for role, place in grants if role == "delegate"}
    if delegate_at:
        read |= _judged_from_the_pool(person, delegate_at, at, case)
    return mine | (deposited & read)


def led_by(grants: Iterable) -> Q:
    """Of deposited cases, those that `grants` let see by the establishment that leads them; nothing
    asked (an empty condition) when there is no such role. Part of what `seen_by` lets see."""
    leads = {place for role, place in grants if role in REVIEWING and place}
    return ~Q(state="draft") & Q(number__isnull=False, lead__in=leads) if leads else Q()


def _judged_from_the_pool(person, delegate_at: set[str], at: datetime, case: str) -> Q:
    """Whether the appeal of a request, or of its amendment, has no judge at home, and `person` may
    be one for the network."""
    held = Delegation.objects.valid(at).filter(person=person, steps__overlap=list(JUDGING))
    mine = held.filter(establishment__in=delegate_at)
    waiting = awaiting_the_pool(at)
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
