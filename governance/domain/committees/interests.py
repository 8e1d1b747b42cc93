"""What interest a member has in an item: with any, they leave for it.

The portal looks for ties by itself, through what the process registered (``ties``). A member of the
request's own team leaves, whatever they say. Any other tie is shown to the member, who confirms it
as an interest or explains why it is none, and to the chair.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from governance.domain.committees.standing import SessionRefusal, seated, still_open
from governance.domain.committees.votes import annul_vote
from governance.models import Declaration, Item, Mandate, SecretVoter, Vote
from governance.models.case import Conflict
from governance.process.registry import Tie, registered

LEAST_EXPLANATION = 20
"""Characters: « non » explains nothing."""


def ties_with(item: Item, mandates: Iterable[Mandate], *, at: datetime) -> dict[int, list[Tie]]:
    """What ties each of `mandates` to the item's case, as the portal knows it, by mandate."""
    of = {mandate.person_id: mandate.pk for mandate in mandates}
    found: dict[int, list[Tie]] = {pk: [] for pk in of.values()}
    if of:
        for tie in registered(item.case.process).ties(item.case, list(of), at):
            found[of[tie.person]].append(tie)
    return found


def must_leave(ties: Iterable[Tie]) -> bool:
    """Whether one of them is not the member's to judge: they are of the request's team."""
    return any(tie.kind == Tie.TEAM for tie in ties)


@transaction.atomic
def leave_of_the_team(item: Item, mandates: list[Mandate], *, at: datetime) -> None:
    """Write, for those of `mandates` who are of the request's team, that they leave for it."""
    ties = ties_with(item, mandates, at=at)
    for mandate in mandates:
        if must_leave(ties[mandate.pk]):
            _declare(
                item,
                mandate,
                Declaration.Ground.TEAM,
                at=at,
                found=_kinds(ties[mandate.pk]),
                by_portal=True,
            )


@transaction.atomic
def declare_interest(
    item: Item, mandate: Mandate | None, ground: str, *, explanation: str = "", at: datetime
) -> Declaration:
    """A member says what interest they have in an item; any but `none` is a conflict for good.

    Raises SessionRefusal for `none` where the portal found a tie and no `explanation` is given
    (`tie_to_explain`), or found them in the request's team (`of_the_team`).
    """
    still_open(item)
    mandate = seated(item.session, mandate)
    if ground not in Declaration.Ground.values:
        raise SessionRefusal("unknown_answer")
    ties = ties_with(item, [mandate], at=at)[mandate.pk]
    said = explanation.strip() if ground == Declaration.Ground.NONE and ties else ""
    if ground == Declaration.Ground.NONE:
        if must_leave(ties):
            raise SessionRefusal("of_the_team")
        if ties and len(said) < LEAST_EXPLANATION:
            raise SessionRefusal("tie_to_explain")
    return _declare(item, mandate, ground, at=at, found=_kinds(ties), explanation=said)


def _declare(item: Item, mandate: Mandate, ground: str, *, at: datetime, **said) -> Declaration:
    said = {"explanation": "", "by_portal": False} | said
    declaration, _created = Declaration.objects.update_or_create(
        item=item, mandate=mandate, defaults={"ground": ground, "at": at} | said
    )
    if ground != Declaration.Ground.NONE:
        Conflict.objects.get_or_create(
            case=item.case,
            person=mandate.person,
            defaults={
                "ground": ground,
                "declared_at": at,
                "declared_by": None if said["by_portal"] else mandate.person,
            },
        )
        _take_voice_back(item, mandate)
    return declaration


def _take_voice_back(item: Item, mandate: Mandate) -> None:
    """A voice does not stay with an interest. From an open vote it is taken back; a ballot cannot
    be found again, and a tally that was read cannot be unread: then everybody votes again."""
    voted = Vote.objects.filter(item=item, mandate=mandate)
    in_the_box = SecretVoter.objects.filter(item=item, mandate=mandate).exists()
    if in_the_box or (item.vote_closed_at is not None and voted.exists()):
        annul_vote(item)
    else:
        voted.delete()


def _kinds(ties: Iterable[Tie]) -> list[str]:
    return sorted({tie.kind for tie in ties})
