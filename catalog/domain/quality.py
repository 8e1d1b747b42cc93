"""Having the sites check their warehouses, and what follows from what they found.

A run is asked by who answers for the data of an establishment, or each week; the site runs the
declared checks (``catalog.warehouse.quality``) on a signed order and tells their figures, masked as
counts are. They are kept all together or not at all.

A check that was held and no longer is opens one anomaly, to be answered in P-10's delay like those
that users report; runs after it add to its history and open no other. One that is held again says
so on the anomaly, and proposes it as mended: a person closes it, in public words, since a check
says that rows satisfy it and not that they were mended rather than removed. A check that fails the
first time it is judged opens nothing: nothing began. A person may open it from the page.
"""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.domain import findings
from catalog.domain.orders import issue_order, on_report
from catalog.models import Finding, QualityResult, QualityRun, SiteKey, SiteOrder
from catalog.orders import ROUNDING, THRESHOLD, read_instant
from catalog.warehouse.quality.figures import FiguresRefused, Result, read_all
from governance import outbox
from governance.charters.facts import today
from governance.models import Establishment
from governance.permissions import require
from governance.roles import Permission

WEEKLY = timedelta(days=6)
"""A site asked less than that ago is not asked again by the week's task."""

TOLD = "quality"
"""The kind of message of the outbox: a run that gave nothing."""

PASSED, FAILED = QualityResult.Outcome.PASSED, QualityResult.Outcome.FAILED


@transaction.atomic
def ask(establishment: Establishment, *, by, at: datetime) -> QualityRun:
    """Have an establishment's site check its warehouse; the run under way when there is one.

    ``by`` None is the week's task. Raises PermissionDenied, OrderImpossible where the establishment
    left the network, KeyUnavailable where no order can be signed.
    """
    if by is not None:
        require(by, Permission.EDIT_CATALOGUE, establishment, at=at)
    place = Establishment.objects.select_for_update().get(pk=establishment.pk)
    under_way = place.quality_runs.filter(state=QualityRun.State.ASKED).first()
    if under_way is not None:
        return under_way
    body = {"threshold": THRESHOLD, "rounding": ROUNDING}
    order = issue_order(SiteOrder.Kind.QUALITY, place, body, by=by, at=at)
    return QualityRun.objects.create(establishment=place, order=order, asked_at=at, asked_by=by)


def ask_weekly(*, at: datetime) -> int:
    """Ask each site that has a key and was not asked this week; says how many."""
    reachable = SiteKey.objects.valid(at).values("establishment")
    recent = QualityRun.objects.filter(asked_at__gt=at - WEEKLY).values("establishment")
    places = Establishment.objects.active().filter(pk__in=reachable).exclude(pk__in=recent)
    asked = 0
    for place in places:
        ask(place, by=None, at=at)
        asked += 1
    return asked


@on_report("quality")
def receive_quality(order: SiteOrder, report: dict) -> None:
    """Write what a site found, all or nothing, and follow what changed."""
    run = QualityRun.objects.select_for_update().filter(order=order).first()
    if run is None or run.state == QualityRun.State.ANSWERED:
        return
    match report["kind"]:
        case "quality":
            _write(run, order, report)
        case "refused" | "failed":
            _fail(run, str(report["body"].get("reason", "")))
        case "cancelled":
            _fail(run, "cancelled")
        case "expired":
            _end(run, QualityRun.State.SILENT)


def _fail(run: QualityRun, reason: str) -> None:
    _end(run, QualityRun.State.FAILED, reason)


def _end(run: QualityRun, state: str, reason: str = "") -> None:
    """Write that a run gave nothing, and have it told."""
    run.state, run.reason = state, reason[:60]
    run.save(update_fields=["state", "reason"])
    outbox.enqueue(TOLD, {"run": run.pk})


def _write(run: QualityRun, order: SiteOrder, report: dict) -> None:
    # Once, as results; and nothing of figures that should not have been sent.
    order.result = {}
    order.save(update_fields=["result"])
    try:
        results = read_all(report["body"].get("results"))
    except FiguresRefused as refused:
        _fail(run, refused.reason)
        return
    run.state, run.reason = QualityRun.State.ANSWERED, ""
    run.measured_at = min(read_instant(report["at"]), order.ended_at)
    run.save(update_fields=["state", "reason", "measured_at"])
    before = _last_judged(run)
    rows = QualityResult.objects.bulk_create(_row(run, each) for each in results)
    _follow(run, rows, before, at=order.ended_at)


def _row(run: QualityRun, result: Result) -> QualityResult:
    return QualityResult(
        run=run,
        code=result.check.code,
        kind=result.check.kind.value,
        table=result.check.table,
        outcome=result.outcome.value,
        rows=result.rows,
        failed=result.failed,
        filled=result.filled,
    )


def _last_judged(run: QualityRun) -> dict[str, str]:
    """What each check said the last time it was judged at this establishment."""
    earlier = QualityResult.objects.filter(
        run__establishment=run.establishment_id,
        run__state=QualityRun.State.ANSWERED,
        run__measured_at__lt=run.measured_at,
        outcome__in=QualityResult.JUDGED,
    )
    last = earlier.order_by("code", "-run__measured_at", "-run__pk").distinct("code")
    return dict(last.values_list("code", "outcome"))


def _follow(run: QualityRun, rows: list[QualityResult], before: dict[str, str], *, at) -> None:
    """Open an anomaly for what began to fail; say on those that are open what became of theirs."""
    others = QualityRun.objects.answered().filter(establishment=run.establishment_id)
    if others.filter(measured_at__gt=run.measured_at).exists():
        return  # It came late: what a later run said stands.
    known = findings.last_found(run.establishment_id)
    for row in rows:
        last = known.get(row.code)
        if last is not None and last.open:
            findings.follow_check(last, row, at=at)
        elif row.outcome == FAILED and _begins(row, before.get(row.code), last):
            findings.open_found(row, by=None, at=at)


def _begins(row: QualityResult, before: str | None, last: Finding | None) -> bool:
    """Whether a failure is news: the check was held the last time, or was said to be mended."""
    said = last is not None and last.state == Finding.State.MENDED
    return before == PASSED or (said and last.mended_on < today(row.run.measured_at))


def open_anomaly(result: QualityResult, *, by, at: datetime) -> Finding:
    """Open an anomaly from the last result of a check that fails, as who answers for the data; the
    one that is open already when there is one. Raises PermissionDenied, ValidationError."""
    establishment = result.run.establishment
    if not findings.may_answer(by, establishment, at):
        raise PermissionDenied("open_anomaly")
    last = QualityRun.objects.answered().filter(establishment=establishment).first()
    if result.outcome != FAILED or result.run_id != last.pk:
        raise ValidationError(_("Ce contrôle n’est plus le dernier, ou il est tenu."))
    found = findings.last_found(establishment.pk).get(result.code)
    if found is not None and found.open:
        return found
    made = findings.open_found(result, by=by, at=at)
    if made is None:
        raise ValidationError(
            _("L’établissement ne décrit encore aucun jeu de données où la consigner.")
        )
    return made
