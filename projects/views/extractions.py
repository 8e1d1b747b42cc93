"""Extractions: what waits at one's establishment, one extraction, launching and cancelling."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.cohort_words import read_kept
from governance.pages.outcome import posted
from governance.permissions import may_somewhere
from governance.roles import Permission
from projects.domain import extractions as domain
from projects.domain.perimeter import perimeter_of
from projects.forms.lifetime import NarrowForm
from projects.queries.deliveries import (
    Standing,
    acts_on,
    board_of,
    extraction_run_by,
    log_of,
    manifest_of,
    track_run_by,
)


@login_required
@require_GET
def index(request):
    """What waits, what runs, what is done."""
    now = timezone.now()
    if not may_somewhere(request.user, Permission.RUN_EXTRACTIONS, at=now):
        raise Http404
    context = {"board": board_of(request.user, now)}
    live = request.headers.get("HX-Request") == "true"
    template = "extractions/board.html" if live else "extractions/index.html"
    return render(request, template, context)


@login_required
@require_GET
def extraction(request, pk):
    """One extraction: progress, log, manifest, what can be done."""
    found = _mine(request, pk)
    context = {
        "extraction": found,
        "standing": Standing(found),
        "log": log_of(found),
        "manifest": manifest_of(found),
        "acts": acts_on(found),
    }
    live = request.headers.get("HX-Request") == "true"
    template = "extractions/live.html" if live else "extractions/extraction.html"
    return render(request, template, context)


@login_required
def launch(request, pk):
    """What will be extracted for one establishment, and the button that orders it."""
    now = timezone.now()
    track = track_run_by(request.user, pk, now)
    if track is None:
        raise Http404
    perimeter = perimeter_of(track.case.request, track)
    why_not = domain.refused_because(track.case, track, perimeter, now)
    limited = track.status == "agreed_with_limits" and not why_not
    form = NarrowForm(posted(request), perimeter=perimeter) if limited else None
    if request.method == "POST":
        narrowed = form.cleaned_data if form and form.is_valid() else {}
        if form is None or form.is_valid():
            try:
                made = domain.launch(track, by=request.user, at=now, narrowed=narrowed)
                messages.success(request, _("L'ordre est parti. L'avancement s'affiche ici."))
                return redirect("projects:extraction", made.pk)
            except ValidationError as refusal:
                why_not = " ".join(refusal.messages)
    context = {"track": track, "perimeter": perimeter, "why_not": why_not, "form": form}
    context["read"] = read_kept(perimeter.cohort)
    context["again"] = track.status == domain.DELIVERED and not why_not
    return render(request, "extractions/launch.html", context)


@login_required
def cancel(request, pk):
    """Ask the site to stop, after a question."""
    found = _mine(request, pk)
    back = redirect("projects:extraction", found.pk)
    if request.method == "POST":
        try:
            domain.cancel(found, by=request.user, at=timezone.now())
            messages.success(request, _("L'ordre d'arrêt est parti. Le site confirmera."))
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        return back
    context = {
        "question": _("Arrêter cette extraction ?"),
        "consequences": [
            _("L'établissement reçoit l'ordre de s'arrêter ; rien de partiel n'est livré."),
            _("Elle pourra être lancée de nouveau."),
        ],
        "label": _("Arrêter l'extraction"),
        "kind": "danger",
        "cancel": reverse("projects:extraction", args=[found.pk]),
    }
    return render(request, "components/confirm_page.html", context)


def _mine(request, pk):
    found = extraction_run_by(request.user, pk, timezone.now())
    if found is None:
        raise Http404
    return found
