"""Giving orders to the sites, and carrying them through whatever the broker does.

An order is a row before it is a message. ``issue_order`` writes and signs it in the caller's
transaction; after the commit the outbox hands the envelope to the site's queue. While the order is
live it holds a lease: ``sweep_orders`` sends it again when the lease ends without a word from the
site, each time later, and gives it up once it is no longer valid. The site carries an order out
once, however often it receives it.

What happens when an order ends is not decided here: whoever issues a kind of order registers a
function with ``on_report``, and is told of each report and of an order left without an answer.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import transaction

from catalog.domain.keys import load_order_key
from catalog.models import SiteOrder
from catalog.orders import TASK, VERSION, canonical, instant, order_hash, queue_of, sign_order
from governance import outbox
from governance.models import Establishment

log = structlog.get_logger(__name__)

VALIDITY = {
    SiteOrder.Kind.COUNT: timedelta(hours=1),
    SiteOrder.Kind.EXTRACT: timedelta(days=7),
    SiteOrder.Kind.CANCEL: timedelta(days=7),
    SiteOrder.Kind.DESTROY: timedelta(days=30),
    SiteOrder.Kind.OBJECT: timedelta(days=30),
    SiteOrder.Kind.QUALITY: timedelta(days=2),
    SiteOrder.Kind.SPACE: timedelta(days=30),
}
"""How long a site may still carry an order out; later, it refuses it."""

LEASE = timedelta(minutes=5)
"""Without a word for that long, an order is sent again; doubled each time, an hour at most."""
LONGEST_LEASE = timedelta(hours=1)

MESSAGE = "site_order"
"""The kind of the outbox's message that sends an order."""

HANDLERS: dict[str, Callable[[SiteOrder, dict], None]] = {}
"""What to do of a report, by kind of order."""


class OrderImpossible(Exception):
    """An order that cannot be given: ``reason`` is ``unknown_kind``, ``inactive_site``,
    ``no_target`` or ``ended`` (there is nothing left to cancel)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def on_report(kind: str):
    """Register the function told of the reports of orders of ``kind``: ``(order, report)``.

    ``report`` is the verified one, ``{"kind", "at", "sequence", "body", …}``; ``kind`` is
    ``expired``, without a sequence, when the site never answered. Called once for each report, in
    the transaction that records it, the order's row being locked and up to date. It must not fail
    on what a site may say: an exception refuses the report, and the site sends it again.
    """

    def register(function: Callable[[SiteOrder, dict], None]):
        HANDLERS[kind] = function
        return function

    return register


@transaction.atomic
def issue_order(
    kind: str,
    site: str | Establishment,
    body: dict,
    *,
    by,
    at: datetime,
    target: SiteOrder | None = None,
) -> SiteOrder:
    """Sign an order of ``kind`` for ``site`` and have it sent once the transaction commits.

    ``body`` holds what this kind needs beside what every order says (version, kind, order, site,
    issued, valid_until): see ``docs/developer/site.md``. ``by`` is the person, None for the system;
    ``at`` an aware instant. Raises OrderImpossible, and KeyUnavailable where there is no key.
    """
    if kind not in SiteOrder.Kind.values:
        raise OrderImpossible("unknown_kind")
    place = site if isinstance(site, Establishment) else Establishment.objects.get(pk=site)
    if not place.active:
        raise OrderImpossible("inactive_site")
    if (kind in (SiteOrder.Kind.CANCEL, SiteOrder.Kind.DESTROY)) != (target is not None):
        raise OrderImpossible("no_target")
    order_id = uuid.uuid4()
    until = at + VALIDITY[SiteOrder.Kind(kind)]
    said = body | {
        "version": VERSION,
        "kind": kind,
        "order": str(order_id),
        "site": place.pk,
        "issued": instant(at),
        "valid_until": instant(until),
    }
    if target is not None:
        said["target"] = str(target.pk)
    payload = canonical(said)
    order = SiteOrder.objects.create(
        id=order_id,
        establishment=place,
        kind=kind,
        body=said,
        envelope=sign_order(payload, load_order_key()),
        hash=order_hash(payload),
        target=target,
        issued_at=at,
        issued_by=by,
        valid_until=until,
        lease_until=at + LEASE,
    )
    outbox.enqueue(MESSAGE, {"order": str(order.pk)})
    return order


def cancel_order(target: SiteOrder, *, by, at: datetime) -> SiteOrder:
    """Order the site to stop ``target``; ``target`` ends when the site says that it did.

    Raises OrderImpossible (``ended``) when it has ended already.
    """
    if target.state not in SiteOrder.LIVE:
        raise OrderImpossible("ended")
    return issue_order("cancel", target.establishment_id, {}, by=by, at=at, target=target)


@outbox.handler(MESSAGE)
def send(payload: dict) -> None:
    """Hand an order to its site's queue. Harmless twice; nothing for an order that has ended."""
    order = SiteOrder.objects.select_for_update().filter(pk=payload["order"]).first()
    if order is None or order.state not in SiteOrder.LIVE:
        return
    current_app.send_task(
        TASK,
        args=[order.envelope],
        queue=queue_of(order.establishment_id, order.kind),
        ignore_result=True,
    )
    order.sends += 1
    if order.state == SiteOrder.State.WAITING:
        order.state = SiteOrder.State.SENT
    order.save(update_fields=["sends", "state"])


def sweep_orders(*, at: datetime) -> int:
    """Send again, or give up, each live order whose lease has ended at ``at``; says how many.

    One transaction an order; those another sweep holds are left to it.
    """
    swept = 0
    for key in list(
        SiteOrder.objects.lapsed(at).order_by("lease_until").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            order = (
                SiteOrder.objects.select_for_update(skip_locked=True, of=("self",))
                .lapsed(at)
                .filter(pk=key)
                .first()
            )
            if order is not None:
                _renew(order, at)
                swept += 1
    return swept


def _renew(order: SiteOrder, at: datetime) -> None:
    if order.valid_until <= at:
        end(order, SiteOrder.State.EXPIRED, at=at)
        tell(order, {"kind": "expired", "at": instant(at), "body": {}})
        log.warning("order_expired", order=str(order.pk), site=order.establishment_id)
        return
    order.lease_until = min(at + _lease(order.sends), order.valid_until)
    order.save(update_fields=["lease_until"])
    outbox.enqueue(MESSAGE, {"order": str(order.pk)})


def _lease(sends: int) -> timedelta:
    return min(LEASE * 2 ** min(sends, 8), LONGEST_LEASE)


def end(order: SiteOrder, state: str, *, at: datetime, result: dict | None = None) -> None:
    """Write that an order (its row locked by the caller) has ended, in ``state``."""
    order.state, order.ended_at, order.result = state, at, result
    order.save(update_fields=["state", "ended_at", "result"])


def tell(order: SiteOrder, report: dict) -> None:
    """Pass a report on to the function registered for its kind of order, if there is one."""
    handler = HANDLERS.get(order.kind)
    if handler is not None:
        handler(order, report)
