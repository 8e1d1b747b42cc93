"""What an establishment declares for the quality label of a dataset, with its proof and term."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.domain.datasets import locked
from catalog.models import Dataset, LabelDeclaration
from governance.charters.facts import months_later, today
from governance.domain.audit import record

LEAST, LONGEST_MONTHS = 40, 24
"""Characters of a declaration; months that it may hold, after which it is to be made again."""


@transaction.atomic
def declare(
    dataset: Dataset, element: str, text: str, proof: str, valid_until: date, *, by, at: datetime
) -> LabelDeclaration:
    """Declare an element of the label. The same words again, on the same day, are one declaration.

    Raises PermissionDenied, ValidationError field by field.
    """
    dataset = locked(dataset, by=by, at=at)
    text = text.replace("\0", "").strip()
    if len(text) < LEAST:
        raise ValidationError(
            {
                "text": _("Écrivez %(n)d caractères au moins : ce qui est fait, par qui, quand.")
                % {"n": LEAST}
            }
        )
    day = today(at)
    if not day < valid_until <= months_later(day, LONGEST_MONTHS):
        raise ValidationError(
            {
                "valid_until": _("Choisissez un jour à venir, dans %(n)d mois au plus.")
                % {"n": LONGEST_MONTHS}
            }
        )
    made = LabelDeclaration(
        dataset=dataset,
        element=element,
        text=text,
        proof=proof.strip(),
        valid_until=valid_until,
        declared_by=by,
        declared_at=at,
    )
    made.clean_fields()
    last = dataset.declarations.filter(element=element).first()
    if last and (last.text, last.proof, last.valid_until) == (text, made.proof, valid_until):
        return last
    made.save()
    record(
        "label.declared",
        by=by,
        at=at,
        subject_type="dataset",
        subject_ref=dataset.pk,
        establishment=dataset.establishment,
        details={"element": element, "valid_until": valid_until.isoformat()},
    )
    return made
