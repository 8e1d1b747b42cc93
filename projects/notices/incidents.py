"""What is told of an incident: to notify, by when, and that the hour has passed."""

from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.domain.incidents import NOTICE
from governance.models import IncidentSite
from governance.queries.incidents import due_at, settled
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.notices.told import Told, tell

INFORMED = ("delegate",)
"""The roles told beside those who notify."""


@outbox.handler(NOTICE)
def tell_of_incident(payload: dict) -> None:
    """Tell at once the DPOs and the delegates of an establishment that has not notified."""
    named = {"incident__number": payload["incident"], "establishment": payload["site"]}
    site = IncidentSite.objects.select_related("incident").get(**named)
    now, due, notifying = timezone.now(), due_at(site), roles_with(Permission.HANDLE_INCIDENTS)
    if settled(site) or site.incident.closed_at is not None:
        return
    address = reverse("incident", args=[payload["incident"]])
    values = payload | {"due_at": due.isoformat()}
    dpos = people_with_role(notifying, site.establishment_id, now)
    informed = people_with_role(INFORMED, site.establishment_id, now)
    told = [
        *(Told(p, "other", NOTICE, address, values, asked=True, due_at=due) for p in dpos),
        *(Told(p, "other", NOTICE, address, values, due_at=due) for p in informed),
    ]
    tell("incident:{incident}:{site}:{notice}".format(**payload), told, at=now)
