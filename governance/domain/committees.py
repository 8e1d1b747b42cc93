"""A session, item by item: who is there, who leaves, what is found, who votes, what comes out.

A member declares before an item; with any interest they leave for it and cannot vote. The opinion
itself is a step (`give_opinion`), guarded by quorum (C-05) and the findings (U-15, U-16).
"""

from collections import Counter
from datetime import datetime

from django.db import transaction

from governance.models import Attendance, Declaration, Grid, Item, Mandate, Session, Vote
from governance.models.case import Conflict


class SessionRefusal(Exception):
    """The act does not fit where the session stands. ``code`` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@transaction.atomic
def open_session(session: Session, *, at: datetime) -> None:
    """Open the session; its agenda is then closed to new items."""
    Session.objects.filter(pk=session.pk, opened_at__isnull=True).update(opened_at=at)


@transaction.atomic
def close_session(session: Session, *, at: datetime) -> None:
    """Close the session: what was not dealt with goes on the next one's agenda."""
    session.refresh_from_db()
    if session.opened_at is None:
        raise SessionRefusal("not_open")
    session.closed_at = session.closed_at or at
    session.save(update_fields=["closed_at"])


@transaction.atomic
def attend(session: Session, mandate: Mandate, *, at: datetime) -> Attendance:
    """Record that a member is there. Raises SessionRefusal without a mandate of that body."""
    if session.closed_at is not None:
        raise SessionRefusal("closed")
    day = session.starts_at.date()
    if mandate.body_id != session.body_id or not (
        mandate.since <= day and (mandate.until is None or day <= mandate.until)
    ):
        raise SessionRefusal("no_mandate")
    row, _created = Attendance.objects.update_or_create(
        session=session,
        mandate=mandate,
        defaults={"left_at": None},
        create_defaults={"arrived_at": at},
    )
    return row


@transaction.atomic
def leave_session(attendance: Attendance, *, at: datetime) -> None:
    """Record that a member went before the end: the quorum is counted again for the next item."""
    Attendance.objects.filter(pk=attendance.pk, left_at__isnull=True).update(left_at=at)


@transaction.atomic
def declare_interest(item: Item, mandate: Mandate, ground: str, *, at: datetime) -> Declaration:
    """A member says what interest they have in an item; any but `none` is a conflict for good."""
    _still_open(item)
    declaration, _created = Declaration.objects.update_or_create(
        item=item, mandate=mandate, defaults={"ground": ground, "at": at}
    )
    if ground != Declaration.Ground.NONE:
        Conflict.objects.get_or_create(
            case=item.case,
            person=mandate.person,
            defaults={"ground": ground, "declared_at": at, "declared_by": mandate.person},
        )
        Vote.objects.filter(item=item, mandate=mandate).delete()
    return declaration


@transaction.atomic
def record_finding(
    item: Item, clause: str, finding: str, reasons: str, *, by, at: datetime
) -> Grid:
    """Write a reasoned finding on an article that is a judgement."""
    _still_open(item)
    grid, _created = Grid.objects.update_or_create(
        item=item,
        clause=clause,
        defaults={"finding": finding, "reasons": reasons.strip(), "by": by, "at": at},
    )
    return grid


@transaction.atomic
def vote(item: Item, mandate: Mandate, choice: str, *, at: datetime) -> Vote:
    """Cast one voice; it may be changed until the opinion is given.

    Raises SessionRefusal for a member who is not there, has not declared, or left for the item.
    """
    _still_open(item)
    declaration = Declaration.objects.filter(item=item, mandate=mandate).first()
    if declaration is None:
        raise SessionRefusal("undeclared")
    if declaration.ground != Declaration.Ground.NONE:
        raise SessionRefusal("conflict")
    if not Attendance.objects.filter(
        session=item.session, mandate=mandate, left_at__isnull=True
    ).exists():
        raise SessionRefusal("absent")
    row, _created = Vote.objects.update_or_create(
        item=item, mandate=mandate, defaults={"choice": choice, "at": at}
    )
    return row


def tally(item: Item) -> Counter:
    """How many voices each choice has."""
    return Counter(item.votes.values_list("choice", flat=True))


def leading(item: Item) -> str | None:
    """The choice with the most voices, abstentions aside; None when there is none or a tie."""
    ranked = [
        (choice, n) for choice, n in tally(item).most_common() if choice != Vote.Choice.ABSTAIN
    ]
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _still_open(item: Item) -> None:
    Item.objects.select_for_update().get(pk=item.pk)
    item.refresh_from_db()
    if item.decision_id is not None:
        raise SessionRefusal("decided")
    if item.session.closed_at is not None:
        raise SessionRefusal("closed")
