"""The end of what a warehouse rests on is told to those who keep it, before it comes and after."""

from datetime import date

from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.models import WarehouseStanding
from governance.paris import last_second_of
from governance.queries.people import people_with_role
from governance.roles import Permission, roles_with
from projects.notices.told import Told, tell


@outbox.handler("warehouse_ends")
def tell_of_end(payload: dict) -> None:
    """Tell the keepers of a warehouse, unless another end was stated meanwhile."""
    place, until = payload["establishment"], date.fromisoformat(payload["until"])
    standing = WarehouseStanding.objects.filter(pk=place, until=until).first()
    if standing is None:
        return
    now, keepers = timezone.now(), roles_with(Permission.KEEP_WAREHOUSE)
    told = [
        Told(
            person,
            "staff",
            "warehouse_ends",
            reverse("establishment_warehouse", args=[place]),
            {"site": place, "until": payload["until"], "over": standing.warned < 0},
            asked=True,
            due_at=last_second_of(until),
        )
        for person in people_with_role(keepers, standing.establishment, now)
    ]
    tell(f"warehouse:{place}:{until}:{standing.warned}", told, at=now)
