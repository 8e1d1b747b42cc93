"""The checks of the warehouses of the demonstration, week after week: orders, reports, signatures
and masking are the real ones, and figures those recorded on these very warehouses
(``catalog.demo_warehouse.recorded``), a little smaller before the last run, as they grew.

Two stories are told with them, since synthetic data have few faults: units that one hospital no
longer writes, and links to visits that another lost for a week.
"""

from datetime import datetime, timedelta

from django.conf import settings

from catalog.demo_warehouse.recorded import Found, recorded
from catalog.domain import quality
from catalog.domain.reports import receive_report
from catalog.models import QualityRun, SiteKey
from catalog.orders import canonical, instant, sign_report
from catalog.site.keys import site_key
from catalog.warehouse.layout import TABLES
from catalog.warehouse.quality.checks import CHECKS, Kind
from catalog.warehouse.quality.figures import told
from catalog.warehouse.quality.tally import Outcome, Tally
from governance.models import Establishment

RUNS = 3
LAST, WEEK = timedelta(days=1), timedelta(days=7)
GROWTH = 0.003
"""By how much a warehouse grows in a week."""
YEARS = range(2012, 2026)

STORIES = {
    ("chu-rennes", "measurement.unit_source_value.measureValueCompleteness"): (0, 0.12, 0.11),
    ("ico", "condition_occurrence.visit_occurrence_id.isForeignKey"): (0, 0.004, 0),
}
"""(site, check) -> the share of rows that fail at each run, the oldest first."""


def check_warehouses(*, at: datetime) -> None:
    """Have each site that has a key say what its last RUNS weekly checks found."""
    found = recorded()
    reachable = SiteKey.objects.valid(at - LAST - RUNS * WEEK).values("establishment")
    for place in Establishment.objects.active().filter(pk__in=reachable):
        if place.pk not in found or QualityRun.objects.filter(establishment=place).exists():
            continue
        for number in range(RUNS):
            said_at = at - LAST - (RUNS - 1 - number) * WEEK
            _run(place, number, found[place.pk], at=said_at)


def _run(place: Establishment, number: int, found: Found, *, at: datetime) -> None:
    run = quality.ask(place, by=None, at=at)
    results = [told(_tally(place.pk, code, number, *cell)) for code, cell in found.items()]
    payload = canonical(
        {
            "site": place.pk,
            "order": str(run.order_id),
            "sequence": 0,
            "at": instant(at + timedelta(minutes=1)),
            "kind": "quality",
            "body": {"results": results},
        }
    )
    key = site_key(settings.SITES_ROOT / place.pk / "keys")
    receive_report(
        payload,
        site=place.pk,
        signature=sign_report(payload, key),
        at=at + timedelta(minutes=1),
    )


def _tally(site: str, code: str, number: int, outcome: Outcome, rows: int, failed: int) -> Tally:
    check = CHECKS[code]
    smaller = 1 - GROWTH * (RUNS - 1 - number)
    rows, failed = round(rows * smaller), round(failed * smaller)
    if story := STORIES.get((site, code)):
        failed = round(rows * story[number])
    filled = {}
    yearly = check.kind is Kind.COMPLETENESS and not check.needs and TABLES[check.table].date
    if yearly and rows and check.table != "death":
        filled = dict.fromkeys(YEARS, round(100 * (rows - failed) / rows))
    return Tally(
        check,
        rows,
        failed,
        persons=rows,
        failing=failed,
        others=rows - failed,
        absent=outcome is Outcome.ABSENT,
        filled=filled,
    )
