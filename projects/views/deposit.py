"""*Vérifier avant dépôt*, the deposit itself, and its receipt."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.process.refusals import Refusal
from projects.documents.receipt import receipt_of
from projects.domain import deposit
from projects.dossier import before_deposit
from projects.process.refusals import refusal_words
from projects.queries.overview import ref_of
from projects.views.frame import visible_request


@login_required
def check(request, ref):
    """Everything that lacks, the delays, the route, what becomes public; then the deposit."""
    demand = visible_request(request, ref)
    if demand.case.state != "draft":
        return _already(demand)
    refused = []
    if request.method == "POST":
        if not request.POST.get("confirmed"):
            refused = [_("Confirmez que vous avez lu ce qui deviendra public.")]
        else:
            refused = _deposit(request, demand)
        if not refused:
            return redirect("projects:receipt", ref_of(demand))
    context = before_deposit.page(demand, demand.reader, timezone.now()) | {
        "demand": demand,
        "ref": ref,
        "refused": refused,
        "key": request.POST.get("key") or uuid.uuid4(),
        "shown": deposit.shown_preview(demand),
        "holds": demand.reader.holder,
        "holder": demand.case.participations.select_related("person").get(
            part="holder", until__isnull=True
        ),
        "crumbs": [
            {"label": _("Mes demandes"), "href": reverse("projects:my_requests")},
            {
                "label": demand.acronym or demand.title or _("Demande sans titre"),
                "href": reverse("projects:dossier", args=[ref]),
            },
        ],
    }
    return render(request, "projects/check.html", context)


@login_required
@require_GET
def receipt(request, ref):
    """The receipt of the deposit: number, what follows, what silence means."""
    demand = visible_request(request, ref)
    found = receipt_of(demand)
    if found is None:
        raise Http404(ref)
    return render(request, "projects/receipt.html", {"demand": demand, "receipt": found})


def _deposit(request, demand) -> list[str]:
    """Deposit, or say why not."""
    try:
        deposit.submit(
            demand,
            by=request.user,
            at=timezone.now(),
            key=f"submit-{demand.pk}-{request.POST.get('key', '')[:40]}",
            shown=request.POST.get("shown", ""),
        )
    except deposit.PreviewChanged:
        return [_("Quelqu'un a écrit dans le dossier depuis : relisez ce qui deviendra public.")]
    except Refusal as refusal:
        return refusal_words(refusal, demand)
    demand.case.refresh_from_db()
    messages.success(request, _("Votre demande est déposée."))
    return []


def _already(demand):
    """A request that is no longer a draft has its receipt."""
    return redirect("projects:receipt", ref_of(demand))
