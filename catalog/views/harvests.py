"""The catalogues of other nodes, for who accepts what is shown of them: known, read, examined."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog.domain import harvests
from catalog.forms.harvests import DecisionForm, ReadForm, RetireForm, SourceForm
from catalog.models import CatalogueSource, Harvest, HarvestChange
from catalog.queries.harvests import differences, sources, sums
from governance.pages.outcome import accepted, posted
from governance.permissions import may
from governance.roles import Permission

A_PAGE = 50
READINGS = 20
"""Readings of a source that its page lists."""
CHIPS = {
    Harvest.State.WAITING: "wait",
    Harvest.State.FAILED: "stop",
    Harvest.State.NOTHING: "neutral",
    Harvest.State.PROPOSED: "here",
    Harvest.State.REPLACED: "neutral",
    Harvest.State.DECIDED: "done",
}
KINDS = {
    HarvestChange.Kind.ADDED: "done",
    HarvestChange.Kind.CHANGED: "wait",
    HarvestChange.Kind.REMOVED: "stop",
}


def for_keepers(view):
    """A page of those who read other nodes' catalogues; not found for others."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not may(request.user, Permission.READ_NEIGHBOURS):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@for_keepers
@require_GET
def index(request):
    """Every node that is known, what is shown of it, what waits."""
    known = [(each, CHIPS.get(each.last_state), _state(each.last_state)) for each in sources()]
    return render(request, "harvests/index.html", {"rows": known})


@for_keepers
def new(request):
    """Know another node; one that has an address is read at once."""
    form, now, made = SourceForm(posted(request)), timezone.now(), []

    def act():
        said = form.cleaned_data
        made.append(harvests.add_source(said["name"], said["url"], by=request.user, at=now))

    if accepted(form, act):
        source = made[0]
        if not source.url:
            return redirect("catalog:source", source.pk)
        asked = harvests.ask(source, by=request.user, at=now)
        return redirect("catalog:harvest", source.pk, asked.pk)
    return render(request, "harvests/new.html", {"form": form})


@for_keepers
def source(request, pk):
    """One node: what is shown of it, its readings; have it read again."""
    found, now, made = get_object_or_404(sources(), pk=pk), timezone.now(), []
    refused = HarvestChange.objects.filter(harvest__source=found, state="refused").exists()
    form = ReadForm(posted(request), request.FILES or None, source=found, refused=refused)

    def act():
        made.append(harvests.ask(found, by=request.user, at=now, **form.asked()))

    if accepted(form, act):
        return redirect("catalog:harvest", found.pk, made[0].pk)
    readings = found.harvests.select_related("asked_by")[:READINGS]
    context = {
        "source": found,
        "form": form,
        "readings": [(each, CHIPS[each.state]) for each in readings],
        "proposed": found.harvests.proposed().first(),
    }
    return render(request, "harvests/source.html", context)


@for_keepers
def harvest(request, pk, reading):
    """One reading: how it goes, what differs; accept it, or refuse."""
    known = Harvest.objects.select_related("source", "asked_by", "document")
    found = get_object_or_404(known, pk=reading, source=pk)
    changes = found.changes.select_related("decided_by")
    if found.state == Harvest.State.PROPOSED:
        changes = changes.filter(state=HarvestChange.State.PROPOSED)
    page = Paginator(changes, A_PAGE).get_page(request.GET.get("page"))
    form = None
    if found.state == Harvest.State.PROPOSED:
        form = DecisionForm(posted(request), pages=page.paginator.num_pages)
        if accepted(form, lambda: _decide(request, found, form)):
            return _next(found)
        found.refresh_from_db(fields=["state"])
        if found.state != Harvest.State.PROPOSED:
            messages.error(request, " ".join(form.non_field_errors()))
            return redirect("catalog:harvest", pk, reading)
    elif request.method == "POST":
        messages.error(request, _("Cette lecture n'attend plus de décision."))
        return redirect("catalog:harvest", pk, reading)
    context = {
        "harvest": found,
        "chip": CHIPS[found.state],
        "page_obj": page,
        "rows": [(each, KINDS[each.change.kind]) for each in differences(page)],
        "sums": sums(changes),
        "form": form,
        "ticked": set(form["chosen"].value() or ()) if form and form.is_bound else None,
    }
    template = "harvests/harvest_live.html" if request.headers.get("HX-Request") else None
    return render(request, template or "harvests/harvest.html", context)


@for_keepers
def retire(request, pk):
    """Read a node no more, and show nothing of it."""
    found, now = get_object_or_404(CatalogueSource.objects.current(), pk=pk), timezone.now()
    form = RetireForm(posted(request))

    def act():
        harvests.retire(found, form.cleaned_data["reason"], by=request.user, at=now)

    if accepted(form, act):
        messages.success(request, _("Ce catalogue n'est plus lu ni montré."))
        return redirect("catalog:source", found.pk)
    context = {
        "question": _("Ne plus lire le catalogue « %(name)s » ?") % {"name": found.name},
        "consequences": [
            _("Ses jeux de données ne sont plus montrés ; leur adresse dit qu'ils sont retirés."),
            _("Ce qui a été lu et accepté reste dans l'historique."),
        ],
        "label": _("Ne plus le lire"),
        "kind": "primary danger",
        "cancel": reverse("catalog:source", args=[found.pk]),
        "form": form,
    }
    return render(request, "components/confirm_page.html", context)


def _decide(request, found: Harvest, form: DecisionForm) -> None:
    said, now = form.cleaned_data, timezone.now()
    if said["verdict"] == "accept":
        done = harvests.accept(found, form.wanted(), by=request.user, at=now)
        text = _("Accepté : le catalogue le montre (%(n)d).")
    else:
        done = harvests.refuse(found, form.wanted(), said["reason"], by=request.user, at=now)
        text = _("Refusé : le catalogue reste comme il est (%(n)d).")
    messages.success(request, text % {"n": len(done)})


def _next(found: Harvest):
    found.refresh_from_db(fields=["state"])
    if found.state == Harvest.State.PROPOSED:
        return redirect("catalog:harvest", found.source_id, found.pk)
    return redirect("catalog:source", found.source_id)


def _state(state: str | None):
    return Harvest.State(state).label if state else _("jamais lu")
