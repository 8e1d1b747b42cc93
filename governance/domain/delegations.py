"""Delegations of signature: recorded from the director's act, and taken back.

Who records a delegation is not the one who receives it: an administrator copies an act that the
director signed, and its reference is printed on every decision taken under it.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.domain.audit import record_right
from governance.models.delegation import Delegation
from governance.permissions import require
from governance.process.amendments import AMENDMENT
from governance.process.table import REQUEST
from governance.queries.people import has_role, valid_delegation
from governance.roles import Permission

DELEGABLE_STEPS: dict[str, object] = {
    s.code: s.label for process in (REQUEST, AMENDMENT) for s in process.steps if s.delegated
}
"""The kinds of decision that a director can delegate, with their labels: read from the tables."""

__all__ = ["DELEGABLE_STEPS", "record_delegation", "revoke_delegation", "valid_delegation"]


@transaction.atomic
def record_delegation(
    *, establishment, person, steps, since: datetime, until: datetime, act_reference: str, by, at
) -> Delegation:
    """Record that the director of ``establishment`` lets ``person`` sign ``steps`` for a period.

    ``since`` is included, ``until`` excluded. ``by`` None is the system (the seed). Raises
    ValidationError when a step cannot be delegated, the period is upside down, the act has no
    reference, or ``person`` does not hold the role of delegate there on the first day;
    PermissionDenied when ``by`` does not record delegations there, or is ``person``. Audited as
    ``delegation.recorded``.
    """
    errors = {}
    steps = sorted(set(steps))
    if not steps or not set(steps) <= set(DELEGABLE_STEPS):
        errors["steps"] = _("Choisissez au moins une décision parmi celles qui se délèguent.")
    if until <= since:
        errors["until"] = _("La fin doit être après le début.")
    if not act_reference.strip():
        errors["act_reference"] = _("Indiquez la référence de l'acte signé par le directeur.")
    if not has_role(person, "delegate", establishment, max(since, at)):
        errors["person"] = _("Attribuez d'abord à cette personne le rôle de délégataire.")
    if errors:
        raise ValidationError(errors)
    if by is not None:
        require(by, Permission.RECORD_DELEGATIONS, establishment, at=at)
        if by.pk == person.pk:
            raise PermissionDenied("self")
    delegation = Delegation.objects.create(
        establishment=establishment,
        person=person,
        steps=steps,
        since=since,
        until=until,
        act_reference=act_reference.strip(),
        recorded_by=by,
    )
    _audit("delegation.recorded", delegation, by=by, at=at)
    return delegation


@transaction.atomic
def revoke_delegation(*, delegation: Delegation, by, at: datetime) -> Delegation:
    """Take the delegation back from ``at`` on; decisions already taken stand.

    Already taken back: nothing changes. Raises PermissionDenied when ``by`` does not record
    delegations there. Audited as ``delegation.revoked``.
    """
    delegation = Delegation.objects.select_for_update().get(pk=delegation.pk)
    if by is not None:
        require(by, Permission.RECORD_DELEGATIONS, delegation.establishment_id, at=at)
    if delegation.revoked_at is not None:
        return delegation
    delegation.revoked_at, delegation.revoked_by = at, by
    delegation.save(update_fields=["revoked_at", "revoked_by"])
    _audit("delegation.revoked", delegation, by=by, at=at)
    return delegation


def _audit(action: str, delegation: Delegation, *, by, at: datetime) -> None:
    record_right(
        action,
        delegation.person,
        by=by,
        at=at,
        establishment=delegation.establishment_id,
        details={
            "delegation": delegation.pk,
            "steps": delegation.steps,
            "since": delegation.since.isoformat(),
            "until": delegation.until.isoformat(),
        },
    )
