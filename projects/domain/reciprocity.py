"""What a team offers back to the establishments: enriched variables, code lists, algorithms."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models import Record
from projects.domain import records
from projects.domain.results import CHANGED_IN
from projects.models import Request

OFFERED, WITHHELD = "offered", "withheld"
KINDS = ("variables", "code_lists", "algorithms")
"""What may be offered: charter of users, U-14."""


@transaction.atomic
def say(request: Request, code: str, kinds: list[str], text: str, *, by, at: datetime) -> Record:
    """Say what the team offers back, some of `KINDS` and where they are (`OFFERED`), or why it
    offers nothing (`WITHHELD`), in place of what was said before. Raises ValidationError, field by
    field, and once the request is closed."""
    if request.case.state not in CHANGED_IN:
        raise ValidationError(
            _("Cela se dit de l'ouverture de l'accès à la clôture de la demande.")
        )
    errors = {}
    if code not in (OFFERED, WITHHELD):
        errors["code"] = _("Choisissez une réponse de la liste.")
    if code == OFFERED and not (kinds and set(kinds) <= set(KINDS)):
        errors["kinds"] = _("Cochez ce que vous offrez.")
    if not text.strip():
        errors["text"] = _("Dites où le trouver, ou pourquoi ce n'est pas possible.")
    if errors:
        raise ValidationError(errors)
    data = {"code": code}
    if code == OFFERED:
        data["kinds"] = [kind for kind in KINDS if kind in kinds]
    return records.record(request.case, "reciprocity", by=by, at=at, data=data, text=text.strip())
