"""Committees and juries: the list, one of them, its rules, who is named to it and until when."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.charters.facts import today
from governance.domain import committees
from governance.models import Establishment
from governance.pages.outcome import accepted, posted
from governance.permissions import may_somewhere, places_of
from governance.queries.committees import bodies_known_to
from governance.roles import Permission
from projects.forms.bodies import BodyForm, EndForm, MandateForm, RulesForm
from projects.queries.bodies import Chosen


@login_required
@require_GET
def index(request):
    """The committees and juries one knows."""
    now = timezone.now()
    names = may_somewhere(request.user, Permission.MANAGE_PEOPLE, at=now)
    if not names and not _reads(request.user, now):
        raise Http404
    context = {
        "bodies": [Chosen(b, request.user, now) for b in bodies_known_to(request.user, now)],
        "founds": names,
        "reads": _reads(request.user, now),
    }
    return render(request, "sessions/bodies.html", context)


@login_required
def new(request):
    """Found the committee of an establishment or the jury of a call."""
    now = timezone.now()
    places = places_of(request.user, Permission.MANAGE_PEOPLE, at=now)
    if not places:
        raise Http404
    network = None in places
    known = Establishment.objects.order_by("position")
    form = BodyForm(
        posted(request),
        places=known if network else known.filter(pk__in=places),
        network=network,
        initial={"kind": "jury"},
    )
    made = {}
    if accepted(
        form,
        lambda: made.update(
            body=committees.found_body(**form.cleaned_data, by=request.user, at=now)
        ),
    ):
        messages.success(request, _("C'est créé. Nommez maintenant ses membres."))
        return redirect("projects:body", made["body"].pk)
    context = {"form": form, "here": _("Créer"), "reads": _reads(request.user, now)}
    return render(request, "sessions/body_new.html", context)


@login_required
@require_GET
def body(request, slug):
    """One of them: its rules, its members, its next sessions."""
    chosen = _chosen(request, slug)
    context = {"chosen": chosen, "body": chosen.body, "reads": _reads(request.user, chosen.at)}
    return render(request, "sessions/body.html", context)


@login_required
def rules(request, slug):
    """Write the rules that the body deliberated."""
    chosen = _chosen(request, slug)
    found = chosen.body
    if not chosen.composes:
        raise Http404
    names = ("quorum", "required_seats", "remote_counts", "secret_votes")
    initial = {name: getattr(found, name) for name in names} | {"act": found.rules_act}
    form = RulesForm(posted(request), initial=initial)
    if accepted(
        form,
        lambda: committees.set_rules(found, **form.cleaned_data, by=request.user, at=chosen.at),
    ):
        messages.success(request, _("Les règles sont enregistrées."))
        return redirect("projects:body", slug)
    context = {"form": form, "body": found, "here": _("Règles"), "reads": True}
    return render(request, "sessions/body_rules.html", context)


@login_required
def name_member(request, slug):
    """Name a person to a seat."""
    chosen = _chosen(request, slug)
    if not chosen.names:
        raise Http404
    form = MandateForm(posted(request), titulars=chosen.titulars, initial={"since": chosen.day})
    if accepted(form, lambda: _named(form, chosen, request.user)):
        messages.success(request, _("La personne est nommée ; elle a le rôle qui va avec."))
        return redirect("projects:body", slug)
    reads = _reads(request.user, chosen.at)
    context = {"form": form, "body": chosen.body, "here": _("Nommer"), "reads": reads}
    return render(request, "sessions/mandate_new.html", context)


@login_required
def end_mandate(request, slug, pk):
    """End a mandate before its term, after a question."""
    chosen = _chosen(request, slug)
    mandate = get_object_or_404(chosen.body.mandates.select_related("person"), pk=pk)
    if not any(m.pk == pk and m.ends_by_hand for m in chosen.mandates):
        raise Http404
    form = EndForm(posted(request), initial={"last_day": max(today(chosen.at), mandate.since)})
    if accepted(
        form,
        lambda: committees.end_mandate(
            mandate, last_day=form.cleaned_data["last_day"], by=request.user, at=chosen.at
        ),
    ):
        messages.success(request, _("Le mandat finit ce jour-là."))
        return redirect("projects:body", slug)
    context = {
        "question": _("Mettre fin à ce mandat (%(person)s) ?") % {"person": mandate.person},
        "consequences": [
            _("Après ce jour, la personne ne siège plus et perd le rôle du mandat."),
            _("Ce qu'elle a voté reste."),
        ],
        "label": _("Mettre fin au mandat"),
        "kind": "danger",
        "cancel": reverse("projects:body", args=[slug]),
        "form": form,
    }
    return render(request, "components/confirm_page.html", context)


def _named(form, chosen, by):
    if form.cleaned_data["person"].pk == by.pk:
        raise ValidationError({"person": _("Nul ne se nomme soi-même.")})
    committees.name_member(chosen.body, **form.cleaned_data, by=by, at=chosen.at)


def _reads(person, now) -> bool:
    """Whether the list of sessions is theirs to read."""
    return may_somewhere(person, Permission.READ_SESSIONS, at=now)


def _chosen(request, slug) -> Chosen:
    now = timezone.now()
    found = get_object_or_404(bodies_known_to(request.user, now), pk=slug)
    return Chosen(found, request.user, now)
