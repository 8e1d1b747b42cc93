"""The dossier: its sections, in any order, with what each lacks and who wrote last."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.process.refusals import WrongState
from projects.domain import delays
from projects.dossier.progress import next_section, progress
from projects.queries.overview import day_words
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
        "extends": demand.reader.holder and delays.may_be_extended(demand),
    }
    return render(request, "projects/dossier.html", context)


@login_required
@require_POST
def extend(request, ref):
    """Give the holder the delay of a return once more: one click, once."""
    demand = visible_request(request, ref)
    if not demand.reader.holder:
        raise Http404(ref)
    try:
        deadline = delays.extend_completion(demand, by=request.user, at=timezone.now())
    except WrongState:
        messages.error(request, _("Ce délai ne se prolonge pas, ou il l'a déjà été."))
    else:
        messages.success(
            request,
            _("Vous avez jusqu'au %(day)s pour répondre.") % {"day": day_words(deadline.due_at)},
        )
    return redirect("projects:dossier", ref)
