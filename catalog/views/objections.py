"""Objecting, following an objection, lifting it: pages for everyone. Deciding of deliveries: staff.

Public pages read no account and set no cookie: a request carries no right, so there is nothing for
another site to borrow, and they need no token against it. What comes from another site's page is
refused all the same. Calls are counted by network of the caller; neither an address nor a number is
kept with an objection.
"""

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from redis.exceptions import RedisError

from catalog.domain.keys import KeyUnavailable
from catalog.domain.objections import ObjectionRefused, ask_lift, keep_delivery, receive_boxes
from catalog.forms.objections import KeepForm, ReceiptForm, StatementFields
from catalog.queries.objections import (
    decided_deliveries,
    followed,
    pending_deliveries,
    taking_objections,
)
from catalog.sealed import receipt_hash, spelled
from governance.models import Establishment
from governance.pages.public_page import FRESH_SECONDS, cookie_free
from governance.pages.throttle import count, network_of, seconds_left
from governance.permissions import places_of
from governance.roles import Permission

log = structlog.get_logger(__name__)

HOUR = 3600
OBJECTIONS_AN_HOUR = 20
"""From one network; a hospital's lobby or a library shares one address."""
OBJECTIONS_AN_HOUR_IN_ALL = 1000
"""From everywhere: past it, the form to print remains."""
LOOKS_AN_HOUR = 60
"""Numbers looked up from one network."""
LONGEST_POST = 200_000
DECIDED = 100
"""Deliveries that the page lists with what was decided: the last ones."""
BOX = "box-"
"""Begins the names of the fields that hold sealed boxes."""
_AUTO_ID = "delivery-{}-%s"


@csrf_exempt
@cookie_free
@require_http_methods(["GET", "HEAD", "POST"])
def online(request):
    """Fill, seal, send; the receipt."""
    if request.method == "POST":
        return _kept_by_nobody(_receive(request))
    response = _form(request)
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


def _receive(request):
    if _comes_from_elsewhere(request):
        return _form(request, refused="elsewhere", status=403)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_POST:
        return _form(request, refused="junk", status=413)
    limits = [
        ("objection", network_of(request), OBJECTIONS_AN_HOUR),
        ("objections", "all", OBJECTIONS_AN_HOUR_IN_ALL),
    ]
    if _flood(limits):
        return _slow_down(_form(request, refused="flood", status=429))
    boxes = {
        name.removeprefix(BOX): value
        for name, value in request.POST.items()
        if name.startswith(BOX) and value
    }
    try:
        number = receive_boxes(boxes, at=timezone.now())
    except ObjectionRefused as refused:
        return _form(request, refused=refused.reason, status=400)
    except KeyUnavailable:
        log.error("objections_without_order_key")
        return _form(request, refused="unavailable", status=503)
    places = Establishment.objects.filter(pk__in=boxes)
    context = {"number": spelled(number), "places": places}
    return render(request, "objections/receipt.html", context)


def _form(request, *, refused: str = "", status: int = 200):
    places = taking_objections(at=timezone.now())
    context = {"places": places, "fields": StatementFields(places), "refused": refused}
    return render(request, "objections/online.html", context, status=status)


@csrf_exempt
@cookie_free
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request):
    """What became of an objection, by its receipt number, which never stands in an address."""
    if request.method != "POST":
        response = render(request, "objections/follow.html", {"form": ReceiptForm()})
        patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
        return response
    return _kept_by_nobody(_look(request))


@csrf_exempt
@cookie_free
@require_POST
def lift(request):
    """Ask the establishments to lift an objection; then what became of it."""
    return _kept_by_nobody(_look(request, lifting=True))


def _look(request, *, lifting: bool = False):
    form = ReceiptForm(request.POST)
    if _comes_from_elsewhere(request):
        return render(request, "objections/follow.html", {"form": ReceiptForm()}, status=403)
    if _flood([("receipt", network_of(request), LOOKS_AN_HOUR)]):
        context = {"form": ReceiptForm(), "flood": True}
        return _slow_down(render(request, "objections/follow.html", context, status=429))
    if not form.is_valid():
        return render(request, "objections/follow.html", {"form": form}, status=400)
    number = form.cleaned_data["number"]
    context = {"form": form, "number": spelled(number)}
    if lifting:
        try:
            ask_lift(number, at=timezone.now())
        except KeyUnavailable:
            log.error("objections_without_order_key")
            context["unavailable"] = True
    context["objections"] = found = followed(number)
    if not found:
        form.add_error("number", _("Aucune opposition n’est connue sous ce numéro."))
        log.info("receipt_unknown", receipt=receipt_hash(number)[:8])
    context["liftable"] = any(
        each.state == each.State.APPLIED and not each.lift_asked_at for each in found
    )
    return render(request, "objections/follow.html", context, status=200 if found else 404)


def _comes_from_elsewhere(request) -> bool:
    """Whether a browser says that the page that sent this is not one of ours."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _flood(limits: list[tuple[str, str, int]]) -> bool:
    """Whether one is spent; what a network sends past its own is not counted in all."""
    try:
        return any(count(kind, who, window=HOUR) > most for kind, who, most in limits)
    except RedisError:
        log.warning("objections_throttle_without_cache")
        return False


def _slow_down(response):
    response["Retry-After"] = str(seconds_left(HOUR))
    return response


def _kept_by_nobody(response):
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD"])
def deliveries(request):
    """The deliveries in which persons have objected since: those that wait, then what was decided
    of the others. Who delivers decides of theirs; the data protection officer of an establishment
    reads those that it delivered and those of the requests that it leads."""
    return _deliveries(request)


@login_required
@require_POST
def keep(request, pk):
    """Write why one keeps them."""
    places = _places(request, Permission.RUN_EXTRACTIONS)
    found = get_object_or_404(pending_deliveries(places), pk=pk)
    form = KeepForm(request.POST, auto_id=_AUTO_ID.format(pk))
    if form.is_valid():
        try:
            keep_delivery(
                found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except ValidationError as error:
            form.add_error("reason", error)
        else:
            messages.success(request, _("Le motif est écrit ; cette livraison n’attend plus rien."))
            return redirect("catalog:objected_deliveries")
    return _deliveries(request, wrong=(found.pk, form))


def _places(request, permission: Permission) -> set[str | None]:
    places = places_of(request.user, permission, at=timezone.now())
    if not places:
        raise Http404
    return places


def _deliveries(request, *, wrong=(None, None)):
    (pk, form), places = wrong, _places(request, Permission.READ_OBJECTED)
    runs = places_of(request.user, Permission.RUN_EXTRACTIONS, at=timezone.now())
    # Who delivers reads what their establishment delivered; who watches over a request reads all.
    led = places_of(request.user, Permission.GIVE_DPO_OPINION, at=timezone.now())
    rows = [
        (row, _at(row, places), _form_of(row, runs, form if row.pk == pk else None))
        for row in pending_deliveries(places, led=led)
    ]
    decided = [(row, _at(row, places)) for row in decided_deliveries(places, led=led)[:DECIDED]]
    context = {"rows": rows, "wrong": form, "decided": decided, "delivers": bool(runs)}
    return render(request, "objections/deliveries.html", context)


def _at(row, places: set[str | None]) -> bool:
    """Whether one of those places delivered it: elsewhere, how many objected is not said."""
    return None in places or row.delivery.establishment_id in places


def _form_of(row, runs: set[str | None], wrong):
    """The form by which one decides of a delivery; None for who does not deliver there."""
    if not _at(row, runs):
        return None
    return wrong or KeepForm(auto_id=_AUTO_ID.format(row.pk))
