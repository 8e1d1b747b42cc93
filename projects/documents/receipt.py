"""The receipt of a deposit (CRPA L.112-3, R.112-5): what happens, who holds it, until when, what
silence means, and how to appeal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.template.loader import render_to_string

from governance.models import Decision, Establishment
from governance.process.clocks import due
from governance.process.shape import MONTHS, Delay
from governance.process.table import REQUEST
from projects.models import Handler, Request


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
    decision = _deposits().filter(case=request.pk).order_by("index").first()
    return _receipt(decision) if decision else None


def receipts_in_words(decisions: Iterable[str]) -> dict[str, str]:
    """The receipts of these deposits as a mail carries them, in the active language. Three
    queries, whatever their number."""
    return {
        str(each.pk): render_to_string(
            "projects/receipt_words.txt",
            {"receipt": _receipt(each), "demand": each.case.request},
        ).strip()
        for each in _deposits().filter(pk__in=decisions)
    }


def _deposits():
    """The decisions by which requests were deposited, with what their receipts say."""
    handlers = Handler.objects.select_related("person").order_by("since")
    return (
        Decision.objects.filter(step="submit", case__process="request")
        .select_related("by", "case__lead", "case__request")
        .prefetch_related(Prefetch("case__request__handlers", handlers))
    )


def _receipt(decision: Decision) -> Receipt:
    lead = decision.case.lead
    first = next(iter(decision.case.request.handlers.all()), None)
    return Receipt(
        decision,
        lead,
        first.person if first else None,
        due(REQUEST.state("admissibility").delay, decision.at),
        due(Delay(lead.silence_months, MONTHS), decision.at),
        lead.silence_months,
        [v["article"] for v in decision.verdicts if v["holds"] is None],
    )
