"""Reasoned findings on the articles that are judgements."""

from datetime import datetime

from django.db import transaction

from governance.domain.committees.standing import (
    SessionRefusal,
    in_conflict,
    mandate_of,
    still_open,
)
from governance.models import Grid, Item


@transaction.atomic
def record_finding(
    item: Item, clause: str, finding: str, reasons: str, *, by, at: datetime
) -> Grid:
    """Write a reasoned finding on an article that is a judgement.

    Raises SessionRefusal for a person in conflict, and for one who neither sits nor reports.
    """
    still_open(item)
    if in_conflict(item, by):
        raise SessionRefusal("conflict")
    if by.pk != item.rapporteur_id and mandate_of(item.session, by) is None:
        raise SessionRefusal("no_mandate")
    grid, _created = Grid.objects.update_or_create(
        item=item,
        clause=clause,
        defaults={"finding": finding, "reasons": reasons.strip(), "by": by, "at": at},
    )
    return grid
