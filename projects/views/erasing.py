"""The DPO erases the words of a decision, after a question: it cannot be undone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.models import Decision
from governance.pages.outcome import accepted, posted
from projects.domain import erasing
from projects.forms.erasing import EraseForm
from projects.queries.history import title_of
from projects.views.frame import visible_request

WHAT_GOES_AND_STAYS = (
    gettext_lazy(
        "Partent : ses raisons, les points ou réserves qu'elle énonce, leurs réponses, et son PDF, "
        "pour tous et même après la restauration d'une sauvegarde."
    ),
    gettext_lazy(
        "Restent : la décision, sa date, les articles cités, qui l'a prise, et sa preuve au "
        "registre public."
    ),
)


@login_required
def erase_words(request, ref, index):
    """Which decision, what goes, what stays, and why."""
    demand, now = visible_request(request, ref), timezone.now()
    if not erasing.may_erase(demand, demand.reader, now):
        raise Http404
    decision = get_object_or_404(Decision, case=demand.case_id, index=index)
    form = EraseForm(posted(request))

    def act():
        erasing.erase_words(decision, form.cleaned_data["ground"], by=request.user, at=now)

    cancel = reverse("projects:decisions", args=[ref])
    if accepted(form, act):
        messages.success(request, _("Les mots de cette décision sont effacés."))
        return redirect(f"{cancel}#decision-{index}")
    context = {
        "question": _("Effacer pour toujours les mots de cette décision ?"),
        "consequences": [
            _("Décision : %(title)s, n° %(index)s.")
            % {"title": title_of(decision), "index": decision.index},
            *map(str, WHAT_GOES_AND_STAYS),
        ],
        "label": _("Effacer ces mots"),
        "kind": "danger",
        "cancel": cancel,
        "form": form,
    }
    return render(request, "components/confirm_page.html", context)
