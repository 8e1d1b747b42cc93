"""The list of requests that staff read: searched and filtered in SQL."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from governance.models.case import Case, Track
from governance.models.deadline import Deadline
from governance.process.table import REQUEST
from projects.models import Handler, Request
from projects.permissions import led_by, seen_by
from projects.queries.desk import PERSON, Desk, held_by
from projects.queries.search import searched

ENDED = [state.code for state in REQUEST.states if state.ended]


def listed(desk: Desk, chosen: dict) -> QuerySet[Request]:
    """The deposited requests that the person may see, as narrowed, the newest first."""
    found = Request.objects.filter(_narrowed(desk, chosen, of="case__"))
    return (
        searched(found, chosen.get("q", ""))
        .select_related("case__lead", "organisation")
        .only(
            *("title", "organisation__name", "case__number", "case__state"),
            *("case__state_since", "case__lead__short_name"),
        )
        .prefetch_related(
            Prefetch(
                "handlers",
                Handler.objects.filter(until__isnull=True)
                .select_related("person")
                .only("request", *(f"person__{name}" for name in PERSON)),
                to_attr="held",
            ),
            Prefetch("case__deadlines", _late(desk.at).only("case"), to_attr="overdue"),
        )
        .order_by("-case__number")
    )


def counted(desk: Desk, chosen: dict) -> list[QuerySet]:
    """What counts the rows that `listed` gives, for `CappedPaginator`. Where no words are looked
    for, cases alone, which spares reading the requests: first those that an establishment of the
    person leads, enough for who has many; then all that they see."""
    words = chosen.get("q", "")
    if words:
        return [searched(Request.objects.filter(_narrowed(desk, chosen, of="case__")), words)]
    led, narrowed = led_by(desk.grants), _narrowed(desk, chosen, of="", seen=Q())
    everything = Case.objects.filter(_narrowed(desk, chosen, of=""))
    return [Case.objects.filter(led, narrowed), everything] if led else [everything]


def _narrowed(desk: Desk, chosen: dict, *, of: str, seen: Q | None = None) -> Q:
    """What the person may see (`seen`, when said), as narrowed, in rows from which `of` leads to a
    request's case."""
    case = OuterRef("case" if of else "pk")
    if seen is None:
        seen = seen_by(desk.person, desk.at, of=of, grants=desk.grants)
    found = Q(seen, **{f"{of}process": "request"})
    found &= Q(**{f"{of}number__isnull": False})
    if chosen.get("etat"):
        found &= Q(**{f"{of}state": chosen["etat"]})
    if chosen.get("site"):
        asked = Track.objects.filter(case=case, kind="site", establishment=chosen["site"])
        found &= Q(**{f"{of}lead": chosen["site"]}) | Exists(asked)
    if chosen.get("suivi") == "moi":
        found &= Q(pk__in=held_by(desk.person))
    elif chosen.get("suivi") == "personne":
        found &= Q(**{f"{of}followed": False})
    if chosen.get("retard"):
        found &= Exists(_late(desk.at).filter(case=case)) & ~Q(**{f"{of}state__in": ENDED})
    return found


def _late(at: datetime) -> QuerySet[Deadline]:
    return Deadline.objects.running().filter(due_at__lt=at)


def is_late(request: Request) -> bool:
    """Whether a listed request is late. What runs once it has ended is its holder's time to appeal
    or revive: nobody is late."""
    return bool(request.case.overdue) and request.case.state not in ENDED
