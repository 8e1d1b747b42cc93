"""What can be read of anomalies reported by users, each in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When

from catalog.models import Dataset, Finding
from governance.charters.facts import today
from governance.disclosure import shown
from governance.models import Establishment
from governance.permissions import places_of
from governance.queries.people import teams_of
from governance.roles import Permission

READING = (Permission.EDIT_CATALOGUE, Permission.SIGN_DECISIONS, Permission.STEER)
"""What a role opens, at the establishment of the data, to read what was reported of them."""
SHOWN = 20
"""Confirmed anomalies that a dataset's page lists."""


def visible_to(person, at: datetime) -> QuerySet[Finding]:
    """The anomalies that ``person`` may read: their own, those of the requests of their teams,
    those of the data of their establishments."""
    theirs = Q(reported_by=person) | Q(case__in=teams_of(person, at))
    places = set().union(*(places_of(person, each, at=at) for each in READING))
    if None in places:
        return Finding.objects.named()
    return Finding.objects.named().filter(theirs | Q(dataset__establishment__in=places))


def in_order(found: QuerySet[Finding]) -> QuerySet[Finding]:
    """What waits for an answer first, the most urgent on top; then what is to be mended; then the
    rest, newest first."""
    rank = Case(
        When(state=Finding.State.WAITING, then=Value(0)),
        When(state=Finding.State.TO_MEND, then=Value(1)),
        default=Value(2),
    )
    urgent = Case(When(state=Finding.State.WAITING, then=F("due_at")))
    ordered = found.alias(rank=rank, urgent=urgent)
    return ordered.order_by("rank", "urgent", "mend_by", "-answered_at", "-pk")


def to_deal_with(places: set[str | None], at: datetime) -> QuerySet[Finding]:
    """What waits for the establishments ``places`` (None: all): an answer, or the mending that was
    promised and whose day is past; the most urgent first. No query for no place."""
    if not places:
        return Finding.objects.none()
    late = Q(state=Finding.State.TO_MEND, mend_by__lt=today(at))
    found = Finding.objects.named().filter(Q(state=Finding.State.WAITING) | late)
    if None not in places:
        found = found.filter(dataset__establishment__in=places)
    return in_order(found)


def confirmed_of(dataset: Dataset) -> list[Finding]:
    """The anomalies that the establishment confirmed in a dataset: to be mended first, then mended,
    the last ones."""
    return list(in_order(dataset.findings.confirmed().select_related("variable"))[:SHOWN])


def waiting_by_site(sites: Iterable[str]) -> dict[str, dict]:
    """What waits for an answer at each of these establishments, as P-10 reads it. One query."""
    rows = (
        Finding.objects.waiting()
        .filter(dataset__establishment__in=sites)
        .order_by()
        .values_list("dataset__establishment")
        .annotate(waiting=Count("pk"), oldest=Min("due_at"))
    )
    return {
        site: {"waiting": waiting, "oldest_due_on": today(oldest).isoformat()}
        for site, waiting, oldest in rows
    }


@dataclass(frozen=True)
class Answers:
    """How one establishment answers what users report. ``received`` is None where it would tell a
    small figure; ``in_time``, ``late`` and ``waiting`` (in their delay) likewise."""

    received: int | None
    in_time: int | None = None
    late: int | None = None
    waiting: int | None = None


def answers_of(establishment: str, *, at: datetime) -> Answers:
    """How an establishment answers, beside what is said of the others. Two queries."""
    cells = _cells(at)
    sizes = {site: (sum(parts),) for site, parts in cells.items()}
    wide = shown(sizes)
    if establishment not in wide:
        return Answers(None)
    received = sizes[establishment][0]
    if establishment not in shown(cells, among=wide):
        return Answers(received)
    return Answers(received, *cells[establishment])


def _cells(at: datetime) -> dict[str, tuple[int, int, int]]:
    """Establishment → reported by users and answered in time, late, not answered and in its
    delay."""
    late = Q(answered_at__gt=F("due_at")) | Q(answered_at__isnull=True, due_at__lt=at)
    counted = (
        Finding.objects.filter(found_by=None)
        .order_by()
        .values_list("dataset__establishment")
        .annotate(
            all=Count("pk"),
            late=Count("pk", filter=late),
            waiting=Count("pk", filter=Q(answered_at__isnull=True, due_at__gte=at)),
        )
    )
    cells = defaultdict(lambda: (0, 0, 0))
    for site, every, past, waiting in counted:
        cells[site] = (every - past - waiting, past, waiting)
    return {site: cells[site] for site in Establishment.objects.values_list("slug", flat=True)}
