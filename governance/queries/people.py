"""Who holds which role, where and when; who may sign; who stands in for whom. One query each."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models.absence import Absence
from governance.models.audit import AuditEvent
from governance.models.case import Participation
from governance.models.delegation import Delegation
from governance.models.establishment import Establishment
from governance.models.role import RoleGrant
from governance.queries.written_once import written_once
from governance.roles import STAFF_ROLES


def roles_of(person, at: datetime) -> list[tuple[str, str | None]]:
    """The roles of ``person`` at ``at``: pairs (role's code, establishment's slug or None).

    None is the whole network. Empty for nobody and for an account that was closed.
    """
    if person is None or not person.is_active:
        return []
    return _roles_of(person=person.pk, at=at)


@written_once
def _roles_of(*, person, at):
    return (
        RoleGrant.objects.filter(person_id=person)
        .valid(at)
        .order_by("role", "establishment__position", "establishment")
        .values_list("role", "establishment_id")
        .distinct()
    )


def has_role(person, role: str, establishment, at: datetime) -> bool:
    """Whether ``person`` holds ``role`` at ``establishment`` (an object or its slug) at ``at``.

    A network grant counts everywhere. With ``establishment=None`` only a network grant counts.
    """
    return any(
        held == role and (where is None or where == slug_of(establishment))
        for held, where in roles_of(person, at)
    )


def is_staff(person, at: datetime) -> bool:
    """Whether ``person`` holds at ``at`` a role that requires a second factor."""
    return any(role in STAFF_ROLES for role, _where in roles_of(person, at))


def people_with_role(role: str | Iterable[str], establishment, at: datetime) -> QuerySet:
    """The active persons who hold ``role`` (or one of them) at ``establishment`` at ``at``.

    Includes network grants; with ``establishment=None``, only those. Sorted by name.
    """
    codes = [role] if isinstance(role, str) else list(role)
    grants = RoleGrant.objects.filter(person=OuterRef("pk"), role__in=codes).valid(at)
    grants = grants.covering(slug_of(establishment))
    return (
        get_user_model()
        .objects.filter(Exists(grants), is_active=True)
        .order_by("last_name", "first_name", "pk")
    )


def grants_at(establishment, at: datetime) -> QuerySet:
    """The grants of ``establishment`` that run or will run, by person then role."""
    return (
        RoleGrant.objects.filter(establishment=slug_of(establishment), revoked_at__isnull=True)
        .filter(Q(until__isnull=True) | Q(until__gt=at))
        .select_related("person", "granted_by")
        .order_by("person__last_name", "person__first_name", "person", "role", "since")
    )


def delegations_at(establishment, at: datetime) -> QuerySet:
    """The delegations of ``establishment`` that run or will run, the soonest to end first."""
    return (
        Delegation.objects.filter(
            establishment=slug_of(establishment), revoked_at__isnull=True, until__gt=at
        )
        .select_related("person")
        .order_by("until", "person__last_name", "pk")
    )


def valid_delegation(person, establishment, step: str, at: datetime) -> Delegation | None:
    """The delegation under which ``person`` may sign ``step`` for ``establishment`` at ``at``.

    The one that lasts longest when several cover it; None when none does.
    """
    return (
        Delegation.objects.filter(person=person, establishment=slug_of(establishment))
        .valid(at)
        .for_step(step)
        .order_by("-until", "-pk")
        .first()
    )


def stand_in_of(person, on: date):
    """Who stands in for ``person`` on the day ``on``: a person, or None when they are there.

    Follows one step only: a stand-in who is away too is not replaced, but escalated.
    """
    absence = Absence.objects.on(on).filter(person=person).select_related("stand_in").first()
    return absence.stand_in if absence else None


def stands_in_for(person, on: date) -> list:
    """The persons for whom ``person`` stands in on the day ``on``."""
    absences = Absence.objects.on(on).filter(stand_in=person).select_related("person")
    return [absence.person for absence in absences.order_by("person__last_name", "pk")]


def teams_of(person, at: datetime) -> QuerySet:
    """The cases whose team ``person`` is in (their primary keys)."""
    mine = Participation.objects.valid(at).filter(person=person, part__in=Participation.TEAM)
    return mine.values("case")


def own_establishments(person, at: datetime) -> QuerySet[Establishment]:
    """The establishments where ``person`` holds a staff role (all, for a network role)."""
    grants = RoleGrant.objects.filter(person=person, role__in=STAFF_ROLES).valid(at)
    return Establishment.objects.active().filter(
        Exists(grants.filter(Q(establishment=OuterRef("pk")) | Q(establishment__isnull=True)))
    )


def audit_of(establishment) -> QuerySet[AuditEvent]:
    """What was done to rights at ``establishment``, newest first."""
    events = AuditEvent.objects.filter(establishment=slug_of(establishment))
    return events.select_related("by").order_by("-at", "-pk")


def slug_of(establishment) -> str | None:
    """The slug of an establishment given as an object, a slug or None."""
    return establishment.pk if isinstance(establishment, Establishment) else establishment
