"""The description of a dataset: written by one person of its establishment, read again by another,
its history readable by all."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.domain import descriptions
from catalog.domain.findings import may_answer
from catalog.forms.descriptions import DescriptionForm, NotesForm, ReviewForm
from catalog.models import Dataset
from catalog.queries import variables_of
from catalog.queries.descriptions import history as versions_of
from catalog.queries.descriptions import proposed
from governance.pages.outcome import accepted, posted
from governance.pages.public_page import public_page


@require_GET
@public_page
def history(request, slug):
    """Each version that was the description of a dataset, and what it changed."""
    found = get_object_or_404(Dataset.objects.shown(), pk=slug)
    context = {"dataset": found, "versions": versions_of(found)}
    return render(request, "catalog/history.html", context)


@login_required
def edit(request, slug):
    """Write another description, or say that this one was checked."""
    found, now = _own(request, slug), timezone.now()
    waiting = found.versions.waiting().select_related("written_by").first()
    if waiting is not None and waiting.written_by_id != request.user.pk:
        messages.info(request, _("Une proposition attend : relisez-la d'abord."))
        return redirect("catalog:description_review", slug)
    content = waiting.content if waiting else descriptions.content_of(found)
    initial = content | {"note": waiting.note} if waiting else None
    form = DescriptionForm(posted(request), instance=found, initial=initial)
    held, noted = variables_of(found), content.get("notes") or {}
    notes = NotesForm(posted(request), variables=held, notes=noted)

    def act():
        said = dict(form.cleaned_data) | {"notes": notes.said()}
        note, stands = said.pop("note"), said.pop("english_stands")
        descriptions.propose(found, said, note, by=request.user, at=now, english_stands=stands)

    if (notes.is_valid() or not notes.is_bound) and accepted(form, act):
        messages.success(
            request, _("La proposition est enregistrée ; une autre personne va la relire.")
        )
        return redirect("catalog:description_review", slug)
    context = {"form": form, "notes": notes, "dataset": found, "waiting": waiting}
    return render(request, "catalog/description_edit.html", context)


@login_required
def review(request, slug):
    """What a proposal would change; accept it, or have it written again."""
    found, now = _own(request, slug), timezone.now()
    waiting = found.versions.waiting().select_related("written_by", "dataset").first()
    mine = waiting is not None and waiting.written_by_id == request.user.pk
    answering = waiting is not None and not mine
    form = ReviewForm(posted(request)) if answering else None

    def act():
        said = form.cleaned_data
        if said["verdict"] == "accept":
            descriptions.accept(waiting, by=request.user, at=now)
        else:
            descriptions.refuse(waiting, said["answer"], by=request.user, at=now)

    if form is not None and accepted(form, act):
        messages.success(request, _("Votre réponse est enregistrée."))
        return redirect("catalogue:dataset", slug)
    context = {
        "dataset": found,
        "waiting": waiting,
        "mine": mine,
        "changes": proposed(waiting) if waiting else [],
        "form": form,
        "refused": found.versions.filter(state="refused", written_by=request.user)
        .order_by("-reviewed_at")
        .first(),
    }
    return render(request, "catalog/description_review.html", context)


def _own(request, slug: str) -> Dataset:
    found = get_object_or_404(Dataset.objects.shown(), pk=slug)
    if not may_answer(request.user, found.establishment_id, timezone.now()):
        raise Http404
    return found
