"""Whether an act fits where its session stands, and who sits there."""

from governance.charters.facts import today
from governance.models import Item, Mandate, Session
from governance.models.case import Conflict
from governance.queries.committees import members_at


class SessionRefusal(Exception):
    """The act does not fit where the session stands. ``code`` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def still_open(item: Item) -> None:
    """Lock the item. Raises SessionRefusal once its opinion is given or its session closed."""
    Item.objects.select_for_update().get(pk=item.pk)
    item.refresh_from_db()
    if item.decision_id is not None:
        raise SessionRefusal("decided")
    if item.session.closed_at is not None:
        raise SessionRefusal("closed")


def mandate_of(session: Session, person) -> Mandate | None:
    """The seat of `person` in the session's committee on its day."""
    return members_at(session).filter(person=person).first()


def seated(session: Session, mandate: Mandate | None) -> Mandate:
    """`mandate`, when it is a seat of the session's committee on its day. Raises SessionRefusal."""
    day = today(session.starts_at)
    if (
        mandate is None
        or mandate.body_id != session.body_id
        or not (mandate.since <= day and (mandate.until is None or day <= mandate.until))
    ):
        raise SessionRefusal("no_mandate")
    return mandate


def in_conflict(item: Item, person) -> bool:
    """Whether `person` has a conflict of interest with the item's case."""
    return Conflict.objects.filter(case=item.case_id, person=person).exists()
