"""Who is there, in the room or from afar, and who counts for one item."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from governance.domain.committees.standing import SessionRefusal, seated
from governance.models import Attendance, Declaration, Item, Mandate, Session


@transaction.atomic
def attend(
    session: Session, mandate: Mandate | None, *, remote: bool = False, at: datetime
) -> Attendance:
    """Record that a member is there: in the room, or `remote`, from afar. Who left and comes back
    begins another stay: nothing counts them in between. Raises SessionRefusal without a mandate of
    that body, before the session opens or after it closed."""
    if session.closed_at is not None:
        raise SessionRefusal("closed")
    if session.opened_at is None:
        raise SessionRefusal("not_open")
    row, _created = Attendance.objects.update_or_create(
        session=session,
        mandate=seated(session, mandate),
        left_at=None,
        defaults={"remote": remote},
        create_defaults={"arrived_at": at, "remote": remote},
    )
    return row


@transaction.atomic
def leave_session(attendance: Attendance, *, at: datetime) -> None:
    """Record that a member went before the end: the quorum is counted again for the next item."""
    Attendance.objects.filter(pk=attendance.pk, left_at__isnull=True).update(
        left_at=Greatest(F("arrived_at"), Value(at))
    )


@dataclass(frozen=True)
class Presence:
    """Who counts for one item: those who are there and declared no interest. Members who left, or
    whose interest makes them leave for it, do not; nor those who follow from afar where the rules
    of the body count only the room (`apart`); nor a stand-in whose titular keeps the seat
    (`waiting`)."""

    staying: list[Mandate]
    undeclared: list[Mandate]
    out: list[Mandate]
    required: int
    seats: list[str] = field(default_factory=list)
    apart: list[Mandate] = field(default_factory=list)
    remote: frozenset[int] = frozenset()
    waiting: list[Mandate] = field(default_factory=list)

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
    def missing_seats(self) -> list[str]:
        """The seats, beside the patients', that the rules ask for and that nobody holds here."""
        held = {mandate.seat for mandate in self.staying} | {Mandate.Seat.PATIENTS.value}
        return [seat for seat in self.seats if seat not in held]

    @property
    def waits_for_declarations(self) -> bool:
        """Whether all that is missing is what some of them have yet to declare."""
        complete = not self.short and self.patients and not self.missing_seats
        return complete and bool(self.undeclared)

    @property
    def holds(self) -> bool:
        return not self.short and self.patients and not self.missing_seats and not self.undeclared


def who_came(session: Session) -> list[Mandate]:
    """The members who came to a session and may vote there: a stand-in where their titular did not
    come, those who followed from afar where the rules of the body count them. One query."""
    stays = session.attendances.select_related("mandate")
    if not session.body.remote_counts:
        stays = stays.filter(remote=False)
    came = {stay.mandate_id: stay.mandate for stay in stays}
    return [each for each in came.values() if each.stands_in_for_id not in came]


def presence_at(item: Item) -> Presence:
    """Who counts now for the quorum of `item`. Two queries."""
    body = item.session.body
    grounds = {d.mandate_id: d.ground for d in item.declarations.all()}
    none = Declaration.Ground.NONE
    staying, undeclared, out, apart, waiting, remote = [], [], [], [], [], set()
    here = list(
        item.session.attendances.filter(left_at__isnull=True)
        .select_related("mandate__person")
        .order_by("mandate__person__last_name", "pk")
    )
    kept = {
        a.mandate_id
        for a in here
        if (body.remote_counts or not a.remote) and grounds.get(a.mandate_id, none) == none
    }
    for attendance in here:
        mandate = attendance.mandate
        if attendance.remote:
            remote.add(mandate.pk)
        if mandate.stands_in_for_id in kept:
            waiting.append(mandate)
            continue
        if attendance.remote and not body.remote_counts:
            apart.append(mandate)
            continue
        ground = grounds.get(mandate.pk)
        if ground is None:
            undeclared.append(mandate)
        (staying if ground in (None, none) else out).append(mandate)
    return Presence(
        staying,
        undeclared,
        out,
        body.quorum,
        body.required_seats,
        apart,
        frozenset(remote),
        waiting,
    )
