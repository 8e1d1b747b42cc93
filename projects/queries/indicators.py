"""What becomes of requests, in public figures: by kind of requester and state.

Figures are masked as counts of patients are (C-09): none under the threshold, rounded otherwise,
and totals are made of the rounded ones only, so that nothing is found by subtraction.
"""

from dataclasses import dataclass

from django.db.models import Count

from catalog.orders import mask
from projects.models import Request


@dataclass(frozen=True)
class Tally:
    """How many requests of one kind of requester stand in a state; None: masked."""

    requester_kind: str
    state: str
    number: int | None


def states() -> list[Tally]:
    """The public requests by kind of requester and present state. One query."""
    rows = (
        Request.objects.filter(public_since__isnull=False)
        .values_list("requester_kind", "case__state")
        .annotate(number=Count("pk"))
    )
    return [Tally(kind, state, mask(number)["persons"]) for kind, state, number in sorted(rows)]
