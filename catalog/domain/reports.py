"""Receiving what the sites say: each report verified, counted once, and passed on.

A report is believed when one of its site's keys of the day signed it. It is identified by (order,
sequence): sent again it is accepted and changes nothing; another one under the same pair is
refused. Reports may come late or in disorder: one that is older than the last read does not move
the progress back, and nothing moves an order that has ended. Only an order given up for want of an
answer takes its site's last word when it comes after all: work that was done is not lost.
"""

import hashlib
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from catalog.domain.keys import decode
from catalog.domain.orders import LEASE, end, tell
from catalog.domain.witnesses import hear
from catalog.models import SiteKey, SiteOrder, SiteReport
from catalog.orders import FINAL_REPORTS, ReportRefused, read_instant, verify_report

log = structlog.get_logger(__name__)

OUTCOMES = {
    "count": SiteOrder.State.DONE,
    "delivered": SiteOrder.State.DONE,
    "destroyed": SiteOrder.State.DONE,
    "objection": SiteOrder.State.DONE,
    "quality": SiteOrder.State.DONE,
    "space": SiteOrder.State.DONE,
    "refused": SiteOrder.State.REFUSED,
    "failed": SiteOrder.State.FAILED,
    "cancelled": SiteOrder.State.CANCELLED,
}
"""What becomes of an order after each of the reports that end it."""

KEPT = timedelta(days=90)
"""How long the trace of an ended order's reports is kept against replays."""

HTTP_STATUS = {
    "unknown_site": 401,
    "signature": 401,
    "unknown_order": 404,
    "replayed": 409,
    "too_long": 413,
    "malformed": 422,
    "site": 422,
    "kind": 422,
    "origin": 422,
    "log_signature": 422,
    "cosignature": 422,
    "future": 422,
    "unfounded": 422,
}
"""The status that answers each reason of ReportRefused."""


def receive_report(payload: bytes, *, site: str, signature: str, at: datetime) -> SiteReport | None:
    """Read a report: ``payload`` is the body as it came, ``site`` and ``signature`` the headers
    ``X-Site`` and ``X-Signature``.

    Returns its row, the first one's when it was sent twice; None when it speaks of no order: what a
    site says as a witness of the register is heard, that it could not even read an order is only
    logged. Raises ReportRefused, whose ``reason`` is a key of HTTP_STATUS.
    """
    report = _verified(payload, site=site, signature=signature, at=at)
    if b"\\u0000" in payload:  # what PostgreSQL holds in no text
        raise ReportRefused("malformed")
    if report["kind"] == "witness":
        if report["order"] is not None:
            raise ReportRefused("malformed")
        hear(report, at=at)
        return None
    if report["order"] is None:
        log.warning("site_report_without_order", site=site, kind=report["kind"])
        return None
    digest = hashlib.sha256(payload).hexdigest()
    with transaction.atomic():
        order = (
            SiteOrder.objects.select_for_update(of=("self",))
            .filter(pk=report["order"], establishment=site)
            .first()
        )
        if order is None:
            raise ReportRefused("unknown_order")
        known = order.reports.filter(sequence=report["sequence"]).first()
        if known is not None:
            if known.digest != digest:
                raise ReportRefused("replayed")
            return known
        row = SiteReport.objects.create(
            order=order,
            sequence=report["sequence"],
            kind=report["kind"],
            digest=digest,
            said_at=read_instant(report["at"]),
            received_at=at,
        )
        _apply(order, report, at=at)
    return row


def _verified(payload: bytes, *, site: str, signature: str, at: datetime) -> dict:
    keys = list(SiteKey.objects.filter(establishment=site[:60].replace("\0", "")).valid(at))
    if not keys:
        raise ReportRefused("unknown_site")
    for key in keys[:-1]:
        try:
            return verify_report(payload, signature, decode(key.public_key), site=site)
        except ReportRefused as refused:
            if refused.reason != "signature":
                raise
    return verify_report(payload, signature, decode(keys[-1].public_key), site=site)


def _apply(order: SiteOrder, report: dict, *, at: datetime) -> None:
    """Bring the order up to date with a report that was not read before, and pass it on."""
    kind, latest = report["kind"], report["sequence"] > order.sequence
    if kind == "presence":
        # What happens in a space after its order ended: it moves no order.
        if order.kind == SiteOrder.Kind.SPACE:
            order.heartbeat_at = at
            order.save(update_fields=["heartbeat_at"])
            tell(order, report)
        return
    final, live = kind in FINAL_REPORTS, order.state in SiteOrder.LIVE
    if not live and not (final and order.state == SiteOrder.State.EXPIRED):
        return
    order.sequence = max(order.sequence, report["sequence"])
    order.heartbeat_at = at
    order.lease_until = max(order.lease_until, at + LEASE)
    if live:
        order.state = SiteOrder.State.RUNNING
    if kind == "progress" and latest:
        order.progress = report["body"]
    order.save(update_fields=["sequence", "heartbeat_at", "lease_until", "state", "progress"])
    if final:
        end(order, OUTCOMES[kind], at=at, result=report["body"])
    if latest or final:
        tell(order, report)


def forget_reports(*, at: datetime) -> int:
    """Remove the traces of reports whose order ended more than KEPT ago; says how many."""
    removed, _by_model = SiteReport.objects.filter(order__ended_at__lt=at - KEPT).delete()
    return removed


def shortened(text: object, most: int) -> str:
    """What is kept of what a site says in words: its ``most`` first characters."""
    return str(text).replace("\0", "")[:most]
