"""The variables that a draft asks of the catalogue, one at a time: added, given a reason, dropped.

Reasons are saved as they are typed, like the answers of a section: only a true overlap is asked
back. `projects.domain.choices` replaces the whole choice at once.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Variable
from projects.domain.choices import OBJECTIVES, refuse_free_text
from projects.domain.drafts import Saved, lock, touch
from projects.models import AskedVariable, Request

MOST = 400
"""Variables that one request may ask: more is a warehouse, not a question."""
REASON_LENGTH = 500


@transaction.atomic
def add(request: Request, codes: Iterable[str], *, by, at: datetime) -> int:
    """Ask variables of the catalogue; those already asked keep their reason. Return how many are
    new. Raises NotEditable, ValidationError beyond `MOST` and for free text."""
    row = lock(request, "data")
    wanted = list(Variable.objects.filter(pk__in=set(codes)))
    refuse_free_text(wanted)
    here = set(request.asked_variables.values_list("variable_id", flat=True))
    new = [variable for variable in wanted if variable.pk not in here]
    if len(here) + len(new) > MOST:
        raise ValidationError(_("Une demande porte sur %(n)d variables au plus.") % {"n": MOST})
    AskedVariable.objects.bulk_create(AskedVariable(request=request, variable=v) for v in new)
    touch(request, row, by=by, at=at, written=bool(new))
    return len(new)


@transaction.atomic
def drop(request: Request, codes: Iterable[str], *, by, at: datetime) -> int:
    """Ask these variables no more; return how many were asked. Raises NotEditable."""
    row = lock(request, "data")
    gone, _rows = request.asked_variables.filter(variable__in=set(codes)).delete()
    touch(request, row, by=by, at=at, written=bool(gone))
    return gone


@transaction.atomic
def describe(request: Request, changed: dict, *, replaces: dict, by, at: datetime) -> Saved:
    """Write reasons and objectives: `changed` maps `reason-<code>` and `objective-<code>` to their
    value, each replacing the one in `replaces`; overlaps as in `drafts.save_section`.

    Raises NotEditable. What is said of a variable no longer asked is left aside.
    """
    row = lock(request, "data")
    asked = {each.variable_id: each for each in request.asked_variables.all()}
    overlaps, touched = {}, {}
    for name, value in changed.items():
        column, _dash, code = name.partition("-")
        variable = asked.get(code)
        if variable is None or not _describes(column, value):
            continue
        here = getattr(variable, column)
        if here != replaces.get(name) and here not in ("", value):
            overlaps[name] = here
        else:
            setattr(variable, column, value)
            touched[code] = variable
    AskedVariable.objects.bulk_update(touched.values(), ["reason", "objective"])
    touch(request, row, by=by, at=at, written=bool(touched))
    return Saved(row.revision, overlaps)


def _describes(column: str, value) -> bool:
    if column == "objective":
        return value in OBJECTIVES
    return column == "reason" and isinstance(value, str) and len(value) <= REASON_LENGTH
