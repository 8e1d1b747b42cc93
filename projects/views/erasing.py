"""The DPO erases the words of a decision, or of what a delegate answered of a closed access, after
a question: it cannot be undone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.models import BlockJudgement, Decision
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


ANSWER_GOES_AND_STAYS = (
    gettext_lazy(
        "Partent : ses raisons, pour tous et même après la restauration d'une sauvegarde."
    ),
    gettext_lazy(
        "Restent : ce qui est décidé, sa date, qui l'a décidé, et sa preuve au registre public."
    ),
)


@login_required
def erase_words(request, ref, index):
    """Which decision, what goes, what stays, and why."""
    demand, now = _demand(request, ref)
    decision = get_object_or_404(Decision, case=demand.case_id, index=index)
    named = _("Décision : %(title)s, n° %(index)s.")
    named %= {"title": title_of(decision), "index": decision.index}
    back = f"{reverse('projects:decisions', args=[ref])}#decision-{index}"

    def erase(ground):
        erasing.erase_words(decision, ground, by=request.user, at=now)

    return _asked(request, erase, [named, *WHAT_GOES_AND_STAYS], back)


@login_required
def erase_answer(request, ref, pk, index):
    """The same of what a delegate answered of a closed access."""
    demand, now = _demand(request, ref)
    answered = BlockJudgement.objects.filter(nonconformity__case=demand.case_id)
    judgement = get_object_or_404(answered, nonconformity=pk, index=index)
    back = f"{reverse('projects:request', args=[ref])}#conformite"

    def erase(ground):
        erasing.erase_answer(judgement, ground, by=request.user, at=now)

    return _asked(request, erase, ANSWER_GOES_AND_STAYS, back)


def _demand(request, ref):
    """The request, for who erases words on it, and now."""
    demand, now = visible_request(request, ref), timezone.now()
    if not erasing.may_erase(demand, demand.reader, now):
        raise Http404
    return demand, now


def _asked(request, erase, consequences, back: str):
    """The question, with what goes and stays; once answered, back to where the words were."""
    form = EraseForm(posted(request))
    if accepted(form, lambda: erase(form.cleaned_data["ground"])):
        messages.success(request, _("Les mots de cette décision sont effacés."))
        return redirect(back)
    context = {
        "question": _("Effacer pour toujours les mots de cette décision ?"),
        "consequences": list(map(str, consequences)),
        "label": _("Effacer ces mots"),
        "kind": "danger",
        "cancel": back.partition("#")[0],
        "form": form,
    }
    return render(request, "components/confirm_page.html", context)
