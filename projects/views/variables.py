"""The variables of a draft, picked from the catalogue, each with its reason; a count attached, or
taken up in a draft."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from catalog.domain.cohorts import cohorts_read_by
from catalog.models import CountRequest
from catalog.queries import variables as catalogued
from governance.pages.outcome import accepted, posted
from governance.pages.signed_in import forget, kept, signed_in
from projects.domain import counted
from projects.domain import variables as asked
from projects.domain.drafts import NotEditable, editable_sections
from projects.dossier.form import CHOICE, LONG, Field
from projects.dossier.typed import TypedPage
from projects.forms.dossier import TakeUpForm, VariableSearchForm
from projects.models import Request
from projects.queries.mine import written_drafts
from projects.queries.overview import ref_of
from projects.views.frame import visible_request

PER_PAGE = 20
COUNTS = 20
"""Counts of a person that are offered, newest first."""
OBJECTIVES = (
    ("primary", gettext_lazy("L'objectif principal")),
    ("secondary", gettext_lazy("Un objectif secondaire")),
)


@signed_in
def choose(request, ref):
    """The variables asked, with their reasons saved as one types; the catalogue to pick from."""
    demand = _written(request, ref)
    rows = list(demand.asked_variables.select_related("variable__category"))
    typed = _typed_page(demand, rows, request.user)
    if request.method != "POST":
        before = kept(request)
        return _render(request, demand, rows, typed.reopen(before) if before else typed.open())
    try:
        shown = typed.save(request.POST)
    except NotEditable:
        raise Http404 from None
    forget(request)
    if request.headers.get("HX-Request"):
        context = {"shown": shown, "at": timezone.localtime()}
        return render(request, "projects/section_saved.html", context)
    if not shown.settled:
        return _render(request, demand, rows, shown)
    messages.success(request, _("Enregistré."))
    return redirect("projects:section", ref_of(demand), "data")


@login_required
@require_POST
def add(request, ref):
    """Add the variables ticked in the catalogue."""
    demand = _written(request, ref)
    try:
        n = asked.add(
            demand, _codes(request.POST.getlist("variable")), by=request.user, at=timezone.now()
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Variables ajoutées : %(n)d.") % {"n": n})
    return redirect("projects:variables", ref_of(demand))


@login_required
@require_POST
def drop(request, ref, code):
    """Ask a variable no more."""
    demand = _written(request, ref)
    asked.drop(demand, [code], by=request.user, at=timezone.now())
    messages.success(request, _("La variable est retirée."))
    return redirect("projects:variables", ref_of(demand))


@login_required
def counts(request, ref):
    """Attach one of one's own counts to the draft."""
    demand = _written(request, ref)
    if demand.case.state != "draft":
        raise Http404
    mine = CountRequest.objects.filter(by=request.user)
    error = ""
    if request.method == "POST":
        count = get_object_or_404(mine, pk=_uuid(request.POST.get("count", "")))
        try:
            n = counted.attach(demand, count, by=request.user, at=timezone.now())
        except ValidationError as refusal:
            error = " ".join(refusal.messages)
        else:
            said = ngettext(
                "Comptage joint : %(n)d hôpital.", "Comptage joint : %(n)d hôpitaux.", n
            )
            messages.success(request, said % {"n": n})
            return redirect("projects:section", ref_of(demand), "data")
    offered = mine.select_related("version__cohort").prefetch_related("sites__establishment")
    shown, left_out = offered.by_criteria()[:COUNTS], mine.as_it_is().exists()
    context = _crumbs(demand) | {"counts": shown, "left_out": left_out, "error": error}
    return render(request, "projects/counts.html", context)


@login_required
def take_up(request, ref):
    """Take up a count in a draft that one writes, or in a new one."""
    now = timezone.now()
    cohort = get_object_or_404(cohorts_read_by(request.user, at=now), pk=ref)
    count = counted.last_answered(cohort, by=request.user)
    form = TakeUpForm(
        posted(request),
        drafts=written_drafts(request.user, now),
        initial={"draft": TakeUpForm.NEW, "title": cohort.title},
    )
    made = {}

    def act():
        said = {"draft": form.chosen, "title": form.cleaned_data["title"]}
        made["draft"] = counted.take_up(count, **said, by=request.user, at=now)

    if count is not None and accepted(form, act):
        messages.success(request, _("Le comptage est repris : sa cohorte est celle de la demande."))
        return redirect("projects:section", ref_of(made["draft"]), "data")
    context = {"form": form, "cohort": cohort, "count": count}
    return render(request, "projects/take_up.html", context)


def _codes(sent: list[str]) -> list[str]:
    """The codes of variables among what was ticked: no more than the form can tick."""
    return [code for code in sent[: asked.MOST] if "\0" not in code]


def _uuid(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise Http404 from None


def _written(request, ref) -> Request:
    demand = visible_request(request, ref)
    if not demand.reader.writes:
        raise PermissionDenied("write")
    if "data" not in editable_sections(demand):
        raise Http404
    return demand


def _typed_page(demand, rows, person) -> TypedPage:
    every = {}
    for row in rows:
        reason, objective = f"reason-{row.variable_id}", f"objective-{row.variable_id}"
        label = _("Pourquoi « %(variable)s » ?") % {"variable": row.variable.label}
        every[reason] = Field(reason, LONG, label, limits=(1, asked.REASON_LENGTH), column=True)
        every[objective] = Field(objective, CHOICE, _("Elle sert"), choices=OBJECTIVES)

    def stored() -> dict:
        found = {}
        for row in demand.asked_variables.all():
            found[f"reason-{row.variable_id}"] = row.reason
            found[f"objective-{row.variable_id}"] = row.objective
        return found

    def write(changed: dict, replaces: dict) -> dict:
        saved = asked.describe(demand, changed, replaces=replaces, by=person, at=timezone.now())
        return saved.overlaps

    return TypedPage(
        every, lambda values: [q for code, q in every.items() if code in values], stored, write
    )


def _render(request, demand, rows, shown):
    search = VariableSearchForm(request.GET)
    said = search.cleaned_data if search.is_valid() else {}
    category = said.get("category")
    found = (
        catalogued(text=said.get("q", ""), category=category.pk if category else "")
        .exclude(pk__in=[row.variable_id for row in rows])
        .order_by("category__position", "code")
    )
    context = _crumbs(demand) | {
        "rows": [
            {
                "row": row,
                "blocks": [
                    shown.block(name)
                    for name in (f"reason-{row.variable_id}", f"objective-{row.variable_id}")
                    if name in shown.form.questions
                ],
            }
            for row in rows
        ],
        "shown": shown,
        "search": search,
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "kept": kept(request) is not None,
    }
    return render(request, "projects/variables.html", context)


def _crumbs(demand) -> dict:
    ref = ref_of(demand)
    address = reverse("projects:section", args=[ref, "data"])
    return {
        "demand": demand,
        "ref": ref,
        "cancel": address,
        "crumbs": [
            {"label": _("Mes demandes"), "href": reverse("projects:my_requests")},
            {"label": _("Population, période et variables"), "href": address},
        ],
    }
