"""Voices on an item, and the opinions they give."""

from collections import Counter
from datetime import datetime

from django.db import transaction

from governance.domain.committees.standing import SessionRefusal, still_open
from governance.models import Attendance, Declaration, Item, Mandate, Vote

DECIDED_ALONE = ("favourable", "reserved")
"""What a chair may say without the others; anything else is for a session."""


@transaction.atomic
def vote(item: Item, mandate: Mandate, choice: str, *, at: datetime) -> Vote:
    """Cast one voice; it may be changed until the opinion is given.

    Raises SessionRefusal for a member who is not there, has not declared, or left for the item.
    """
    still_open(item)
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


def outcomes_open(item: Item) -> tuple[str, ...]:
    """The opinions that can be given on `item`: the one that has the most voices; on a tie, or when
    everybody abstains, only to defer. A chair alone cannot go against a request."""
    if item.delegated:
        return DECIDED_ALONE
    if not item.votes.exists():
        return ()
    return (leading(item) or Vote.Choice.DEFERRED.value,)
