"""Non-conformities, for the staff who read the requests: what no longer holds, who mends it; and
the access that one closed, which a delegate confirms or lifts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.domain import blocks
from governance.pages.outcome import accepted, posted
from governance.process.refusals import NotPermitted
from projects.forms.nonconformities import JudgeBlockForm, NonConformitiesFilter
from projects.process.refusals import NOT_PERMITTED
from projects.queries.desk import desk_of
from projects.queries.nonconformities import for_delegate, listed, rows_of, told
from projects.queries.overview import quality_words
from projects.views.frame import frame_context, visible_request
from projects.views.paging import MOST, CappedPaginator
from projects.views.steps import read_of

A_PAGE = 20


@login_required
@require_GET
def index(request):
    """Those of the requests that the person reads: filtered, a page at a time."""
    now = timezone.now()
    desk = desk_of(request.user, now)
    if not desk.grants:
        raise Http404
    form = NonConformitiesFilter(request.GET or None)
    found = listed(request.user, form.chosen(), now)
    page = CappedPaginator(found, A_PAGE).get_page(request.GET.get("page"))
    rows = for_delegate(rows_of(page), desk.places("delegate"), desk.barred)
    context = {"form": form, "page_obj": page, "rows": rows, "most": MOST, "now": now}
    return render(request, "projects/nonconformities.html", context)


@login_required
def judge(request, ref, pk):
    """An access that a non-conformity closed: what a delegate answers of it."""
    demand, now = visible_request(request, ref), timezone.now()
    apart = told(demand.case.nonconformities.exclude(subject="request"))
    closed = get_object_or_404(apart.filter(bitten_at__isnull=False), pk=pk)
    stands, refused = _standings(demand.bench, closed)
    if not stands and set(refused.values()) & {"role", "party"}:
        raise Http404(pk)
    answered = list(closed.judgements.select_related("by", "delegation").order_by("index"))
    offered = blocks.answers(answered[-1] if answered else None)
    possible = {kind: stands[kind] for kind in offered if kind in stands}
    context = frame_context(demand, request.user, now, own_action=True)
    context |= {"row": rows_of([closed])[0], "answered": answered}
    why = _why_not(closed, [refused[kind] for kind in offered if kind in refused], possible)
    if why:
        context |= {"why": why, "own_action": False}
        status = 200 if request.method == "GET" else 409
        return render(request, "projects/block_closed.html", context, status=status)
    form = JudgeBlockForm(posted(request), stands=possible)
    said = {"read": read_of(request), "by": request.user, "at": now}
    if accepted(form, lambda: blocks.judge(closed, **form.cleaned_data, **said)):
        messages.success(request, _("C'est décidé, et les personnes concernées sont prévenues."))
        return redirect("projects:request", ref)
    context |= {
        "form": form,
        "read": answered[-1].index if answered else 0,
        "reopened": blocks.LIFTED not in offered,
        "act": form.act,
        "quality": quality_words("delegate"),
        "uncovered": len(possible) < len(offered),
    }
    return render(request, "projects/judge_block.html", context)


def _why_not(closed, refused: list[str], possible: dict) -> str:
    """Why nothing is to be answered here; empty when something is."""
    if not blocks.bites(closed):
        return str(blocks.NOTHING_LEFT)
    return "" if possible else str(NOT_PERMITTED[refused[0]])


def _standings(bench, closed) -> tuple[dict, dict[str, str]]:
    """What the person of ``bench`` may answer, each with the delegation it is signed under; and
    why not the others."""
    stands, refused = {}, {}
    for kind in (blocks.CONFIRMED, blocks.LIFTED):
        try:
            stands[kind] = blocks.standing(bench, closed, kind)
        except NotPermitted as refusal:
            refused[kind] = refusal.why
    return stands, refused
