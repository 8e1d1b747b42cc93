"""What delays do to a request by themselves, and the one extension its holder may take.

A draft that nobody writes in any more is erased after its delay, warned twice, the last time a
week before at least. A member is told that their training lapses 30 days, 7 days and a day before
it closes their access (`accesses.bring_up_to_date` closes it, and theirs only).
"""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max

from governance import outbox
from governance.charters.facts import today
from governance.domain import reminders
from governance.domain.watching import facts_changed
from governance.models import Case, Deadline, Participation, Training
from governance.models.outbox import Message
from governance.paris import end_of, last_second_of
from governance.process import clocks
from governance.process.refusals import NotPermitted, WrongState
from governance.process.registry import registered
from projects.domain import drafts
from projects.models import AccessPeriod, Request

DRAFT_WARNINGS = ("before-30", "before-7", "late")
WEEK = timedelta(days=7)
COMPLETION = "state:completion"
"""The clock of a return, with the holder."""
TRAINING_NOTICES = (30, 7, 1)
"""Days before a training expires at which its holder is told."""


def ends(case: Case, state: str) -> datetime | None:
    """When an access ends: on the day granted, whatever the longest one is."""
    if state != "access":
        return None
    period = AccessPeriod.objects.filter(request_id=case.pk, ends_on__isnull=False).first()
    return period and last_second_of(period.ends_on)


def may_be_extended(request: Request) -> bool:
    """Whether the delay of a return runs, and was not extended yet."""
    clock = request.case.deadlines.running().filter(subject=COMPLETION, extended=0)
    return request.case.state == "completion" and clock.exists()


@transaction.atomic
def extend_completion(request: Request, *, by, at: datetime) -> Deadline:
    """Give the holder the delay of a return once more, from its date on: one click, once.

    Raises NotPermitted when `by` is not the holder, WrongState when nothing is asked of them, or
    when they had it already.
    """
    holds = Participation.objects.filter(
        case_id=request.pk, person=by, part=Participation.Part.HOLDER
    )
    if not holds.valid(at).exists():
        raise NotPermitted("role")
    case = Case.objects.select_for_update().get(pk=request.pk)
    if case.state != "completion":
        raise WrongState(case.state)
    deadline = case.deadlines.running().get(subject=COMPLETION)
    if not clocks.extend(deadline, registered(case.process).process.state(case.state).delay):
        raise WrongState("extended")
    deadline.refresh_from_db()
    return deadline


def erase_forgotten_drafts(*, at: datetime) -> int:
    """Erase the drafts whose delay ran out and whose holders were warned twice; return how many.

    Where a warning could not leave in time, it leaves now, and the draft waits a week more.
    """
    over = Deadline.objects.running().filter(
        subject="state:draft", due_at__lt=at, case__state="draft"
    )
    return sum(_erase_or_warn(deadline, at) for deadline in over.select_related("case__request"))


@transaction.atomic
def _erase_or_warn(deadline: Deadline, at: datetime) -> bool:
    case = Case.objects.select_for_update().get(pk=deadline.case_id)
    if not Deadline.objects.running().filter(pk=deadline.pk, due_at__lt=at).exists():
        return False
    warned = deadline.reminders.filter(kind__in=DRAFT_WARNINGS)
    left = warned.filter(sent_at__lte=at - WEEK).count()
    if left < 2:
        sent = warned.aggregate(last=Max("sent_at"))["last"]
        if sent is None or sent <= at - WEEK:
            kinds = set(warned.values_list("kind", flat=True))
            kind = next(kind for kind in reversed(DRAFT_WARNINGS) if kind not in kinds)
            reminders.remind(deadline, kind, at=at)
        return False
    drafts.erase(case.request, at=at)
    return True


def warn_of_trainings(*, at: datetime) -> int:
    """Tell each member with an open access that their training lapses; return how many were told.

    Once for each of `TRAINING_NOTICES`; after a missed night, only for the nearest. On its
    last day, their requests are asked to be judged again as it ends, before the next night.
    """
    day = today(at)
    members = Participation.objects.filter(accesses__cut_at__isnull=True, accesses__isnull=False)
    last = (
        Training.objects.filter(person__in=members.values("person"))
        .values("person")
        .annotate(expires=Max("expires_on"))
        .filter(expires__gte=day, expires__lte=day + timedelta(days=max(TRAINING_NOTICES)))
    )
    told = 0
    for row in last.order_by("person"):
        left = (row["expires"] - day).days
        if not left:
            person = get_user_model().objects.get(pk=row["person"])
            facts_changed(person=person, due_at=end_of(row["expires"]))
        notice = min(number for number in TRAINING_NOTICES if left <= number)
        told += _tell_once(row["person"], row["expires"].isoformat(), notice)
    return told


@transaction.atomic
def _tell_once(person: int, expires: str, notice: int) -> bool:
    payload = {"person": person, "expires": expires, "notice": notice}
    if Message.objects.filter(kind="training_lapses", payload=payload).exists():
        return False
    outbox.enqueue("training_lapses", payload)
    return True
