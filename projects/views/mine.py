"""*Mes demandes*: what is expected of me; a new request, a copy, a draft erased."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.pages.outcome import accepted, posted
from projects.domain import copies, drafts
from projects.forms.dossier import TitleForm
from projects.queries.mine import mine
from projects.queries.overview import ref_of
from projects.views.frame import visible_request


@login_required
@require_GET
def index(request):
    """What is expected of me, then my requests, ideas and drafts."""
    return render(request, "projects/mine.html", {"mine": mine(request.user, timezone.now())})


@login_required
def new(request):
    """Two doors: an idea, or a protocol, which asks a title and nothing else."""
    form, made = TitleForm(posted(request)), {}
    if accepted(form, lambda: made.update(draft=_create(request.user, form.cleaned_data["title"]))):
        return redirect("projects:dossier", ref_of(made["draft"]))
    return render(request, "projects/request_new.html", {"form": form})


@login_required
@require_POST
def copy(request, ref):
    """*Copier comme nouvelle demande*, for a request of one's team that has ended."""
    found = visible_request(request, ref)
    draft = copies.copy(found, by=request.user, at=timezone.now())
    messages.success(
        request, _("Un nouveau brouillon reprend ces réponses. Les documents sont à redonner.")
    )
    return redirect("projects:dossier", ref_of(draft))


@login_required
def erase(request, ref):
    """Erase a draft, after a question."""
    found = visible_request(request, ref)
    if not found.reader.holder:
        raise PermissionDenied("holder")
    if request.method == "POST":
        try:
            drafts.erase(found, by=request.user, at=timezone.now())
        except drafts.NotEditable:
            messages.error(request, _("Une demande déposée ne s'efface pas : elle se retire."))
            return redirect("projects:request", ref)
        messages.success(request, _("Le brouillon est effacé."))
        return redirect("projects:my_requests")
    context = {
        "question": _("Effacer le brouillon « %(title)s » ?")
        % {"title": found.title or _("sans titre")},
        "consequences": [
            _("Tout ce qu'il contient est effacé pour toute l'équipe, documents compris."),
            _("Cela ne peut pas être défait."),
        ],
        "label": _("Effacer le brouillon"),
        "kind": "danger",
        "cancel": reverse("projects:dossier", args=[ref]),
    }
    return render(request, "components/confirm_page.html", context)


def _create(person, title: str):
    return drafts.create(by=person, at=timezone.now(), title=title)
