"""Incidents, for those who declare and follow them. What a person may not read is not found."""

from functools import wraps

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.domain import incidents
from governance.pages.outcome import accepted, posted
from governance.pages.signed_in import forget, kept, signed_in
from governance.permissions import places_of
from governance.process.table import REQUEST
from governance.queries.incidents import clocks, lacking, visible_to, with_all
from governance.roles import Permission
from portal.forms.incident_acts import ACTS, SITE_ACTS, write
from portal.forms.incidents import DeclareForm
from projects.permissions import visible_to as visible_requests

LISTED = 100
"""Incidents listed, the last found first."""


def of_incident(view):
    """A view of one incident that the person reads; not found for others."""

    @login_required
    @wraps(view)
    def guarded(request, number, **kwargs):
        found = with_all(visible_to(request.user, timezone.now()))
        return view(request, get_object_or_404(found, number=number), **kwargs)

    return guarded


@login_required
@require_GET
def index(request):
    """The incidents that the person reads, and the door to declare one."""
    now = timezone.now()
    if not incidents.may_declare(request.user, now):
        raise Http404
    found = list(with_all(visible_to(request.user, now))[:LISTED])
    rows = [(each, clocks(each, now)) for each in found]
    context = {
        "open_rows": [row for row in rows if row[0].closed_at is None],
        "closed_rows": [row for row in rows if row[0].closed_at is not None],
    }
    return render(request, "incidents/index.html", context)


@signed_in
def new(request):
    """Declare an incident."""
    now = timezone.now()
    if not incidents.may_declare(request.user, now):
        raise Http404
    form = DeclareForm(posted(request) or kept(request), by=request.user)
    made = []
    if request.method == "POST" and accepted(
        form, lambda: made.append(incidents.declare(**form.declared(), by=request.user, at=now))
    ):
        forget(request)
        (incident, is_new), words = made[0], {"number": made[0][0].number}
        if is_new:
            messages.success(request, _("L'incident %(number)s est déclaré.") % words)
        else:
            messages.info(request, _("Cet incident était déjà déclaré : %(number)s.") % words)
        return redirect("incident", incident.number)
    return render(request, "incidents/new.html", {"form": form})


@of_incident
@require_GET
def show(request, incident):
    """One incident: its clocks, what is known, what was done, what lacks."""
    person, now = request.user, timezone.now()
    running = clocks(incident, now)
    mine = places_of(person, Permission.HANDLE_INCIDENTS, at=now)
    for clock in running:
        clock.site.mine = bool({None, clock.site.establishment_id} & mine)
    may = {
        "handle": incidents.may_handle(person, incident, now),
        "follow": incidents.may_follow(person, incident, now),
        "defer": incidents.may_defer(person, incident, now),
    }
    lacks = lacking(incident) if incident.closed_at is None else []
    context = {
        "incident": incident,
        "clocks": running,
        "may": may,
        "open": incident.closed_at is None,
        "deferred": incidents.deferred(incident, now),
        "lacks": lacks,
        "next": _next(incident, running, may, lacks, now),
        "touched": _touched(incident, person, now),
    }
    return render(request, "incidents/show.html", context)


def _next(incident, running, may, lacks, now) -> dict:
    """The one act that is first for this reader: its address and its words."""
    if incident.closed_at is not None:
        return {"href": reverse("incidents"), "label": _("Tous les incidents")}
    for clock in running:
        if clock.site.mine and not clock.settled:
            href = _site_page(incident, clock.site, "notifier")
            words = {"site": clock.establishment.short_name}
            return {"href": href, "label": _("Consigner la notification, %(site)s") % words}
    code = _next_act(incident, may, lacks, now)
    if code == "clore":
        return {"href": reverse("incident_close", args=[incident.number]), "label": _("Clore")}
    if code:
        return {"href": _page(incident, code), "label": ACTS[code].title}
    return {"href": reverse("incidents"), "label": _("Tous les incidents")}


def _next_act(incident, may, lacks, now) -> str:
    if may["follow"] and incident.high_risk is None:
        return "evaluer"
    if may["handle"] and incident.high_risk and incident.told_on is None:
        return "personnes"
    if may["handle"] and not incident.published_at and not incidents.deferred(incident, now):
        return "publier"
    if may["handle"] and not lacks:
        return "clore"
    return "mesure" if may["follow"] else ""


