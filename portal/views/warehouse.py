"""*Mon établissement*, the warehouse: on what it rests, and how its patients are told of it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance.charters.facts import today
from governance.domain.warehouses import WouldStop, publish_notice, state_basis
from governance.models import WarehouseStanding
from governance.pages.outcome import accepted, posted
from governance.pages.stored_file import hand_over
from governance.roles import Permission
from portal.forms.establishment import BasisForm, NoticeForm, WarehouseForm
from portal.views.establishment import administering, frame
from projects.dossier.form import PURPOSES
from projects.models.request import RequesterKind


@administering(Permission.KEEP_WAREHOUSE)
def shown(request, place):
    """What is stated today."""
    standing = _standing(place)
    words = dict(PURPOSES), dict(RequesterKind.choices)
    context = frame(request, place, "warehouse") | {
        "standing": standing,
        "over": standing.until is not None and standing.until < today(timezone.now()),
        "purposes": [words[0].get(code, code) for code in standing.purposes],
        "recipients": [words[1].get(code, code) for code in standing.recipients],
    }
    return render(request, "establishment/warehouse.html", context)


@administering(Permission.KEEP_WAREHOUSE)
def basis(request, place):
    """State another declaration or authorisation."""
    standing = _standing(place)
    initial = {
        "kind": standing.kind,
        "number": place.warehouse_declaration,
        "dated_on": place.warehouse_declared_on,
        "until": standing.until,
        "legal_basis": place.warehouse_legal_basis,
        "purposes": standing.purposes,
        "recipients": standing.recipients,
    }
    files = request.FILES if request.method == "POST" else None
    form = BasisForm(posted(request), files, initial=initial)
    if _done(form, state_basis, request, place):
        messages.success(request, _("La base légale de l'entrepôt est enregistrée."))
        return redirect("establishment_warehouse", place.pk)
    context = frame(request, place, "warehouse") | {"form": form}
    return render(request, "establishment/warehouse_basis.html", context)


@administering(Permission.KEEP_WAREHOUSE)
@require_GET
def document(request, place):
    """The document of the declaration or authorisation."""
    file = _standing(place).document
    if file is None:
        raise Http404("document")
    return hand_over(
        request, file, at=timezone.now(), subject_type="warehouse_document", subject_ref=file.pk
    )


@administering(Permission.KEEP_WAREHOUSE)
def notice(request, place):
    """Publish a new notice."""
    standing = _standing(place)
    initial = {"channel": standing.information_channel, "coverage": standing.information_coverage}
    form = NoticeForm(posted(request), initial=initial)
    if _done(form, publish_notice, request, place):
        messages.success(request, _("La note est publiée sur la page de l'établissement."))
        return redirect("establishment_warehouse", place.pk)
    context = frame(request, place, "warehouse") | {"form": form}
    return render(request, "establishment/warehouse_notice.html", context)


def _standing(place) -> WarehouseStanding:
    return getattr(place, "warehouse", None) or WarehouseStanding(establishment=place)


def _done(form: WarehouseForm, act: Callable, request, place) -> bool:
    """Whether the change went through; told what it would stop, one is asked first."""

    def change():
        act(establishment=place, by=request.user, at=timezone.now(), **form.cleaned_data)

    try:
        return accepted(form, change)
    except WouldStop as stopped:
        form.warn(stopped)
        return False
