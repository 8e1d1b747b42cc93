"""What can be read of objections, each in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from catalog.models import ObjectedDelivery, Objection, SealingKey, SiteOrder
from catalog.orders import mask
from catalog.sealed import receipt_hash
from governance.models import Case, Establishment
from governance.process.proposed import OBJECTIONS_APPLIED

PROMISED = timedelta(hours=OBJECTIONS_APPLIED)
"""What is measured against in public: no charter says another delay."""
MEASURED = timedelta(days=365)
COMPARED = "compared"
"""The outcome of an order to compare that was carried out."""
AWAITED = timedelta(days=31)
"""How far back an order to compare without an answer is looked for: a day more than it lives."""


@dataclass(frozen=True)
class Taking:
    """An establishment for which citizens may seal, and its key."""

    establishment: Establishment
    key: str


def taking_objections(*, at: datetime) -> list[Taking]:
    """The establishments that take sealed objections at ``at``, in the network's order."""
    keys = dict(
        SealingKey.objects.valid(at).order_by("since").values_list("establishment", "public_key")
    )
    return [
        Taking(place, keys[place.pk])
        for place in Establishment.objects.active()
        if place.pk in keys
    ]


def followed(number: str) -> list[Objection]:
    """What became of the objection of this receipt number (bare), by establishment."""
    return list(
        Objection.objects.filter(receipt=receipt_hash(number))
        .select_related("establishment")
        .order_by("establishment__position", "establishment")
    )


def pending_at(site: str) -> list[str]:
    """The objections that ``site`` has not answered, oldest first: an extraction waits for them."""
    unanswered = Objection.objects.unanswered().filter(establishment=site)
    return [str(key) for key in unanswered.order_by("received_at").values_list("pk", flat=True)]


def late_by_site(*, at: datetime, delay: timedelta) -> dict[str, int]:
    """How many objections wait for each establishment since longer than ``delay``."""
    late = Objection.objects.late(at, delay).order_by()
    return dict(late.values_list("establishment").annotate(late=Count("pk")))


def comparisons(*, since: datetime) -> QuerySet[SiteOrder]:
    """The orders given since then to compare a hospital's own list with its deliveries."""
    orders = SiteOrder.objects.filter(kind=SiteOrder.Kind.OBJECT, issued_at__gt=since)
    return orders.filter(body__act="compare")


def answered_comparisons() -> QuerySet[SiteOrder]:
    """Those that the site carried out."""
    done = SiteOrder.objects.filter(kind=SiteOrder.Kind.OBJECT, state=SiteOrder.State.DONE)
    return done.filter(body__act="compare", result__outcome=COMPARED)


def not_compared(sites: Iterable[str], *, at: datetime, delay: timedelta) -> set[str]:
    """Of those sites, those that were asked more than ``delay`` ago to compare their own list with
    their deliveries, and did not since. One query."""
    since = answered_comparisons().filter(
        establishment=OuterRef("establishment"), issued_at__gte=OuterRef("issued_at")
    )
    asked = comparisons(since=at - AWAITED).filter(
        ~Exists(since), establishment__in=sites, issued_at__lte=at - delay
    )
    return set(asked.order_by().values_list("establishment", flat=True))


def pending_deliveries(
    sites: set[str | None], *, led: set[str | None] = frozenset()
) -> QuerySet[ObjectedDelivery]:
    """The deliveries of ``sites`` (None: of all), and of any establishment for a request that one
    of ``led`` leads, in which persons who have since objected wait for a decision."""
    return _at(sites, led, ObjectedDelivery.objects.pending())


def decided_deliveries(
    sites: set[str | None], *, led: set[str | None] = frozenset()
) -> QuerySet[ObjectedDelivery]:
    """The same of which something was decided, the last ones first, with what: kept for a reason,
    made again, destroyed."""
    return _at(sites, led, ObjectedDelivery.objects.decided()).select_related("decided_by")


def _at(
    sites: set[str | None], led: set[str | None], found: QuerySet
) -> QuerySet[ObjectedDelivery]:
    found = found.select_related("delivery__establishment")
    if None in sites | led:
        return found
    here = Q(delivery__establishment__in=sites)
    if led:
        numbers = Case.objects.filter(lead__in=led, number__isnull=False).values("number")
        found = found.alias(number=KeyTextTransform("number", "delivery__body"))
        here |= Q(number__in=numbers)
    return found.filter(here)


def corrections_waiting(orders: list[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """Among these deliveries, the persons who objected since and wait for a decision, by order, and
    when they were first found in it."""
    found = ObjectedDelivery.objects.pending().filter(delivery__in=orders)
    rows = found.values_list("delivery", "persons", "found_at")
    return {order: (persons, since) for order, persons, since in rows}


@dataclass(frozen=True)
class Measured:
    """Objections answered in the last year (rounded), how long a person waits, and the share in per
    cent that were answered in the promised delay."""

    answered: int
    median: timedelta
    within: int

    @property
    def hours(self) -> int:
        """The median in whole hours, rounded up: what a person can count on."""
        return max(1, -(-self.median // timedelta(hours=1)))


def measured(*, at: datetime) -> Measured | None:
    """The network's delays; None under the threshold of public figures."""
    rows = Objection.objects.filter(received_at__gt=at - MEASURED).filter(
        Q(answered_at__isnull=False) | Q(received_at__lt=at - PROMISED)
    )
    waits = [
        (answered or at) - received
        for received, answered in rows.values_list("received_at", "answered_at")
    ]
    masked = mask(len(waits))
    if masked["masked"]:
        return None
    within = sum(wait <= PROMISED for wait in waits)
    return Measured(masked["persons"], median(waits), round(100 * within / len(waits)))
