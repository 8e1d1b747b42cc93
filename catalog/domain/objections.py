"""Objections of citizens, on the portal: a sealed box in, a receipt out, an answer back.

The portal cannot open a box. It looks at its length, hands it to its establishment in an order of
kind ``object``, and keeps of the receipt number its hash. A box whose order ended without an answer
(refused, failed, left without a word) is handed over again until the site answers; an extraction
ordered meanwhile names it, and the site makes none before it has answered it.

An objection by letter never comes here: it is in the hospital's own list. Twice a day each site
that delivered is asked to compare its list with its deliveries (act ``compare``), and says how many
more persons each holds; they wait for a decision as those who objected online do.

Lifting takes the receipt number: the site compares it with what it kept, so that the portal, which
does not hold it, can lift nothing by itself.
"""

import base64
import binascii
import hashlib
import re
from datetime import datetime, timedelta

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from catalog.domain.orders import issue_order, on_report
from catalog.models import ObjectedDelivery, Objection, SealingKey, SiteOrder
from catalog.queries.objections import (
    AWAITED,
    COMPARED,
    PROMISED,
    answered_comparisons,
    comparisons,
    late_by_site,
)
from catalog.sealed import SEALED_BYTES, number_from, receipt_hash
from governance.domain.nights import late_at_once
from governance.domain.watching import facts_changed
from governance.models import Establishment
from governance.permissions import require
from governance.roles import Permission

log = structlog.get_logger(__name__)

AGAIN = timedelta(minutes=15)
"""How long after an order without an answer the box is handed over again."""
COMPARED_EVERY = timedelta(hours=12)
"""How long after a site was asked to compare its own list it is asked again."""
SHORTEST_REASON = 20
"""Characters of the reason to keep a delivery."""

MOST_PERSONS = 10_000_000
"""More persons than any delivery holds: a site that says more is not heard."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

STATES = {
    "applied": Objection.State.APPLIED,
    "not_found": Objection.State.NOT_FOUND,
    "ambiguous": Objection.State.NOT_FOUND,
    "unreadable": Objection.State.UNREADABLE,
    "replayed": Objection.State.UNREADABLE,
}
"""What each answer of a site makes of an objection."""


class ObjectionRefused(Exception):
    """What was handed over is no objection: ``reason`` is ``nothing``, ``site`` (none that takes
    sealed objections), ``junk`` or ``replayed``."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def receive_boxes(boxes: dict[str, str], *, at: datetime) -> str:
    """Hand to each establishment (slug) the box that was sealed for it (base64); give the receipt
    number, which is kept nowhere.

    The same boxes again give the same number and change nothing. Raises ObjectionRefused, and
    KeyUnavailable where the portal cannot sign an order.
    """
    digests = {slug: _digest(box) for slug, box in boxes.items()}
    if not digests:
        raise ObjectionRefused("nothing")
    taking = set(
        SealingKey.objects.filter(establishment__in=digests, establishment__active=True)
        .valid(at)
        .values_list("establishment_id", flat=True)
    )
    if taking != set(digests):
        raise ObjectionRefused("site")
    number = _number(digests)
    receipt = receipt_hash(number)
    known = list(
        Objection.objects.filter(digest__in=digests.values()).values_list("receipt", flat=True)
    )
    if known:
        if set(known) == {receipt}:
            return number
        raise ObjectionRefused("replayed")
    made = Objection.objects.bulk_create(
        [
            Objection(
                receipt=receipt,
                establishment_id=slug,
                digest=digests[slug],
                sealed=boxes[slug],
                received_at=at,
            )
            for slug in sorted(boxes)
        ],
        ignore_conflicts=True,
    )
    for objection in Objection.objects.filter(pk__in=[row.pk for row in made]):
        _hand_over(objection, at=at)
        # Unanswered by then, its establishment's list is stale.
        facts_changed(establishment=objection.establishment_id, due_at=at + PROMISED)
    return number


