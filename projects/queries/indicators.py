"""What becomes of requests, in public figures: by state, by answer given, by kind of requester.

Figures are masked as counts of patients are (C-09): none under the threshold, rounded otherwise,
and totals are made of the rounded ones only, so that nothing is found by subtraction.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from catalog.orders import mask
from governance.models import Decision
from projects.models import Request


@dataclass(frozen=True)
class Tally:
    """How many requests, or decisions, of one kind of requester; None: masked."""

    requester_kind: str
    what: str
    outcome: str
    number: int | None


def states() -> list[Tally]:
    """The public requests by kind of requester and present state. One query."""
    rows = (
        Request.objects.filter(public_since__isnull=False)
        .values_list("requester_kind", "case__state")
        .annotate(number=Count("pk"))
    )
    return _masked((kind, state, "", number) for kind, state, number in rows)


def answers() -> list[Tally]:
    """The decisions of public requests by kind of requester, step and answer. One query."""
    rows = (
        Decision.objects.filter(case__request__public_since__isnull=False)
        .values_list("case__request__requester_kind", "step", "outcome")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return _masked(rows)


def _masked(rows) -> list[Tally]:
    counted: dict[tuple[str, str, str], int] = defaultdict(int)
    for kind, what, outcome, number in rows:
        counted[kind, what, outcome] += number
    return [
        Tally(kind, what, outcome, mask(number)["persons"])
        for (kind, what, outcome), number in sorted(counted.items())
    ]
