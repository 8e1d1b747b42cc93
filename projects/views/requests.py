"""A request's overview, its exchanges, its decisions."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from projects.views.frame import frame_context, visible_request


@login_required
@require_GET
def overview(request, ref):
    """The request as its readers know it."""
    demand = visible_request(request, ref)
    return render(
        request, "projects/overview.html", frame_context(demand, request.user, timezone.now())
    )