def _digest(box: str) -> str:
    try:
        content = base64.b64decode(box, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ObjectionRefused("junk") from error
    if len(content) != SEALED_BYTES or base64.b64encode(content).decode() != box:
        raise ObjectionRefused("junk")
    return hashlib.sha256(content).hexdigest()


def _number(digests: dict[str, str]) -> str:
    said = "\n".join(f"{slug} {digest}" for slug, digest in sorted(digests.items()))
    return number_from(salted_hmac("guichet.objection", said, algorithm="sha256").digest())


def _hand_over(objection: Objection, *, at: datetime) -> None:
    objection.order = issue_order(
        "object",
        objection.establishment_id,
        {
            "objection": str(objection.pk),
            "receipt": objection.receipt,
            "act": "object",
            "sealed": objection.sealed,
        },
        by=None,
        at=at,
    )
    objection.save(update_fields=["order"])


@transaction.atomic
def ask_lift(number: str, *, at: datetime) -> int:
    """Ask each establishment that applied the objection of this receipt number (bare) to lift it.

    Returns how many are asked; those asked already are left alone.
    """
    applied = list(
        Objection.objects.select_for_update(of=("self",)).filter(
            receipt=receipt_hash(number),
            state=Objection.State.APPLIED,
            lift_asked_at__isnull=True,
            establishment__active=True,
        )
    )
    for objection in applied:
        objection.lift_asked_at = at
        objection.order = issue_order(
            "object",
            objection.establishment_id,
            {
                "objection": str(objection.pk),
                "receipt": objection.receipt,
                "act": "lift",
                "said": number,
            },
            by=None,
            at=at,
        )
        objection.save(update_fields=["lift_asked_at", "order"])
    return len(applied)


@on_report("object")
def receive(order: SiteOrder, report: dict) -> None:
    """Bring an objection up to date with its site's answer, and forget what the order carried."""
    if order.state in SiteOrder.LIVE:
        return
    act, body = order.body.get("act"), report["body"]
    if act == "compare":
        _receive_comparison(order, report)
        return
    _forget_what_was_said(order)
    objection = Objection.objects.select_for_update().filter(pk=order.body.get("objection")).first()
    if objection is None:
        return
    outcome = body.get("outcome") if report["kind"] == "objection" else None
    at = order.ended_at
    if act == "lift":
        _receive_lift(objection, outcome, at)
        return
    state = STATES.get(outcome) if isinstance(outcome, str) else None
    if state is None or objection.state != Objection.State.RECEIVED:
        return
    objection.state, objection.answered_at, objection.sealed = state, at, ""
    objection.save(update_fields=["state", "answered_at", "sealed"])
    if state == Objection.State.APPLIED:
        named = [each for each in _listed(body) if isinstance(each, str)]
        _note_deliveries(objection.establishment_id, dict.fromkeys(named, 1), at)
    facts_changed(establishment=objection.establishment_id)


def _receive_lift(objection: Objection, outcome: object, at: datetime) -> None:
    if objection.state != Objection.State.APPLIED:
        return
    if outcome == "lifted":
        objection.state, objection.lifted_at = Objection.State.LIFTED, at
    else:
        objection.lift_asked_at = None
    objection.save(update_fields=["state", "lifted_at", "lift_asked_at"])


def _forget_what_was_said(order: SiteOrder) -> None:
    """Neither the box nor the receipt number, and nothing that ties a receipt to a delivery."""
    kept = {name: order.body[name] for name in order.body if name not in ("sealed", "said")}
    outcome = (order.result or {}).get("outcome")
    result = {"outcome": outcome} if isinstance(outcome, str) else None
    SiteOrder.objects.filter(pk=order.pk).update(body=kept, envelope={}, result=result)


def _listed(body: dict) -> list:
    """The deliveries that an answer lists."""
    said = body.get("deliveries")
    return said if isinstance(said, list) else []


def _note_deliveries(site: str, persons: dict[str, int], at: datetime) -> bool:
    """Note how many more persons of each delivery (its order) objected; whether there was any."""
    found = SiteOrder.objects.filter(
        establishment=site,
        kind=SiteOrder.Kind.EXTRACT,
        state=SiteOrder.State.DONE,
        pk__in=[each for each in persons if _UUID.fullmatch(each)],
    )
    for delivery in found:
        more = persons[str(delivery.pk)]
        opened, made = ObjectedDelivery.objects.get_or_create(
            delivery=delivery,
            reason="",
            defaults={"persons": more, "found_at": at, "last_found_at": at},
        )
        if not made:
            ObjectedDelivery.objects.filter(pk=opened.pk).update(
                persons=F("persons") + more, last_found_at=at
            )
    return bool(found)


def ask_comparisons(*, at: datetime) -> int:
    """Ask each site that delivered to compare its own list with its deliveries, when it was not
    asked since ``COMPARED_EVERY`` and has answered; says how many are asked."""
    delivered = SiteOrder.objects.filter(
        establishment=OuterRef("pk"), kind=SiteOrder.Kind.EXTRACT, state=SiteOrder.State.DONE
    )
    asked = comparisons(since=at - AWAITED).filter(
        Q(issued_at__gt=at - COMPARED_EVERY) | Q(state__in=SiteOrder.LIVE),
        establishment=OuterRef("pk"),
    )
    due = Establishment.objects.active().filter(Exists(delivered), ~Exists(asked))
    for place in due:
        heard = answered_comparisons().filter(establishment=place).order_by("-issued_at").first()
        body = {"act": "compare", "after": heard and str(heard.pk)}
        issue_order("object", place, body, by=None, at=at)
    return len(due)


def _receive_comparison(order: SiteOrder, report: dict) -> None:
    """Note what a site found of its own list in its deliveries. What it said of them leaves the
    order: a count by delivery is kept with the delivery alone."""
    body = report["body"]
    compared = report["kind"] == "objection" and body.get("outcome") == COMPARED
    result = {"outcome": COMPARED} if compared else None
    SiteOrder.objects.filter(pk=order.pk).update(envelope={}, result=result)
    if not compared:
        return
    found = {
        each["order"]: each["persons"]
        for each in _listed(body)
        if isinstance(each, dict)
        and isinstance(each.get("order"), str)
        and _is_number(each.get("persons"))
    }
    if _note_deliveries(order.establishment_id, found, order.ended_at):
        facts_changed(establishment=order.establishment_id)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_PERSONS


def count_late(*, at: datetime) -> int:
    """Have the establishments where an objection waits past the promised hours counted late (C-03)
    while it does; returns how many begin to be."""
    late = late_by_site(at=at, delay=PROMISED)
    places = {slug: {"objection": {"overdue": waiting}} for slug, waiting in late.items()}
    return late_at_once("C-03d", places, at=at) if places else 0


def hand_over_again(*, at: datetime) -> int:
    """Hand over again the boxes whose order ended without an answer; says how many."""
    handed = 0
    waiting = Objection.objects.unanswered().filter(
        Q(order__ended_at__lte=at - AGAIN) | Q(order__isnull=True), establishment__active=True
    )
    for key in list(waiting.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            objection = (
                Objection.objects.select_for_update(skip_locked=True, of=("self",))
                .unanswered()
                .filter(pk=key)
                .first()
            )
            if objection is not None:
                _hand_over(objection, at=at)
                handed += 1
    if handed:
        log.warning("objections_handed_over_again", objections=handed)
    return handed


@transaction.atomic
def keep_delivery(delivery: ObjectedDelivery, *, reason: str, by, at: datetime) -> None:
    """Write why a delivery keeps persons who have objected since.

    Raises ValidationError when the reason is too short or the delivery waits no more,
    PermissionDenied when ``by`` runs no extraction there.
    """
    require(by, Permission.RUN_EXTRACTIONS, delivery.delivery.establishment_id, at=at)
    reason = reason.replace("\0", "").strip()
    if len(reason) < SHORTEST_REASON:
        raise ValidationError(
            _("Écrivez le motif en %(least)d caractères au moins.") % {"least": SHORTEST_REASON}
        )
    locked = (
        ObjectedDelivery.objects.select_for_update(of=("self",))
        .pending()
        .filter(pk=delivery.pk)
        .first()
    )
    if locked is None:
        raise ValidationError(_("Cette livraison n'attend plus de décision."))
    locked.reason, locked.decided_at, locked.decided_by = reason[:4000], at, by
    locked.save(update_fields=["reason", "decided_at", "decided_by"])
    facts_changed(establishment=delivery.delivery.establishment_id)
