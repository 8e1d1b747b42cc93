"""What is told of an article about the whole that ceased to hold."""

from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.domain.nights import TOLD
from governance.models import NightJudged
from governance.queries.people import people_with_role
from projects.notices.told import Told, tell

WATCHERS = "network_coordinator"


@outbox.handler(TOLD)
def tell_of_failure(payload: dict) -> None:
    """Tell the network's coordinators, once while it lasts."""
    found, now = NightJudged.objects.get(pk=payload["judged"]), timezone.now()
    values = {"charter": found.charter, "version": found.version, "verdict": found.verdict}
    address = reverse("public:article", args=[found.charter, found.article])
    told = [
        Told(person, "staff", TOLD, address, values, asked=True)
        for person in people_with_role(WATCHERS, None, now)
    ]
    tell(f"night:{found.pk}", told, at=now)
