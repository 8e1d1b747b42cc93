"""What can be read of the checks of warehouses, each in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from catalog.models import Finding, QualityResult, QualityRun
from catalog.warehouse.layout import TABLES
from governance.models import Establishment

RUNS_SHOWN = 12
"""How many runs a trend goes back."""

JUDGED = Q(outcome__in=QualityResult.JUDGED)
PASSED = Q(outcome=QualityResult.Outcome.PASSED)


class Held:
    """Of so many checks ``judged``, so many ``passed``."""

    passed: int
    judged: int

    @property
    def failed(self) -> int:
        """How many were not held."""
        return self.judged - self.passed

    @property
    def percent(self) -> float | None:
        """Percents of the checks judged that were held; None when none was."""
        return 100 * self.passed / self.judged if self.judged else None


@dataclass(frozen=True)
class Share(Held):
    """How many checks of one kind were judged, and how many of these were held."""

    kind: QualityResult.Kind
    passed: int
    judged: int


@dataclass(frozen=True)
class Summary(Held):
    """The checks of one run, kind by kind. ``at`` is when they were made."""

    at: datetime
    shares: list[Share]

    @property
    def passed(self) -> int:
        """How many were held."""
        return sum(each.passed for each in self.shares)

    @property
    def judged(self) -> int:
        """How many were judged."""
        return sum(each.judged for each in self.shares)


@dataclass(frozen=True)
class Place:
    """An establishment beside the others: its last run, None before the first, and how many of the
    anomalies that checks found there are still open."""

    establishment: Establishment
    summary: Summary | None
    open: int


def last_runs(establishment: str, limit: int = RUNS_SHOWN) -> list[QualityRun]:
    """The last runs whose results are known, the newest first. One query."""
    return list(QualityRun.objects.answered().filter(establishment=establishment)[:limit])


def summaries(
    runs: Iterable[QualityRun], tables: Iterable[str] | None = None
) -> dict[int, Summary]:
    """What each of ``runs`` found, in the checks of ``tables`` (all when None). One query."""
    runs = list(runs)
    results = QualityResult.objects.filter(run__in=runs)
    if tables is not None:
        results = results.filter(table__in=tables)
    counted: dict[int, dict[str, Share]] = defaultdict(dict)
    rows = results.order_by().values_list("run", "kind")
    for run, kind, judged, passed in rows.annotate(
        judged=Count("pk", filter=JUDGED), passed=Count("pk", filter=PASSED)
    ):
        counted[run][kind] = Share(QualityResult.Kind(kind), passed, judged)
    return {
        run.pk: Summary(
            run.measured_at,
            [counted[run.pk].get(kind.value, Share(kind, 0, 0)) for kind in QualityResult.Kind],
        )
        for run in runs
    }


def summary_of_data(establishment: str, tables: Iterable[str]) -> Summary | None:
    """What the last run found in some tables; None where nothing of them was judged. Two
    queries."""
    runs = last_runs(establishment, 1)
    if not runs:
        return None
    found = summaries(runs, tables)[runs[0].pk]
    return found if found.judged else None


ORDER = {
    QualityResult.Outcome.FAILED: 0,
    QualityResult.Outcome.FEW: 1,
    QualityResult.Outcome.ABSENT: 2,
    QualityResult.Outcome.PASSED: 3,
    QualityResult.Outcome.EMPTY: 4,
}


def results_of(run: QualityRun, *, kind: str = "", table: str = "") -> list[QualityResult]:
    """The results of a run, failing first; of one kind, of one table. One query."""
    found = run.results.all()
    if kind:
        found = found.filter(kind=kind)
    if table:
        found = found.filter(table=table)
    return sorted(found.order_by("pk"), key=lambda each: ORDER[each.outcome])


@dataclass
class TableRow:
    """The checks of one table in a run, kind by kind."""

    table: str
    shares: dict[str, Share] = field(default_factory=dict)

    @property
    def cells(self) -> list[Share | None]:
        """One a kind, None where the table has none that was judged."""
        return [self.shares.get(kind.value) for kind in QualityResult.Kind]


def by_table(run: QualityRun) -> list[TableRow]:
    """How many checks are held, table by table in the order of the layout. One query."""
    rows: dict[str, TableRow] = {}
    counted = run.results.filter(JUDGED).order_by().values_list("table", "kind")
    for table, kind, judged, passed in counted.annotate(
        judged=Count("pk"), passed=Count("pk", filter=PASSED)
    ):
        row = rows.setdefault(table, TableRow(table))
        row.shares[kind] = Share(QualityResult.Kind(kind), passed, judged)
    place = {name: position for position, name in enumerate(TABLES)}
    return sorted(rows.values(), key=lambda row: place.get(row.table, len(place)))


def history_of(establishment: str, code: str, limit: int = RUNS_SHOWN) -> list[QualityResult]:
    """The last results of one check at an establishment, the oldest first. One query."""
    found = QualityResult.objects.filter(
        code=code, run__establishment=establishment, run__state=QualityRun.State.ANSWERED
    )
    newest = found.select_related("run").order_by("-run__measured_at", "-run__pk")[:limit]
    return list(newest)[::-1]


def side_by_side() -> list[Place]:
    """The active establishments and what their last run found. Four queries."""
    places = list(Establishment.objects.active())
    last = QualityRun.objects.answered().filter(establishment__in=places)
    runs = list(
        last.order_by("establishment_id", "-measured_at", "-pk").distinct("establishment_id")
    )
    said = summaries(runs)
    by_place = {run.establishment_id: said[run.pk] for run in runs}
    still = (
        Finding.objects.filter(found_by__isnull=False)
        .filter(state__in=(Finding.State.WAITING, Finding.State.TO_MEND))
        .order_by()
        .values_list("found_by__run__establishment")
        .annotate(open=Count("pk"))
    )
    waiting = dict(still)
    return [Place(each, by_place.get(each.pk), waiting.get(each.pk, 0)) for each in places]
