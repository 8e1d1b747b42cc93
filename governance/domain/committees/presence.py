"""Who is there, and who counts for one item."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance.charters.facts import today
from governance.domain.committees.standing import SessionRefusal
from governance.models import Attendance, Declaration, Item, Mandate, Session


@transaction.atomic
def attend(session: Session, mandate: Mandate, *, at: datetime) -> Attendance:
    """Record that a member is there. Raises SessionRefusal without a mandate of that body, before
    the session opens or after it closed."""
    if session.closed_at is not None:
        raise SessionRefusal("closed")
    if session.opened_at is None:
        raise SessionRefusal("not_open")
    day = today(session.starts_at)
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


@dataclass(frozen=True)
class Presence:
    """Who counts for one item: those in the room who declared no interest. Members who left, or
    whose interest makes them leave for it, do not."""

    staying: list[Mandate]
    undeclared: list[Mandate]
    out: list[Mandate]
    required: int

    @property
    def present(self) -> int:
        return len(self.staying)

    @property
    def short(self) -> int:
        """How many members lack for the quorum."""
        return max(0, self.required - self.present)

    @property
    def patients(self) -> bool:
        """Whether a representative of patients is among them."""
        return any(mandate.seat == Mandate.Seat.PATIENTS for mandate in self.staying)

    @property
    def holds(self) -> bool:
        return not self.short and self.patients and not self.undeclared


def presence_at(item: Item) -> Presence:
    """Who counts now for the quorum of `item`. Two queries."""
    grounds = {d.mandate_id: d.ground for d in item.declarations.all()}
    here = [
        attendance.mandate
        for attendance in item.session.attendances.filter(left_at__isnull=True)
        .select_related("mandate__person")
        .order_by("mandate__person__last_name", "pk")
    ]
    none = Declaration.Ground.NONE
    return Presence(
        staying=[m for m in here if grounds.get(m.pk, none) == none],
        undeclared=[m for m in here if m.pk not in grounds],
        out=[m for m in here if grounds.get(m.pk, none) != none],
        required=item.session.body.quorum,
    )
