"""The one hook of continuous compliance: whoever writes a fact that a continuous article reads says
so here, and the requests that it touches are judged again at once, after the commit.

A training signed, a member who leaves, an objection answered, a destination checked: the domain
function that writes it calls `facts_changed`. What changes by the clock alone (a training expires)
is seen by the night, or at the hour given in `due_at`. See `governance.domain.nonconformities`.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from governance import outbox
from governance.models.case import Case, Participation, Track
from governance.models.nonconformity import OPEN, NonConformity
from governance.process.compliance import IN_USE

KIND, LANE = "facts_changed", "compliance"
"""A lane of its own: an establishment may have hundreds of requests to judge again."""


def facts_changed(
    *,
    case: Case | None = None,
    person=None,
    establishment: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Have the requests that a fact touches judged again, once this transaction is committed: that
    of `case`, those of a member of their team, those that an establishment supplies.

    Asked twice before it is done, it is done once. Nothing is asked when nothing is in use.
    """
    payload = {
        name: value
        for name, value in (
            ("case", case and str(case.pk)),
            ("person", person and str(person.ref)),
            ("establishment", establishment),
        )
        if value
    }
    # What is due later may be of a request that is not in use yet.
    if due_at is None and not touched(payload).exists():
        return
    outbox.enqueue_once(KIND, payload, due_at=due_at)


def touched(payload: dict) -> QuerySet[Case]:
    """The cases that a message touches: in use, or with a non-conformity left open."""
    left_open = NonConformity.objects.filter(OPEN, case=OuterRef("pk"))
    found = watched()
    if "case" in payload:
        return found.filter(pk=payload["case"])
    if "person" in payload:
        member = Participation.objects.filter(
            case=OuterRef("pk"), person__ref=payload["person"], part__in=Participation.TEAM
        ).valid(timezone.now())
        return found.filter(
            Exists(member) | Exists(left_open.filter(member__ref=payload["person"]))
        )
    supplies = Track.objects.filter(
        case=OuterRef("pk"),
        kind="site",
        establishment=payload["establishment"],
        status__in=Track.HELD,
    )
    return found.filter(Exists(supplies))


def watched() -> QuerySet[Case]:
    """The requests in use, and those that left it with a non-conformity open."""
    left_open = NonConformity.objects.filter(OPEN).values("case")
    in_use = Q(process="request", state__in=IN_USE)
    return Case.objects.filter(in_use | Q(pk__in=left_open)).order_by("pk")
