"""Voices on an item, and the opinions they give.

An open vote is a row a member: it may be changed until the vote closes, and those who read the
session read it. A secret one is two tables: who voted, and the ballots. Each ballot added writes
all the ballots of the item anew, shuffled and under new keys, so that neither their order nor the
transaction that wrote a row says whose it is; nobody reads them before the vote is closed, then
only as a tally. A ballot put in the box cannot be changed.
"""

import random
from collections import Counter
from datetime import datetime

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from governance.domain.committees.presence import presence_at
from governance.domain.committees.standing import SessionRefusal, mandate_of, seated, still_open
from governance.models import (
    Attendance,
    Declaration,
    Item,
    Mandate,
    SecretBallot,
    SecretVoter,
    Vote,
)
from governance.permissions import may, require
from governance.roles import Permission

DECIDED_ALONE = ("favourable", "reserved")
"""What a chair may say without the others; anything else is for a session."""

_SHUFFLE = random.SystemRandom().shuffle


@transaction.atomic
def vote(item: Item, mandate: Mandate | None, choice: str, *, at: datetime) -> None:
    """Cast one voice. In an open vote it may be changed until the vote closes; in a secret one it
    may not.

    Raises SessionRefusal once the vote is closed, and for a person without a seat, a member who is
    not there, follows from afar where that does not count, has not declared, left for the item, or
    put a ballot in the box already.
    """
    still_open(item)
    if item.vote_closed_at is not None:
        raise SessionRefusal("vote_closed")
    mandate = seated(item.session, mandate)
    if choice not in Vote.Choice.values:
        raise SessionRefusal("unknown_answer")
    _may_be_heard(item, mandate)
    if item.secret:
        _put_in_the_box(item, mandate, choice)
    else:
        Vote.objects.update_or_create(
            item=item, mandate=mandate, defaults={"choice": choice, "at": at}
        )


def _may_be_heard(item: Item, mandate: Mandate) -> None:
    declaration = Declaration.objects.filter(item=item, mandate=mandate).first()
    if declaration is None:
        raise SessionRefusal("undeclared")
    if declaration.ground != Declaration.Ground.NONE:
        raise SessionRefusal("conflict")
    here = Attendance.objects.filter(session=item.session, mandate=mandate, left_at=None).first()
    if here is None:
        raise SessionRefusal("absent")
    if here.remote and not item.session.body.remote_counts:
        raise SessionRefusal("remote_not_counted")
    if any(each.pk == mandate.pk for each in presence_at(item).waiting):
        raise SessionRefusal("titular_sits")
    rows = item.secret_voters if item.secret else item.votes
    same_seat = Q(mandate=mandate.stands_in_for_id) | Q(mandate__stands_in_for=mandate)
    if rows.filter(same_seat).exists():
        raise SessionRefusal("seat_voted")


def _put_in_the_box(item: Item, mandate: Mandate, choice: str) -> None:
    _voter, created = SecretVoter.objects.get_or_create(item=item, mandate=mandate)
    if not created:
        raise SessionRefusal("ballot_cast")
    add_ballot(SecretBallot.objects.filter(item=item), choice, item=item)


def add_ballot(box: QuerySet, choice: str, **of) -> None:
    """Add a ballot to a `box`, whose ballots are written anew, shuffled: nothing, not even their
    order, links one to who cast it. `of` says what each is a vote on."""
    choices = [*box.values_list("choice", flat=True), choice]
    _SHUFFLE(choices)
    box.delete()
    box.model.objects.bulk_create(box.model(choice=each, **of) for each in choices)


@transaction.atomic
def make_secret(item: Item, *, secret: bool, by, at: datetime) -> None:
    """Have the vote on this item secret, or not, though the rules of the body do not ask for it.

    Raises SessionRefusal once somebody has voted, and where the rules make every vote secret;
    PermissionDenied unless `by` chairs the session or keeps its record.
    """
    _leads(item, by, at)
    still_open(item)
    if voters(item):
        raise SessionRefusal("vote_begun")
    if not secret and item.session.body.secret_votes:
        raise SessionRefusal("secret_by_rule")
    item.secret = secret
    item.save(update_fields=["secret"])


@transaction.atomic
def close_vote(item: Item, *, by, at: datetime) -> None:
    """Close the vote: no voice is added nor changed from now on, and a secret vote can be counted.

    Already closed: nothing changes. Raises SessionRefusal without a vote or without the quorum of
    the item; PermissionDenied unless `by` chairs the session or keeps its record.
    """
    _leads(item, by, at)
    still_open(item)
    if item.vote_closed_at is not None:
        return
    if not voters(item):
        raise SessionRefusal("no_vote")
    if not presence_at(item).holds:
        raise SessionRefusal("no_quorum")
    item.vote_closed_at = at
    item.save(update_fields=["vote_closed_at"])


def annul_vote(item: Item) -> None:
    """Empty the box, or the list of voices, and open the vote again: in the caller's transaction,
    which holds the item."""
    item.vote_closed_at = None
    item.save(update_fields=["vote_closed_at"])
    for rows in (item.votes, item.secret_voters, item.secret_ballots):
        rows.all().delete()


def _leads(item: Item, by, at: datetime) -> None:
    place, mandate = item.session.body.establishment_id, mandate_of(item.session, by)
    if mandate is not None and mandate.chair:
        require(by, Permission.CHAIR_SESSIONS, place, at=at)
    elif not may(by, Permission.COMPOSE_SESSIONS, place, at=at):
        raise PermissionDenied(str(Permission.CHAIR_SESSIONS))


def voters(item: Item) -> set[int]:
    """The persons who voted on the item."""
    rows = item.secret_voters if item.secret else item.votes
    return set(rows.values_list("mandate__person_id", flat=True))


def people_who_voted(item: Item) -> list:
    """The same, by name."""
    return list(get_user_model().objects.filter(pk__in=voters(item)).order_by("last_name", "pk"))


def counted(item: Item) -> bool:
    """Whether the voices can be read: a secret vote only once it is closed."""
    return not item.secret or item.vote_closed_at is not None


def tally(item: Item) -> Counter:
    """How many voices each choice has; empty for a secret vote that is not closed."""
    if not counted(item):
        return Counter()
    rows = item.secret_ballots if item.secret else item.votes
    return Counter(rows.values_list("choice", flat=True))


def leading(voices: Counter) -> str | None:
    """The choice with the most voices, abstentions aside; None when there is none or a tie."""
    ranked = [(choice, n) for choice, n in voices.most_common() if choice != Vote.Choice.ABSTAIN]
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def outcomes_open(item: Item) -> tuple[str, ...]:
    """The opinions that can be given on `item`: the one that has the most voices; on a tie, or when
    everybody abstains, only to defer; none before a secret vote is closed. A chair alone cannot go
    against a request."""
    if item.delegated:
        return DECIDED_ALONE
    voices = tally(item)
    if not voices:
        return ()
    return (leading(voices) or Vote.Choice.DEFERRED.value,)
