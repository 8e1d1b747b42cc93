"""Absences and who stands in: what waits for a person never waits for their return."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.domain.audit import record
from governance.models.absence import Absence
from governance.models.role import RoleGrant
from governance.queries.people import roles_of
from governance.roles import STAFF_ROLES


@transaction.atomic
def declare_absence(*, person, since: date, until: date, stand_in, by, at: datetime) -> Absence:
    """Say that ``person`` is away from ``since`` to ``until`` (both included), and who stands in.

    The person says it themselves, or a local administrator for them. Raises ValidationError when
    the period is upside down, past or overlaps another absence, when the stand-in is the same
    person, holds no staff role in common with them, or is away too; PermissionDenied for another.
    Audited as ``absence.declared``.
    """
    _require_hand(person, by, at)
    errors = {}
    if until < since:
        errors["until"] = _("La fin doit être après le début.")
    elif until < today(at):
        errors["until"] = _("Cette période est passée.")
    elif Absence.objects.filter(person=person, since__lte=until, until__gte=since).exists():
        errors["since"] = _("Une absence est déjà notée pendant cette période.")
    if stand_in.pk == person.pk:
        errors["stand_in"] = _("Choisissez une autre personne.")
    elif not _shares_a_role(person, stand_in, at):
        errors["stand_in"] = _("Cette personne n'a aucun de vos rôles : elle ne pourrait pas agir.")
    elif Absence.objects.filter(person=stand_in, since__lte=until, until__gte=since).exists():
        errors["stand_in"] = _("Cette personne est absente elle aussi pendant cette période.")
    if errors:
        raise ValidationError(errors)
    absence = Absence.objects.create(person=person, since=since, until=until, stand_in=stand_in)
    _audit("absence.declared", absence, by=by, at=at)
    return absence


@transaction.atomic
def cancel_absence(*, absence: Absence, by, at: datetime) -> None:
    """End an absence today, or erase it when it has not begun. Audited as ``absence.cancelled``."""
    _require_hand(absence.person, by, at)
    _audit("absence.cancelled", absence, by=by, at=at)
    day = today(at)
    if absence.since >= day:
        absence.delete()
    elif absence.until >= day:
        absence.until = date.fromordinal(day.toordinal() - 1)
        absence.save(update_fields=["until"])


def colleagues_of(person, at: datetime):
    """The persons who could stand in for ``person``: those with one of their staff roles."""
    own = {pair for pair in roles_of(person, at) if pair[0] in STAFF_ROLES}
    grants = RoleGrant.objects.valid(at).filter(role__in={role for role, _where in own})
    holders = {}
    for grant in grants.select_related("person").exclude(person=person):
        if grant.person.is_active and _covers(own, grant.role, grant.establishment_id):
            holders[grant.person_id] = grant.person
    return sorted(holders.values(), key=lambda p: (p.last_name, p.first_name, p.pk))


def _shares_a_role(person, other, at: datetime) -> bool:
    own = {pair for pair in roles_of(person, at) if pair[0] in STAFF_ROLES}
    return other.is_active and any(_covers(own, *pair) for pair in roles_of(other, at))


def _covers(own: set, role: str, where: str | None) -> bool:
    return any(role == held and (where is None or where == place) for held, place in own)


def _require_hand(person, by, at: datetime) -> None:
    if by is None or by.pk == person.pk:
        return
    places = {where for role, where in roles_of(by, at) if role == "administrator"}
    theirs = {where for _role, where in roles_of(person, at)}
    if None not in places and not places & theirs:
        raise PermissionDenied("absence")


def _audit(action: str, absence: Absence, *, by, at: datetime) -> None:
    record(
        action,
        by=by,
        at=at,
        subject_type="person",
        subject_ref=absence.person.ref,
        details={
            "since": absence.since.isoformat(),
            "until": absence.until.isoformat(),
            "stand_in": str(absence.stand_in.ref),
        },
    )
