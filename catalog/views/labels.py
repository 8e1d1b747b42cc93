"""The quality label of a dataset: read by everyone, declared in part by its establishment."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.domain import labels
from catalog.domain.findings import may_answer
from catalog.forms.label import DeclarationForm
from catalog.models import Dataset
from catalog.queries import variables_of
from catalog.queries.label import DECLARED, WORDS, label_of
from catalog.queries.quality import summary_of_data
from governance.pages.outcome import accepted, posted
from governance.pages.public_page import public_page


@require_GET
@public_page
def shown(request, slug):
    """The six elements of the label, each with its evidence."""
    found = get_object_or_404(Dataset.objects.shown(), pk=slug)
    held = variables_of(found)
    quality = summary_of_data(found.establishment_id, {each.table for each in held})
    label = label_of(found, held, quality, at=timezone.now())
    return render(request, "catalog/label.html", {"dataset": found, "label": label})


@login_required
def declare(request, slug, element):
    """Declare one element, for the establishment."""
    found, now = get_object_or_404(Dataset.objects.shown(), pk=slug), timezone.now()
    if element not in DECLARED or not may_answer(request.user, found.establishment_id, now):
        raise Http404
    last = found.declarations.filter(element=element).first()
    initial = {"text": last.text, "proof": last.proof} if last else None
    form = DeclarationForm(posted(request), initial=initial)

    def act():
        said = form.cleaned_data
        labels.declare(
            found,
            element,
            said["text"],
            said["proof"],
            said["valid_until"],
            by=request.user,
            at=now,
        )

    if accepted(form, act):
        messages.success(request, _("La déclaration est publiée sur la page du label."))
        return redirect("catalogue:label", slug)
    title, question = WORDS[element]
    context = {"form": form, "dataset": found, "title": title, "question": question}
    return render(request, "catalog/label_declare.html", context)
