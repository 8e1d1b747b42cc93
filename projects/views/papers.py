"""Papers of a request: added, taken away, read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.pages.outcome import accepted, posted
from governance.pages.stored_file import hand_over
from projects.domain import papers
from projects.domain.drafts import editable_sections
from projects.dossier.form import section
from projects.dossier.panels import SLOTS, papers_of
from projects.forms.dossier import PaperForm
from projects.queries.overview import ref_of
from projects.views.frame import visible_request


@login_required
def add(request, ref, slot):
    """Put a file in a slot, in place of the current one."""
    demand = _written(request, ref, slot)
    form = PaperForm(posted(request), request.FILES or None)
    if accepted(form, lambda: _attach(demand, slot, request.user, form.cleaned_data)):
        messages.success(request, _("Le document est enregistré."))
        return _back(demand, slot)
    code = papers.SECTION_OF[slot]
    address = reverse("projects:section", args=[ref_of(demand), code])
    context = {
        "form": form,
        "paper": papers_of(demand, [slot])[0],
        "replaces": slot != "other",
        "cancel": address,
        "crumbs": [
            {"label": _("Mes demandes"), "href": reverse("projects:my_requests")},
            {"label": section(code).title, "href": address},
        ],
    }
    return render(request, "projects/paper.html", context)


@login_required
def remove(request, ref, pk):
    """Take a paper away, after a question."""
    demand = visible_request(request, ref)
    paper = get_object_or_404(
        demand.attachments.select_related("file", "request__case"), pk=pk, removed_at__isnull=True
    )
    _written(request, ref, paper.slot)
    if request.method == "POST":
        papers.remove(paper, by=request.user, at=timezone.now())
        messages.success(request, _("Le document est retiré."))
        return _back(demand, paper.slot)
    context = {
        "question": _("Retirer « %(name)s » ?") % {"name": paper.file.name},
        "consequences": [_("Il ne sera plus joint à la demande.")],
        "label": _("Retirer"),
        "kind": "danger",
        "cancel": reverse("projects:section", args=[ref_of(demand), papers.SECTION_OF[paper.slot]]),
    }
    return render(request, "components/confirm_page.html", context)


@login_required
@require_GET
def read(request, ref, pk):
    """The file itself, its reading logged."""
    demand = visible_request(request, ref)
    paper = get_object_or_404(demand.attachments.select_related("file"), pk=pk)
    return hand_over(
        request,
        paper.file,
        at=timezone.now(),
        subject_type="file",
        subject_ref=paper.file.pk,
        as_role=demand.reader.quality,
    )


def _written(request, ref, slot):
    """The request, for who writes in it while the section of this slot may be written."""
    demand = visible_request(request, ref)
    if slot not in SLOTS:
        raise Http404(slot)
    if not demand.reader.writes:
        raise PermissionDenied("write")
    if papers.SECTION_OF[slot] not in editable_sections(demand):
        raise Http404(slot)
    return demand


def _attach(demand, slot, person, said) -> None:
    papers.attach(
        demand,
        slot,
        said["document"],
        version=said["version"],
        by=person,
        at=timezone.now(),
    )


def _back(demand, slot):
    return redirect("projects:section", ref_of(demand), papers.SECTION_OF[slot])
