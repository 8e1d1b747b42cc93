"""The non-conformities of the demonstration: in one research under way, a member whose training has
lapsed, and a destination whose host is no longer the one authorised."""

from datetime import datetime, timedelta

from django.db import transaction

from governance.charters.facts import today
from governance.domain import nonconformities
from governance.models import Case
from projects.demonstration import network
from projects.domain import accesses, records, team

MEMBER = "Enora Le Bihan"
AGO = timedelta(days=1)
"""How long before the present they were found."""


def tell(at: datetime) -> None:
    """Have the first research under way cease to be in order, and be found so."""
    found_at = at - AGO
    case = Case.objects.filter(process="request", state="access").order_by("number").first()
    if case is None:
        return
    member = network.person(MEMBER, at=found_at)
    with transaction.atomic():
        team.join(case.request, member, "member", at=found_at)
        accesses.bring_up_to_date(case, at=found_at)
    member.trainings.update(expires_on=today(found_at) - timedelta(days=1))
    checked = case.records.filter(kind="destination_checked").latest("id").data
    records.record(
        case,
        "destination_checked",
        by=network.staff("regulatory_officer", case.lead_id, at=found_at),
        at=found_at,
        data=checked | {"authorised": False},
        text="L'hébergeur a changé : le nouveau lieu n'est pas celui de l'autorisation.",
    )
    nonconformities.watch(at=found_at)
