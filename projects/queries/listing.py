"""The list of requests that staff read: searched and filtered in SQL."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from governance.models.case import Track
from governance.models.deadline import Deadline
from governance.process.table import REQUEST
from projects.models import Handler, Request
from projects.permissions import visible_to
from projects.queries.news import held_by
from projects.queries.search import searched

ENDED = [state.code for state in REQUEST.states if state.ended]


def listed(person, chosen: dict, at: datetime) -> QuerySet[Request]:
    """The deposited requests that the person may see, as narrowed, the newest first."""
    found = visible_to(person, at).filter(case__number__isnull=False)
    found = searched(found, chosen.get("q", ""))
    if chosen.get("etat"):
        found = found.filter(case__state=chosen["etat"])
    if chosen.get("site"):
        asked = Track.objects.filter(
            case=OuterRef("case"), kind="site", establishment=chosen["site"]
        )
        found = found.filter(Q(case__lead=chosen["site"]) | Exists(asked))
    held = Handler.objects.filter(request=OuterRef("pk"), until__isnull=True)
    if chosen.get("suivi") == "moi":
        found = found.filter(pk__in=held_by(person))
    elif chosen.get("suivi") == "personne":
        found = found.filter(~Exists(held))
    late = Deadline.objects.running().filter(due_at__lt=at)
    if chosen.get("retard"):
        found = found.filter(Exists(late.filter(case=OuterRef("case")))).exclude(
            case__state__in=ENDED
        )
    return (
        found.select_related("case__lead", "organisation")
        .prefetch_related(
            Prefetch(
                "handlers",
                Handler.objects.filter(until__isnull=True).select_related("person"),
                to_attr="held",
            ),
            Prefetch("case__deadlines", late, to_attr="overdue"),
        )
        .order_by("-case__number")
    )


def is_late(request: Request) -> bool:
    """Whether a listed request is late. What runs once it has ended is its holder's time to appeal
    or revive: nobody is late."""
    return bool(request.case.overdue) and request.case.state not in ENDED
