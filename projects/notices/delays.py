"""What a delay tells: reminders of what is awaited, a training that lapses, what is due today."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from governance import outbox
from governance.models import Participation
from governance.models.case import Case
from governance.models.deadline import Deadline, Reminder
from governance.paris import last_second_of
from governance.process.shape import HOLDER
from governance.queries.people import people_with_role
from projects.models import Request
from projects.notices.acts import (
    HOLDERS_ACT,
    STAFFS_ACT,
    address_of,
    examined_at,
    page,
    request_of,
)
from projects.notices.people import staff
from projects.notices.told import Told, tell
from projects.queries.nonconformities import judged_at
from projects.queries.overview import AWAITED


@outbox.handler("reminder")
def tell_of_reminder(payload: dict) -> None:
    """Remind who is awaited; then who stands in, then the director's delegate."""
    read = (f"deadline__{name}" for name in ("case", "track", "nonconformity__case"))
    reminder = Reminder.objects.select_related(*read).get(
        deadline=payload["deadline"], kind=payload["kind"]
    )
    deadline = reminder.deadline
    request, at = request_of(deadline.case), reminder.sent_at
    values = {"subject": deadline.subject, "kind": reminder.kind, "process": deadline.case.process}
    told = [
        Told(person, quality, "reminder", address, values, asked=True, due_at=deadline.due_at)
        for person, quality, address in _reminded(deadline, reminder.kind, request, at)
    ]
    tell(f"reminder:{deadline.pk}:{reminder.kind}", told, at=at, request=request)


def _reminded(deadline: Deadline, kind: str, request: Request, at: datetime):
    case = request.case
    if deadline.waits_for == HOLDER:
        parts = case.participations.filter(part=Participation.Part.HOLDER).valid(at)
        _code, name, rest = HOLDERS_ACT.get(case.state, ("", "request", ()))
        for part in parts.select_related("person"):
            yield part.person, "holder", page(name, request, *rest)
        return
    place, address = deadline.place, awaited_at(deadline, request)
    people = staff(deadline.waits_for, place, request, at)
    if kind == "late-director":
        people = staff("delegate", place, request, at)
    if kind.startswith("late-"):
        people = [*people, *people_with_role("network_coordinator", None, at)]
    for person in people:
        yield person, "staff", address


def awaited_at(deadline: Deadline, request: Request) -> str:
    """Where what a clock of the staff waits for is done."""
    if deadline.case_id != request.pk:
        return page("amendment", request, deadline.case_id)
    if deadline.nonconformity is not None:
        return judged_at(deadline.nonconformity)
    step = _awaited_step(deadline, request.case)
    if not step and (deadline.waits_for, step) in STAFFS_ACT.get(request.case.state, ()):
        return examined_at(deadline.waits_for, request)
    return address_of(step, deadline.track, request)


def _awaited_step(deadline: Deadline, case: Case) -> str:
    """The step that a staff's clock waits for; empty when it is none in particular."""
    if deadline.track is not None:
        track = deadline.track
        return AWAITED.get((case.state, track.kind, track.status), "")
    return next((s for role, s in STAFFS_ACT.get(case.state, ()) if role == deadline.waits_for), "")


def due_on(person_roles: set[tuple[str, str | None]], day, deadlines: Iterable[Deadline]):
    """Those of `deadlines` (of that day) that wait for a role of `person_roles`."""
    for deadline in deadlines:
        if {(deadline.waits_for, deadline.place), (deadline.waits_for, None)} & person_roles:
            yield deadline


@outbox.handler("training_lapses")
def tell_of_training(payload: dict) -> None:
    """Tell a member that their training lapses, and their access with it."""
    person = get_user_model().objects.get(pk=payload["person"])
    expires, notice = date.fromisoformat(payload["expires"]), payload["notice"]
    told = Told(
        person,
        "member",
        "training_lapses",
        reverse("commitments"),
        {"expires": payload["expires"]},
        asked=True,
        due_at=last_second_of(expires),
    )
    tell(f"training:{person.pk}:{expires}:{notice}", [told], at=timezone.now())
