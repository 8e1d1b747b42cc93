"""The dossier: its sections, in any order, with what each lacks and who wrote last."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from projects.progress import next_section, progress
from projects.views.frame import frame_context, visible_request


@login_required
@require_GET
def dossier(request, ref):
    """The sections of the dossier."""
    demand = visible_request(request, ref)
    sections = progress(demand)
    context = frame_context(demand, request.user, timezone.now(), own_action=True)
    context |= {
        "sections": sections,
        "following": next_section(sections) if demand.reader.writes else None,
        "points": demand.points.exclude(state="settled").count(),
    }
    return render(request, "projects/dossier.html", context)
