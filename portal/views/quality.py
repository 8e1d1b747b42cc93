"""The quality of an establishment's warehouse: what its checks found, how that changed, what is
done of it; and the establishments side by side.

Its people read it, who launch checks and answer for the data; and who follows the activity, of the
establishment or of the network.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.domain import quality
from catalog.domain.findings import last_found
from catalog.domain.keys import KeyUnavailable
from catalog.domain.orders import OrderImpossible
from catalog.models import QualityResult
from catalog.quality_words import percent, why
from catalog.queries.quality import (
    by_table,
    history_of,
    last_runs,
    results_of,
    side_by_side,
    summaries,
)
from catalog.warehouse.quality.checks import CHECKS, NEVER_FAILS, PUBLISHED, TABLE_WORDS
from governance.permissions import may
from governance.roles import Permission
from portal.figures.trend import draw
from portal.views.establishment import administering, frame

READING = (Permission.EDIT_CATALOGUE, Permission.STEER)


@administering(*READING, network=True)
@require_GET
def shown(request, place):
    """The last run, failing checks first; or, of the network, each establishment's."""
    if place is None:
        context = frame(request, place, "quality") | {"places": side_by_side()}
        return render(request, "establishment/quality_network.html", context)
    runs = last_runs(place.pk)
    found = summaries(runs)
    last = runs[0] if runs else None
    kind, table = _asked(request)
    filtered = bool(kind or table or request.GET.get("tout"))
    results = results_of(last, kind=kind, table=table) if last else []
    if not filtered:
        results = [each for each in results if each.outcome == QualityResult.Outcome.FAILED]
    known = last_found(place.pk) if results else {}
    context = (
        frame(request, place, "quality")
        | _under_way(request, place)
        | {
            "last": last,
            "summary": found.get(last.pk) if last else None,
            "runs": [found[run.pk] for run in runs],
            "trend": draw([(run.measured_at, float(found[run.pk].failed)) for run in runs[::-1]]),
            "tables": by_table(last) if last else [],
            "kinds": QualityResult.Kind.choices,
            "table_names": list(TABLE_WORDS),
            "results": [(each, _open(known, each)) for each in results],
            "filtered": filtered,
            "kind": kind,
            "table": table,
        }
    )
    return render(request, "establishment/quality.html", context)


@administering(*READING)
@require_GET
def under_way(request, place):
    """The run under way alone, for the page that waits for it."""
    context = {"slug": place.pk, "place": place} | _under_way(request, place)
    response = render(request, "establishment/_quality_run.html", context)
    if context["run"] is None or not context["run"].waits:
        # What it found is the whole page's to show.
        response["HX-Refresh"] = "true"
    return response


@administering(Permission.EDIT_CATALOGUE)
@require_POST
def launch(request, place):
    """Have the site check its warehouse now."""
    try:
        quality.ask(place, by=request.user, at=timezone.now())
    except (KeyUnavailable, OrderImpossible):
        messages.error(request, _("Le contrôle n’est pas lancé : aucun ordre ne peut être signé."))
    else:
        messages.success(request, _("Le contrôle est lancé : la page dit où il en est."))
    return redirect("establishment_quality", place.pk)


@administering(*READING)
@require_GET
def check(request, place, code):
    """One check: what it says, how that changed, by year where it is measured so."""
    history = history_of(place.pk, code)
    if not history:
        raise Http404
    declared, last = CHECKS.get(code), history[-1]
    limit = declared.threshold if declared and 0 < declared.threshold < NEVER_FAILS else None
    finding = last_found(place.pk).get(code)
    newest = last_runs(place.pk, 1)[0]
    failing = last.outcome == QualityResult.Outcome.FAILED and last.run_id == newest.pk
    context = frame(request, place, "quality") | {
        "result": last,
        "check": declared,
        "published": declared is not None and declared.name in PUBLISHED,
        "history": history[::-1],
        "trend": draw(
            [(each.run.measured_at, each.share) for each in history], written=percent, limit=limit
        ),
        "years": list(last.filled.items()),
        "finding": finding,
        "may_open": failing
        and not (finding and finding.open)
        and may(request.user, Permission.EDIT_CATALOGUE, place),
    }
    return render(request, "establishment/quality_check.html", context)


@administering(Permission.EDIT_CATALOGUE)
@require_POST
def open_anomaly(request, place, code):
    """Open an anomaly from a check that fails, to be answered like any other."""
    history = history_of(place.pk, code, 1)
    if not history:
        raise Http404
    try:
        found = quality.open_anomaly(history[-1], by=request.user, at=timezone.now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("establishment_quality_check", place.pk, code)
    messages.success(request, _("L’anomalie est ouverte : répondez-y ci-dessous."))
    return redirect("catalog:finding", found.pk)


def _asked(request) -> tuple[str, str]:
    """The kind and the table asked in the address; nothing for what is neither."""
    kind, table = request.GET.get("nature", ""), request.GET.get("table", "")
    return (
        kind if kind in QualityResult.Kind.values else "",
        table if table in TABLE_WORDS else "",
    )


def _under_way(request, place) -> dict:
    """The last run asked: under way, done, or come to nothing."""
    run = place.quality_runs.select_related("order", "asked_by").first()
    return {
        "run": run,
        "why": why(run.reason) if run and run.state == run.State.FAILED else "",
        "progress": run.order.progress if run and run.waits else {},
        "may_launch": may(request.user, Permission.EDIT_CATALOGUE, place),
    }


def _open(found: dict, result):
    """The anomaly that is open of a result's check, if there is one."""
    finding = found.get(result.code)
    return finding if finding is not None and finding.open else None
