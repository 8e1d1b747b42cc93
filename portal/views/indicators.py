"""Alike treated alike: the public indicators, by kind of requester, by establishment, by step."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from governance.disclosure import LEAST
from governance.pages.public_page import public_page
from portal.figures.kept import KEPT_SECONDS, alike_figures, checks_measured
from portal.figures.waiting_curve import draw
from portal.words import indicators as words
from portal.words.measured import in_fact
from portal.words.process import promises
from projects.domain import outputs


def _slug(clock: str) -> str:
    return clock.split(":")[1]


@require_GET
@public_page(seconds=KEPT_SECONDS)
def index(request):
    """Answers, articles, appeals, and the delay of each moment."""
    found, known, language = alike_figures(), words.names(), get_language()
    answers, appeals = found.answers, found.appeals
    steps = {o.group for table in (answers["step"], appeals["step"]) for o in table.groups}
    known["step"] = words.step_names(steps | set(found.cited["step"].groups), language)
    articles = words.article_lines(found.articles, timezone.localdate(), language)
    checks = checks_measured()
    context = {
        "least": LEAST,
        "checks": in_fact(checks) if checks.known else "",
        "checks_promised": outputs.delay().number,
        "by_kind": words.outcome_lines(answers["kind"], known["kind"]),
        "by_establishment": words.outcome_lines(answers["establishment"], known["establishment"]),
        "by_step": words.outcome_lines(answers["step"], known["step"]),
        "articles": articles,
        "cited": {
            axis: words.cited_lines(table, articles, known[axis])
            for axis, table in found.cited.items()
        },
        "appeals": {
            axis: words.outcome_lines(table, known[axis]) for axis, table in appeals.items()
        },
        "delays": [
            (_slug(each.clock), words.overview_line(each.label, found.clocks.get(each.clock)))
            for each in promises(language)
        ],
    }
    return render(request, "public/indicators.html", context)


@require_GET
@public_page(seconds=KEPT_SECONDS)
def moment(request, code):
    """One moment of a request: its delay by kind of requester and by establishment, its curve."""
    promise = next((p for p in promises(get_language()) if _slug(p.clock) == code), None)
    if promise is None:
        raise Http404
    clock = alike_figures().clocks.get(promise.clock)
    context = {
        "least": LEAST,
        "promise": promise,
        "lines": words.delay_lines(clock, words.names()),
        "curve": draw(clock.points) if clock else None,
    }
    return render(request, "public/indicator.html", context)
