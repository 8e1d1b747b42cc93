"""An incident that the portal sees by itself, without judging: nobody has to declare it.

What it sees is a fact that its own tables or a signed report hold. It is declared once while it
lasts: seen again, its incident being open, it adds nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import outbox
from governance.domain.incidents.declaring import declare, lock_numbers
from governance.ledger.witnesses import INCIDENT
from governance.models.case import Case
from governance.models.establishment import Establishment
from governance.models.incident import Incident
from governance.models.witness import Contradiction

CONTRADICTION = "contradiction"


@transaction.atomic
def declare_found(
    kind: str,
    ref: object,
    *,
    title: str,
    what: str,
    places: Sequence[Establishment],
    case: Case | None = None,
    found_at: datetime,
    severity: str = Incident.Severity.SERIOUS,
) -> Incident | None:
    """Declare what the portal saw: ``kind`` is what, ``ref`` which one of them, ``case`` the
    request whose data it touches. None when one of that kind, at one of these establishments and of
    that request, is open already, or when that very one was declared."""
    lock_numbers()
    lasting = Incident.objects.open().filter(
        origin__startswith=f"{kind}:", sites__establishment__in=places
    )
    if case is not None:
        lasting = lasting.filter(cases=case)
    if lasting.exists():
        return None
    incident, new = declare(
        origin=f"{kind}:{ref}",
        title=title,
        what=what,
        found_at=found_at,
        establishments=places,
        severity=severity,
        requests=[case.number] if case is not None else (),
        by=None,
        at=max(found_at, timezone.now()),
    )
    return incident if new else None


@outbox.handler(INCIDENT)
def found_by_portal(payload: dict) -> None:
    """What a witness says of the register."""
    found = Contradiction.objects.select_related("establishment").get(pk=payload["contradiction"])
    place = found.establishment
    declare_found(
        CONTRADICTION,
        found.pk,
        title=_("Un hôpital témoin contredit le registre public"),
        what=_("%(site)s : %(reason)s.") % {"site": place, "reason": found.get_reason_display()},
        places=[place],
        found_at=found.received_at,
    )
