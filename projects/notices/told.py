"""Handing on what is told of a cause: once a person, what asks something first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from governance import outbox
from projects.models import Request


@dataclass(frozen=True)
class Told:
    """One thing told to one person. `quality` is holder, member, staff or other."""

    person: object
    quality: str
    key: str
    address: str
    values: dict = field(default_factory=dict)
    asked: bool = False
    decided: bool = False
    due_at: datetime | None = None


def tell(
    cause: str,
    told: Iterable[Told],
    *,
    at: datetime,
    request: Request | None = None,
    but: Iterable = (),
) -> None:
    """Hand on what is `told` of a cause, once a person, to nobody of `but`."""
    reached = {person.pk for person in but if person is not None}
    for each in sorted(told, key=lambda t: not t.asked):
        if each.person.pk in reached or not each.person.is_active:
            continue
        reached.add(each.person.pk)
        outbox.enqueue(
            "notice",
            {
                "person": each.person.pk,
                "cause": cause,
                "request": str(request.pk) if request else None,
                "quality": each.quality,
                "key": each.key,
                "values": each.values,
                "address": each.address,
                "asked": each.asked,
                "decided": each.decided,
                "due_at": each.due_at and each.due_at.isoformat(),
                "at": at.isoformat(),
            },
        )
