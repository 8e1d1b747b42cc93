"""A committee: which one looks at a case, and what it lets its chair say alone."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.models import Body
from governance.models.case import Case
from governance.permissions import require
from governance.roles import Permission


def body_of(case: Case) -> Body | None:
    """The committee that gives its opinion on `case`: its lead's own, or the network's."""
    return (
        Body.objects.filter(establishment=case.lead_id, kind=Body.Kind.ESTABLISHMENT).first()
        or Body.objects.filter(kind=Body.Kind.NETWORK).first()
    )


@transaction.atomic
def delegate_to_chair(body: Body, *, since: date, until: date, act: str, by, at: datetime) -> Body:
    """Record the committee's deliberation by which its chair may give some opinions alone.

    Raises ValidationError for a period upside down or an act without its reference.
    """
    require(by, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at)
    if until < since:
        raise ValidationError({"until": _("La fin doit être après le début.")})
    if not act.strip():
        raise ValidationError({"act": _("Indiquez la référence de la délibération.")})
    body.chair_alone_since, body.chair_alone_until = since, until
    body.chair_alone_act = act.strip()
    body.save(update_fields=["chair_alone_since", "chair_alone_until", "chair_alone_act"])
    return body


def chair_decides_alone(body: Body, day: date) -> bool:
    """Whether the standing delegation of the committee to its chair is in force that day."""
    since, until = body.chair_alone_since, body.chair_alone_until
    return since is not None and since <= day <= until
