"""What interest a member has in an item: with any, they leave for it."""

from datetime import datetime

from django.db import transaction

from governance.domain.committees.standing import still_open
from governance.models import Declaration, Item, Mandate, Vote
from governance.models.case import Conflict


@transaction.atomic
def declare_interest(item: Item, mandate: Mandate, ground: str, *, at: datetime) -> Declaration:
    """A member says what interest they have in an item; any but `none` is a conflict for good."""
    still_open(item)
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