def _touched(incident, person, now) -> list[dict]:
    """The requests touched, each with where it stands and a link for who reads it, and the page
    that blocks it for who may."""
    cases = list(incident.cases.all())
    seen = visible_requests(person, now).filter(case__in=cases).select_related("case")
    titles = {demand.case_id: str(demand) for demand in seen}
    block = REQUEST.step("block")
    blocks = places_of(person, Permission.GIVE_DPO_OPINION, at=now)
    blocks |= places_of(person, Permission.EXAMINE_REQUESTS, at=now)
    return [
        {
            "number": case.number,
            "title": titles.get(case.pk, ""),
            "state": REQUEST.state(case.state).label if case.pk in titles else "",
            "suspended": case.pk in titles and case.state == "suspended",
            "blocks": case.pk in titles
            and case.state in block.sources
            and bool({None, case.lead_id} & blocks),
        }
        for case in cases
    ]


@of_incident
def act(request, incident, code):
    """Do one thing about an incident as a whole."""
    found = ACTS.get(code)
    if found is None or not found.may(request.user, incident, timezone.now()):
        raise Http404(code)
    return _do(request, incident, None, found, found.over(incident))


@of_incident
def site_act(request, incident, slug, code):
    """Do one thing about an establishment's part of it."""
    found, site = SITE_ACTS.get(code), _site(incident, slug)
    if found is None or not found.may(request.user, site, timezone.now()):
        raise Http404(code)
    return _do(request, incident, site, found, found.over(site))


def _do(request, incident, site, found, over: bool):
    if over or incident.closed_at is not None:
        messages.info(request, _("C'est déjà fait : rien n'a été écrit de nouveau."))
        return redirect("incident", incident.number)
    now = timezone.now()
    form = found.form(posted(request), incident=incident, by=request.user)
    if accepted(
        form, lambda: write(found, incident, site, form.cleaned_data, by=request.user, at=now)
    ):
        messages.success(request, found.done)
        return redirect("incident", incident.number)
    clock = next((c for c in clocks(incident, now) if site and c.site.pk == site.pk), None)
    context = {"incident": incident, "act": found, "form": form, "clock": clock}
    return render(request, "incidents/act.html", context)


@of_incident
def close(request, incident):
    """Close an incident, after a question."""
    now = timezone.now()
    if not incidents.may_handle(request.user, incident, now) or incident.closed_at is not None:
        raise Http404
    form = forms.Form(posted(request))
    if accepted(form, lambda: incidents.close(incident, by=request.user, at=now)):
        messages.success(request, _("L'incident est clos."))
        return redirect("incident", incident.number)
    context = {
        "question": _("Clore l'incident %(number)s ?") % {"number": incident.number},
        "consequences": lacking(incident)
        or [_("Il reste publié ; rien ne pourra plus y être changé.")],
        "label": _("Clore"),
        "cancel": reverse("incident", args=[incident.number]),
        "form": form,
    }
    return render(request, "components/confirm_page.html", context)


@of_incident
@require_GET
def notification(request, incident, slug):
    """The text of an establishment's notification to the CNIL, from what is recorded."""
    site = _site(incident, slug)
    clock = next(c for c in clocks(incident, timezone.now()) if c.site.pk == site.pk)
    context = {"incident": incident, "clock": clock, "site": site.establishment}
    return _text("incidents/notification.txt", context, f"{incident.number}-{slug}-cnil.txt")


@of_incident
@require_GET
def letter(request, incident):
    """The text of the letter to the persons, from what is recorded."""
    context = {"incident": incident}
    return _text("incidents/letter.txt", context, f"{incident.number}-personnes.txt")


def _text(template: str, context: dict, name: str) -> HttpResponse:
    answer = HttpResponse(
        render_to_string(template, context), content_type="text/plain; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _site(incident, slug):
    for site in incident.sites.all():
        if site.establishment_id == slug:
            site.incident = incident
            return site
    raise Http404(slug)


def _page(incident, code: str) -> str:
    return reverse("incident_act", args=[incident.number, code])


def _site_page(incident, site, code: str) -> str:
    return reverse("incident_site_act", args=[incident.number, site.establishment_id, code])
