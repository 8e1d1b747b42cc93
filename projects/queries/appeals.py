"""An appeal as its judge reads it: what was decided, what is contested, and by whom it is not
judged."""

from dataclasses import dataclass

from governance.models import Decision
from governance.models.case import Track
from governance.process.table import APPEALED
from projects.models import Request
from projects.queries.history import title_of


@dataclass(frozen=True)
class Contested:
    """The decision contested, its reasons, and what the holder says against it."""

    decision: Decision
    title: str
    reason: str
    said: str


def contested_by(request: Request, appeal: Track) -> Contested | None:
    """What an appeal contests: the last negative decision before it. Two queries."""
    made = appeal.decisions.filter(step="appeal").select_related("reason").first()
    if made is None:
        return None
    decision = (
        request.case.decisions.filter(step__in=APPEALED, tone="negative", index__lt=made.index)
        .select_related("reason", "by", "track__establishment")
        .order_by("-index")
        .first()
    )
    if decision is None:
        return None
    return Contested(decision, title_of(decision), decision.reason.text, made.reason.text)
