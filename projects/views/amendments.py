"""Amendments of a request: proposed, followed, decided."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.pages.outcome import accepted, posted
from governance.process.engine import take_step
from governance.process.refusals import Refusal
from governance.process.shape import NEGATIVE
from projects.domain import amendments as domain
from projects.domain.linkage import why_not_later
from projects.forms.difference import AMENDMENT_DIFFERS, NAME
from projects.forms.results import AMENDMENTS, AmendmentForm, DecideForm
from projects.forms.step import REASONS
from projects.process.refusals import FIELDS, refusal_words
from projects.queries.amendments import (
    appealed_until,
    articles_touched,
    awaited_by,
    chip_of,
    decisions_of,
    hindrances,
    steps_for,
    titles_of,
)
from projects.queries.appeals import contested_by
from projects.views.frame import frame_context, visible_request
from projects.views.steps import precedents_shown

BESIDE = ("withdraw", "appeal")
"""What the holder may do that leads nothing on."""


@login_required
@require_GET
def index(request, ref):
    """The amendments of a request."""
    demand, now = visible_request(request, ref), timezone.now()
    rows = list(demand.amendments.select_related("case"))
    for row, said in zip(rows, titles_of(rows), strict=True):
        row.said, row.chip = said, chip_of(row)
    kinds = _kinds(demand)
    context = frame_context(demand, request.user, now, tab="data", own_action=bool(kinds))
    return render(
        request, "projects/amendments.html", context | {"rows": rows, "may_propose": bool(kinds)}
    )


@login_required
@require_GET
def choose(request, ref):
    """What is to be changed."""
    demand = visible_request(request, ref)
    kinds = _kinds(demand)
    if not kinds:
        raise Http404
    context = frame_context(demand, request.user, timezone.now(), tab="data", own_action=True)
    named = [(kind, AMENDMENTS[kind]) for kind in kinds]
    return render(request, "projects/amendment_kinds.html", context | {"kinds": named})


@login_required
def new(request, ref, kind):
    """Propose an amendment."""
    demand, now = visible_request(request, ref), timezone.now()
    if kind not in _kinds(demand):
        raise Http404
    form = AmendmentForm(
        posted(request), kind=kind, sites=_joining(demand), months=demand.access_period.months
    )
    made = {}
    if accepted(form, lambda: made.update(row=_propose(demand, kind, form, request.user, now))):
        messages.success(request, _("L'avenant est proposé."))
        return redirect("projects:amendment", ref, made["row"].pk)
    context = frame_context(demand, request.user, now, tab="data", own_action=True)
    return render(
        request,
        "projects/amendment_new.html",
        context | {"form": form, "form_title": AMENDMENTS[kind]},
    )


@login_required
@require_GET
def amendment(request, ref, pk):
    """One amendment: what would change, what was said of it, what can be done."""
    demand, now = visible_request(request, ref), timezone.now()
    row = _amendment(demand, pk)
    live = row.case.state in domain.LIVE
    waits_for, until = awaited_by(row)
    context = {
        "amendment": row,
        "waits_for": waits_for,
        "until": until,
        "appealed_until": appealed_until(row) if demand.reader.holder and not waits_for else None,
        "now": now,
        "said": titles_of([row])[0],
        "chip": chip_of(row),
        "events": decisions_of(row),
        "hindrances": hindrances(row, now) if live else [],
        "acts": [
            (step.step.code, step.step.label.say(get_language() or "fr"), step.step.negative)
            for step in steps_for(row, request.user, now)
        ],
    }
    leads = any(
        not negative and code not in BESIDE for code, _label, negative in context["acts"][:1]
    )
    context["beside"] = BESIDE
    frame = frame_context(demand, request.user, now, tab="data", own_action=leads)
    return render(request, "projects/amendment.html", frame | context)


@login_required
def decide(request, ref, pk, step):
    """Take a step of an amendment."""
    demand, now = visible_request(request, ref), timezone.now()
    row = _amendment(demand, pk)
    found = next((s for s in steps_for(row, request.user, now) if s.step.code == step), None)
    if found is None:
        raise Http404
    language = get_language() or "fr"
    negative = any(answer.tone == NEGATIVE for answer in found.answers)
    form = DecideForm(
        posted(request),
        outcomes=[(answer.code, answer.label.say(language)) for answer in found.answers],
        articles=articles_touched(row, now) if negative else [],
        reasoned=found.step.reasoned,
        cited=found.step.negative and negative,
        counted=step == "state_feasibility",
        asks=REASONS.get(step),
    )
    context = {}
    if form.is_valid() and _taken(form, row, found, request.user, now, context):
        messages.success(request, _("C'est décidé."))
        return redirect("projects:amendment", ref, pk)
    context |= frame_context(demand, request.user, now, tab="data", own_action=True) | {
        "form": form,
        "amendment": row,
        "said": titles_of([row])[0],
        "label": found.step.label.say(language),
        "danger": found.step.negative,
        "contested": contested_by(demand, found.track, step) if found.step.pooled else None,
        "events": decisions_of(row),
    }
    return render(request, "projects/amendment_decide.html", context)


def _kinds(demand) -> list[str]:
    """The kinds of amendment that the reader may propose now."""
    if not demand.reader.holder:
        return []
    kinds = [k for k, states in domain.PROPOSED_IN.items() if demand.case.state in states]
    if not _joining(demand):
        kinds = [k for k in kinds if k != "site"]
    if "linkage" in kinds and why_not_later(demand):
        kinds = [k for k in kinds if k != "linkage"]
    return kinds


def _joining(demand) -> list[tuple[str, str]]:
    return [(each.pk, each.name) for each in domain.joining(demand)]


def _amendment(demand, pk):
    return get_object_or_404(demand.amendments.select_related("case", "request__case"), pk=pk)


def _propose(demand, kind, form, by, at):
    return domain.propose(demand, kind, form.change(), form.cleaned_data["reason"], by=by, at=at)


def _taken(form, row, found, by, at, context) -> bool:
    said = form.cleaned_data
    try:
        take_step(
            row.case,
            found.step.code,
            by=by,
            at=at,
            track=found.track,
            details=form.details(),
            outcome=said.get("outcome"),
            articles=tuple(said.get("articles", ())),
            reason=said["reason"],
            difference=said.get(NAME, ""),
        )
    except Refusal as refusal:
        context["precedents"] = precedents_shown(refusal, form, AMENDMENT_DIFFERS)
        field = FIELDS.get(refusal.code)
        words = refusal_words(refusal, row.request)
        form.add_error(field if field in form.fields else None, words)
        return False
    return True
