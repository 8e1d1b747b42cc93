"""A request's overview, its exchanges, its decisions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.pages.outcome import accepted, posted
from governance.roles import Permission
from projects.domain import exchanges as talk
from projects.domain.erasing import may_erase
from projects.dossier.changes import sections_read
from projects.forms.exchanges import MessageForm, NoteForm
from projects.queries.conversation import TITLES, messages_of, points_of
from projects.queries.duties import DUTIES
from projects.queries.history import story
from projects.queries.nonconformities import for_delegate, of_request
from projects.queries.overview import Action
from projects.queries.request_page import (
    acts_of,
    holder_of,
    records_for,
    sites_of,
    sitting_of,
)
from projects.views.frame import frame_context, visible_request

MESSAGES_A_PAGE = 40


@login_required
@require_GET
def overview(request, ref):
    """The request as its readers know it, and what the reader may do with it."""
    demand, now = visible_request(request, ref), timezone.now()
    context = frame_context(demand, request.user, now)
    reader, rows = demand.reader, demand.outlook.facts_for.rows
    conformity = of_request(demand)
    if conformity and not reader.on_team and not demand.bench.conflicted:
        places = {place for role, place in reader.grants if role == "delegate"}
        conformity = for_delegate(conformity, places)
    to_judge = next((row for row in conformity if row.until and row.judged_at), None)
    if to_judge is not None:
        context["action"] = Action(str(DUTIES["bloc"]), to_judge.judged_at)
    returned = any(decision.step == "return" for decision in rows.decisions)
    context |= {
        "just_done": "suivant" in request.GET and not reader.on_team,
        "holder": holder_of(demand),
        "sites": sites_of(demand, reader),
        "sitting": sitting_of(demand),
        "assigns": reader.may(Permission.ASSIGN_REQUESTS),
        "acts": acts_of(demand, context["steps"], context["action"].href),
        "records": records_for(demand, reader),
        "nonconformities": conformity,
        "erases": any(row.judgement for row in conformity) and may_erase(demand, reader, now),
        "sections": sections_read(demand, rows.answers, compare=returned and not reader.on_team),
    }
    return render(request, "projects/overview.html", context)


@login_required
def exchanges(request, ref):
    """Messages between the team and the CDC, on the whole or a section; the points asked."""
    demand = visible_request(request, ref)
    form = _form(request, demand, MessageForm) if _may_write(demand) else None
    if form is not None and _written(request, demand, form, internal=False):
        messages.success(request, _("Votre message est envoyé."))
        return redirect("projects:exchanges", ref)
    said = messages_of(demand, internal=False, section=request.GET.get("section", ""))
    return _talk(request, demand, "projects/exchanges.html", form, said)


@login_required
def notes(request, ref):
    """The internal notes of the CDC, which the team never sees."""
    demand = visible_request(request, ref)
    if not demand.reader.reads_notes:
        raise Http404
    form = _form(request, demand, NoteForm)
    if _written(request, demand, form, internal=True):
        messages.success(request, _("Votre note est enregistrée."))
        return redirect("projects:notes", ref)
    said = messages_of(demand, internal=True)
    return _talk(request, demand, "projects/notes.html", form, said)


@login_required
@require_GET
def decisions(request, ref):
    """Each decision, what it rests on, and its proof."""
    demand, now = visible_request(request, ref), timezone.now()
    context = frame_context(demand, request.user, now, tab="decisions")
    context |= {"story": story(demand, now), "erases": may_erase(demand, demand.reader, now)}
    return render(request, "projects/decisions.html", context)


def _may_write(demand) -> bool:
    deposited = demand.case.number is not None
    return deposited and (demand.reader.parts or demand.reader.reads_notes)


def _form(request, demand, form):
    return form(posted(request), initial={"section": request.GET.get("section", "")})


def _written(request, demand, form, *, internal: bool) -> bool:
    return accepted(
        form,
        lambda: talk.write(
            demand, **form.cleaned_data, by=request.user, at=timezone.now(), internal=internal
        ),
    )


def _talk(request, demand, template, form, said):
    context = frame_context(
        demand, request.user, timezone.now(), tab="exchanges", own_action=form is not None
    )
    page = Paginator(said, MESSAGES_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        template,
        context
        | {
            "form": form,
            "page_obj": page,
            "points": points_of(demand),
            "section": TITLES.get(request.GET.get("section", ""), ""),
        },
    )
