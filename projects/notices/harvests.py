"""What is told of a weekly reading of another node's catalogue, to who may accept what it shows."""

from django.urls import reverse

from catalog.domain.harvests import TOLD
from catalog.models import Harvest
from catalog.queries.harvests import sums
from governance import outbox
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.notices.people import with_stand_ins
from projects.notices.told import Told, tell


@outbox.handler(TOLD)
def tell_of_harvest(payload: dict) -> None:
    """Tell what a reading proposes, or that it failed."""
    harvest = Harvest.objects.select_related("source").get(pk=payload["harvest"])
    people = list(people_with_role(roles_with(Permission.READ_NEIGHBOURS), None, harvest.read_at))
    failed = harvest.state == Harvest.State.FAILED
    values = {"source": harvest.source.name} | sums(harvest.changes)
    told = [
        Told(
            each,
            "staff",
            "harvest_failed" if failed else "harvest_proposed",
            reverse("catalog:harvest", args=[harvest.source_id, harvest.pk]),
            values,
            asked=not failed,
        )
        for each in with_stand_ins(people, harvest.read_at)
    ]
    tell(f"harvest:{harvest.pk}", told, at=harvest.read_at)
