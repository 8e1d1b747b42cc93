"""Granting roles and taking them away, each audited.

Nobody grants themselves a role, nor takes away their own administration: rights over rights stay
two people's. A local administrator acts for their establishment; only a network administrator
grants for the network, or makes another administrator of it.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.domain.audit import record_right
from governance.models.role import RoleGrant
from governance.permissions import require
from governance.roles import ROLES, Permission


@transaction.atomic
def grant_role(
    *, person, role: str, establishment=None, since: datetime, until=None, by, at: datetime
) -> RoleGrant:
    """Grant ``role`` to ``person`` at ``establishment`` (None: the network) for a period.

    ``since`` is included, ``until`` excluded (None: until taken away). ``by`` None is the system:
    the seed, or the command that makes the first administrator. Raises ValidationError for an
    unknown role, a period upside down or one that overlaps a grant already there; PermissionDenied
    when ``by`` does not administer that place, or is ``person``. Audited as ``role.granted``.
    """
    if role not in ROLES:
        raise ValidationError({"role": _("Ce rôle n'existe pas.")})
    if not person.is_active:
        raise ValidationError({"person": _("Ce compte est fermé.")})
    if until is not None and until <= since:
        raise ValidationError({"until": _("La fin doit être après le début.")})
    if by is not None:
        require(by, Permission.MANAGE_PEOPLE, establishment, at=at)
        if by.pk == person.pk:
            raise PermissionDenied("self")
    # Two administrators who grant the same role at once are put in a row by the person's row.
    type(person).objects.select_for_update().get(pk=person.pk)
    if _overlapping(person, role, establishment, since, until).exists():
        raise ValidationError(
            {"role": _("Cette personne a déjà ce rôle ici pendant tout ou partie de la période.")}
        )
    grant = RoleGrant.objects.create(
        person=person,
        role=role,
        establishment=establishment,
        since=since,
        until=until,
        granted_by=by,
        granted_at=at,
    )
    _audit("role.granted", grant, by=by, at=at)
    return grant


@transaction.atomic
def revoke_role(*, grant: RoleGrant, by, at: datetime) -> RoleGrant:
    """Take the role away from ``at`` on. Already taken: nothing changes.

    Raises PermissionDenied when ``by`` (None: the system) does not administer that place, or
    would take away a role of their own. Audited as ``role.revoked``.
    """
    grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
    if by is not None:
        require(by, Permission.MANAGE_PEOPLE, grant.establishment_id, at=at)
        if by.pk == grant.person_id:
            raise PermissionDenied("self")
    if grant.revoked_at is not None:
        return grant
    grant.revoked_at, grant.revoked_by = at, by
    grant.save(update_fields=["revoked_at", "revoked_by"])
    _audit("role.revoked", grant, by=by, at=at)
    return grant


@transaction.atomic
def change_period(*, grant: RoleGrant, until: datetime | None, by, at: datetime) -> RoleGrant:
    """Set another end to a grant that still runs (None: until taken away).

    Raises ValidationError when the grant is over, or the end is not after the start and now, or
    the longer period overlaps another grant; PermissionDenied as ``revoke_role``. Audited as
    ``role.period_changed`` with both ends.
    """
    grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
    if by is not None:
        require(by, Permission.MANAGE_PEOPLE, grant.establishment_id, at=at)
        if by.pk == grant.person_id:
            raise PermissionDenied("self")
    if grant.revoked_at is not None or (grant.until and grant.until <= at):
        raise ValidationError(_("Ce rôle a déjà pris fin : attribuez-le de nouveau."))
    if until is not None and until <= max(grant.since, at):
        raise ValidationError({"until": _("La fin doit être après le début et dans l'avenir.")})
    others = _overlapping(grant.person, grant.role, grant.establishment, grant.since, until)
    if others.exclude(pk=grant.pk).exists():
        raise ValidationError(
            {"until": _("Cette personne a déjà ce rôle ici pendant tout ou partie de la période.")}
        )
    before = grant.until
    grant.until = until
    grant.save(update_fields=["until"])
    _audit("role.period_changed", grant, by=by, at=at, before=_iso(before))
    return grant


def _overlapping(person, role, establishment, since, until):
    others = RoleGrant.objects.filter(
        person=person, role=role, establishment=establishment, revoked_at__isnull=True
    ).filter(Q(until__isnull=True) | Q(until__gt=since))
    return others if until is None else others.filter(since__lt=until)


def _audit(action: str, grant: RoleGrant, *, by, at, **more) -> None:
    record_right(
        action,
        grant.person,
        by=by,
        at=at,
        establishment=grant.establishment_id,
        details={"role": grant.role, "since": _iso(grant.since), "until": _iso(grant.until)} | more,
    )


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
