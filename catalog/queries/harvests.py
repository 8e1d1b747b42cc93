"""What can be read of the catalogues of other nodes: what is shown of them, what a reading
proposes, what waits to be examined."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from catalog.exchange.code_lists import category_at
from catalog.exchange.records import FIELDS
from catalog.models import CatalogueSource, Harvest, HarvestChange, HarvestedDataset
from catalog.queries.descriptions import Change, pieces
from catalog.search import Asked, best_first, matching
from governance.dates import say_day

LABELS: dict[str, Promise] = {
    "title": gettext_lazy("Titre"),
    "description": gettext_lazy("Description"),
    "publisher": gettext_lazy("Publié par"),
    "page": gettext_lazy("Page d'origine"),
    "categories": gettext_lazy("Catégories européennes"),
    "modified": gettext_lazy("Modifié le"),
}
KINDS = (HarvestChange.Kind.ADDED, HarvestChange.Kind.CHANGED, HarvestChange.Kind.REMOVED)


def neighbours() -> QuerySet[CatalogueSource]:
    """The nodes of which something is shown, with ``shown``, how many datasets, and ``last_at``,
    when something of them was last accepted."""
    there = Q(datasets__removed_at__isnull=True)
    return (
        CatalogueSource.objects.annotate(
            shown=Count("datasets", filter=there),
            last_at=Max("datasets__accepted_at", filter=there),
        )
        .filter(shown__gt=0)
        .order_by("name")
    )


def elsewhere(asked: Asked | str = "", *, source: int | None = None) -> QuerySet[HarvestedDataset]:
    """The datasets of other nodes that answer a search, best first, each with its node."""
    found = HarvestedDataset.objects.shown()
    if source is not None:
        found = found.filter(source=source)
    found = matching(found, asked)
    return best_first(found, asked) if isinstance(asked, Asked) else found


def categories_of(uris: Iterable[str]) -> list[str]:
    """European categories in the reader's language; the end of an address that is none of them."""
    found = []
    for uri in uris:
        code = category_at(uri)
        found.append(code.label if code else uri.rstrip("/").rpartition("/")[2] or uri)
    return found


def sources() -> QuerySet[CatalogueSource]:
    """Every node that is known, those still read first, with ``shown`` (how many datasets),
    ``last_state`` and ``last_at`` (of its last reading) and ``to_examine`` (how many differences
    wait)."""
    last = Harvest.objects.filter(source=OuterRef("pk")).order_by("-asked_at", "-pk")
    waiting = (
        HarvestChange.objects.filter(
            harvest__source=OuterRef("pk"), state=HarvestChange.State.PROPOSED
        )
        .order_by()
        .values("harvest__source")
        .annotate(n=Count("pk"))
    )
    return CatalogueSource.objects.annotate(
        shown=Count("datasets", filter=Q(datasets__removed_at__isnull=True)),
        last_state=Subquery(last.values("state")[:1]),
        last_at=Subquery(last.values("asked_at")[:1]),
        to_examine=Subquery(waiting.values("n")),
    ).order_by("retired_at", "name")


def to_examine() -> QuerySet[Harvest]:
    """The readings whose differences wait, the oldest first."""
    return Harvest.objects.proposed().select_related("source").order_by("read_at", "pk")


@dataclass(frozen=True)
class Difference:
    """A change that a reading proposes, and what it changes, field by field."""

    change: HarvestChange
    fields: list[Change]


def differences(changes: Iterable[HarvestChange]) -> list[Difference]:
    """Each change with what it says: all of a new dataset, what differs of a changed one."""
    return [Difference(each, _fields(each.before, each.after)) for each in changes]


def _fields(before: dict | None, after: dict | None) -> list[Change]:
    if after is None:
        return []
    if before is None:
        before = {"title": after["title"]}  # said above it
    return [
        Change(str(LABELS[name]), pieces(_said(name, before), _said(name, after)))
        for name in FIELDS
        if before.get(name) != after.get(name) and (after.get(name) or before.get(name))
    ]


def _said(name: str, content: dict) -> str:
    value = content.get(name) or ""
    if value and name == "categories":
        return " · ".join(categories_of(value))
    return day_said(value) if name == "modified" else value


def day_said(text: str) -> str:
    """A day that another node writes, in the reader's words; as it is written when it is none."""
    try:
        return say_day(date.fromisoformat(text))
    except ValueError:
        return text


def sums(changes) -> dict[str, int]:
    """How many differences of a reading are new, changed, removed."""
    counted = dict(changes.order_by().values_list("kind").annotate(n=Count("pk")))
    return {kind: counted.get(kind, 0) for kind in KINDS}
