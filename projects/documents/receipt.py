"""The receipt of a deposit (CRPA L.112-3, R.112-5): what happens, who holds it, until when, what
silence means, and how to appeal."""

from dataclasses import dataclass
from datetime import datetime

from governance.models import Decision, Establishment
from governance.process.clocks import due
from governance.process.shape import MONTHS, Delay
from governance.process.table import REQUEST
from projects.models import Request


@dataclass(frozen=True)
class Receipt:
    """What the receipt says. `answer_by` is promised; at `silence_on` silence means rejection."""

    decision: Decision
    establishment: Establishment
    handler: object | None
    answer_by: datetime
    silence_on: datetime
    silence_months: int
    reserves: list[str]


def receipt_of(request: Request) -> Receipt | None:
    """The receipt of a deposited request; None for a draft."""
    case = request.case
    decision = case.decisions.filter(step="submit").select_related("by").order_by("index").first()
    if decision is None:
        return None
    months = case.lead.silence_months
    first = request.handlers.select_related("person").order_by("since").first()
    return Receipt(
        decision,
        case.lead,
        first.person if first else None,
        due(REQUEST.state("admissibility").delay, decision.at),
        due(Delay(months, MONTHS), decision.at),
        months,
        [v["article"] for v in decision.verdicts if v["holds"] is None],
    )
