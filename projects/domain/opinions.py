"""The committee's opinion: signed by the chair, from the votes, sent at once."""

from datetime import datetime

from governance.models import Decision, Item
from governance.process.engine import take_step


def sign(
    item: Item,
    outcome: str,
    *,
    reservations: list[dict] | str = "",
    reason: str = "",
    articles: tuple[str, ...] = (),
    difference: str = "",
    by,
    at: datetime,
) -> Decision:
    """Give the committee's opinion on `item`; `reservations` are those to be lifted, each with its
    text, who asked it and the articles it rests on. Raises a Refusal, writing nothing."""
    case = item.case
    return take_step(
        case,
        "give_opinion",
        by=by,
        at=at,
        outcome=outcome,
        track=case.tracks.get(kind="opinion"),
        articles=articles,
        reason=reason,
        difference=difference,
        details={"reservations": reservations},
        key=f"opinion:{item.pk}",
    )
