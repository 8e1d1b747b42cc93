"""The list of requests that staff read: searched and filtered in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models.case import Case, Track
from governance.models.deadline import Deadline
from governance.process.table import ENDED
from governance.queries.written_once import AnyOf, Asked, written_once
from projects.models import Request
from projects.permissions import Sight, sight_values
from projects.queries.desk import Desk, held_by, holders
from projects.queries.search import searched


@dataclass(frozen=True)
class Narrowing:
    """What a person may see, and which filters are set: how the list is written. Their values are
    given when it is asked."""

    sight: Sight
    state: bool
    site: bool
    mine: bool
    nobodys: bool
    late: bool

    def keeps(self, of: str, values, seen: Q | None = None) -> Q:
        """What the person may see (`seen`, when said), as narrowed, in rows from which `of` leads
        to a request's case."""
        case = OuterRef("case" if of else "pk")
        found = Q(
            self.sight.seen(of, values) if seen is None else seen, **{f"{of}process": "request"}
        )
        found &= Q(**{f"{of}number__isnull": False})
        if self.state:
            found &= Q(**{f"{of}state": values["state"]})
        if self.site:
            asked = Track.objects.filter(case=case, kind="site", establishment=values["site"])
            found &= Q(**{f"{of}lead": values["site"]}) | Exists(asked)
        if self.mine:
            found &= Q(pk__in=held_by(values["person"]))
        if self.nobodys:
            found &= Q(**{f"{of}followed": False})
        if self.late:
            found &= Exists(_late(values["at"]).filter(case=case)) & ~Q(**{f"{of}state__in": ENDED})
        return found


def _asked(desk: Desk, chosen: dict) -> tuple[Narrowing, dict]:
    """How the list that `chosen` narrows is written, and what it is asked with."""
    how = Narrowing(
        Sight.of(desk.grants),
        state=bool(chosen.get("etat")),
        site=bool(chosen.get("site")),
        mine=chosen.get("suivi") == "moi",
        nobodys=chosen.get("suivi") == "personne",
        late=bool(chosen.get("retard")),
    )
    values = {"state": chosen.get("etat"), "site": chosen.get("site")}
    return how, values | sight_values(desk.person, desk.at, desk.grants)


def listed(desk: Desk, chosen: dict) -> Asked | QuerySet[Request]:
    """The deposited requests that the person may see, as narrowed, the newest first."""
    how, values = _asked(desk, chosen)
    if words := chosen.get("q"):
        return searched(_listed.query(how, values=values), words)
    return _listed.asked(how, values=values)


@written_once
def _listed(how: Narrowing, *, values) -> QuerySet[Request]:
    return (
        Request.objects.filter(how.keeps("case__", values))
        .select_related("case__lead", "organisation")
        .only(
            *("title", "organisation__name", "case__number", "case__state"),
            *("case__state_since", "case__lead__short_name"),
        )
        .order_by("-case__number")
    )


def told(found: Iterable[Request], at: datetime) -> list[Request]:
    """Listed requests with who holds each (`held_by`) and whether it is `late`. What runs once it
    has ended is its holder's time to appeal or revive: nobody is late. Two queries."""
    found = list(found)
    keys = [request.pk for request in found]
    held = {each.request_id: each.person for each in holders(requests=keys)}
    late = set(_overdue(cases=keys, at=at))
    for request in found:
        request.held_by = held.get(request.pk)
        request.late = request.pk in late and request.case.state not in ENDED
    return found


def counted(desk: Desk, chosen: dict) -> list[Asked | QuerySet]:
    """What counts the rows that `listed` gives, for `CappedPaginator`. Where no words are looked
    for, cases alone, which spares reading the requests: first those that an establishment of the
    person leads, enough for who has many; then all that they see."""
    how, values = _asked(desk, chosen)
    if chosen.get("q"):
        return [listed(desk, chosen)]
    everything = _cases.asked(how, values=values)
    return [_led.asked(how, values=values), everything] if how.sight.leads else [everything]


@written_once
def _led(how: Narrowing, *, values) -> QuerySet[Case]:
    led = ~Q(state="draft") & Q(number__isnull=False, lead=AnyOf(values["leads"]))
    return Case.objects.filter(led, how.keeps("", values, seen=Q())).values_list("pk")


@written_once
def _cases(how: Narrowing, *, values) -> QuerySet[Case]:
    return Case.objects.filter(how.keeps("", values)).values_list("pk")


@written_once
def _overdue(*, cases, at) -> QuerySet[Deadline]:
    return _late(at).filter(case=AnyOf(cases)).values_list("case", flat=True)


def _late(at: datetime) -> QuerySet[Deadline]:
    return Deadline.objects.running().filter(due_at__lt=at)
