"""The organisations that answer for the processing: controller, joint controllers, processors,
sponsor. The controller is the organisation that the public record names."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models import Organisation
from projects.domain.drafts import lock, touch
from projects.models import LegalPerson, Request

PUBLISHED = (LegalPerson.Part.CONTROLLER, LegalPerson.Part.JOINT_CONTROLLER)
"""The parts whose organisation is the requester, first come first named."""


@transaction.atomic
def name(request: Request, organisation: Organisation, part: str, *, by, at: datetime):
    """Name an organisation in a part; harmless when it already is.

    Raises NotEditable, or ValidationError for a part that does not exist or a second controller.
    """
    row = lock(request, "team")
    if part not in LegalPerson.Part.values:
        raise ValidationError({"part": _("Choisissez la part que prend cet organisme.")})
    here = request.legal_persons.exclude(organisation=organisation)
    if part == LegalPerson.Part.CONTROLLER and here.filter(part=part).exists():
        raise ValidationError(
            {"part": _("Un responsable est déjà nommé. À deux, ils sont responsables conjoints.")}
        )
    person, _created = LegalPerson.objects.get_or_create(
        request=request, organisation=organisation, part=part
    )
    _publish(request)
    touch(request, row, by=by, at=at)
    return person


@transaction.atomic
def name_new(request: Request, part: str, *, by, at: datetime, **described) -> LegalPerson:
    """Name an organisation that the list does not hold yet. The same name in the same country is
    the one already there. Raises NotEditable, ValidationError."""
    lock(request, "team")
    known = Organisation.objects.filter(
        name__iexact=described["name"].strip(), country=described["country"]
    ).first()
    if known is None:
        known = Organisation(**described | {"name": described["name"].strip()})
        known.full_clean()
        known.save()
    return name(request, known, part, by=by, at=at)


@transaction.atomic
def remove(person: LegalPerson, *, by, at: datetime) -> None:
    """Name an organisation no more in its part. Raises NotEditable."""
    request = person.request
    row = lock(request, "team")
    person.delete()
    _publish(request)
    touch(request, row, by=by, at=at)


def _publish(request: Request) -> None:
    order = {part: rank for rank, part in enumerate(PUBLISHED)}
    named = [lp for lp in request.legal_persons.all() if lp.part in order]
    first = min(named, key=lambda lp: (order[lp.part], lp.pk), default=None)
    request.organisation = first.organisation if first else None
