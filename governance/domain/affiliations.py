"""The services where a person works: declared by them, and by nobody else."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models.affiliation import Affiliation
from governance.models.establishment import Establishment

MOST = 10
"""Services of one person at a time."""


@transaction.atomic
def declare_service(
    *, person, establishment: Establishment, service: str, at: datetime
) -> Affiliation:
    """Say that ``person`` works in ``service`` of ``establishment``. Said twice, nothing changes.

    Raises ValidationError, by field, for a service without a letter, or too many.
    """
    service = " ".join(service.split())[:120]
    if not any(char.isalpha() for char in service):
        raise ValidationError({"service": _("Écrivez le nom du service.")})
    current = Affiliation.objects.filter(person=person, until__isnull=True)
    same = current.filter(establishment=establishment, service__iexact=service).first()
    if same is None and current.count() >= MOST:
        raise ValidationError(_("Au plus %(n)d services : retirez-en un.") % {"n": MOST})
    return same or Affiliation.objects.create(
        person=person, establishment=establishment, service=service, since=at
    )


@transaction.atomic
def leave_service(*, affiliation: Affiliation, at: datetime) -> None:
    """Say that the person no longer works there; that they did is kept."""
    Affiliation.objects.filter(pk=affiliation.pk, until__isnull=True).update(until=at)
