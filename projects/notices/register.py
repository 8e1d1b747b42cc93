"""What is told of the public register itself: a hospital that contradicts it."""

from django.urls import reverse

from governance import outbox
from governance.ledger.witnesses import CONTRADICTED
from governance.models import Contradiction
from governance.queries.people import people_with_role
from projects.notices.told import Told, tell

WATCHERS = ("administrator", "network_coordinator")


@outbox.handler(CONTRADICTED)
def tell_of_contradiction(payload: dict) -> None:
    """Tell those who can act, at once: administrators of the network and of that hospital."""
    found = Contradiction.objects.get(pk=payload["contradiction"])
    values = {"site": found.establishment_id, "reason": found.reason}
    told = [
        Told(person, "other", CONTRADICTED, reverse("ledger_witnesses"), values, asked=True)
        for person in people_with_role(WATCHERS, found.establishment_id, found.received_at)
    ]
    tell(f"contradiction:{found.pk}", told, at=found.received_at)
