"""What the sites' programs send: signed reports, progress and counts.

A site's credential is its own: the body is signed under its key. No token, no session.
"""

import uuid
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Header, Router, Schema
from pydantic import Field

from catalog.domain.reports import HTTP_STATUS, receive_report
from catalog.orders import MAXIMUM_BYTES, REPORT_KINDS, ReportRefused
from portal.api.errors import Problem
from portal.api.instants import Instant
from portal.api.schema import problems

router = Router(tags=["sites"])

REFUSED_AS = {401: "unauthenticated", 404: "not_found", 409: "conflict", 413: "too_large"}
"""The problem that answers each status of HTTP_STATUS; what is left is ``invalid``."""

REPORT = {
    "type": "object",
    "description": "Canonical JSON (RFC 8785); docs/developer/site.md describes it.",
    "required": ["site", "order", "sequence", "at", "kind", "body"],
    "additionalProperties": False,
    "properties": {
        "site": {"type": "string", "examples": ["chu-rennes"]},
        "order": {"type": ["string", "null"], "format": "uuid"},
        "sequence": {"type": "integer", "minimum": 0},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"enum": list(REPORT_KINDS)},
        "body": {"type": "object"},
    },
}


class Received(Schema):
    """The report as it was read; ``order`` is null when it spoke of none."""

    order: uuid.UUID | None
    sequence: int | None
    received_at: Instant = Field(examples=["2026-03-02T09:00:00Z"])


@router.post(
    "/reports",
    response=Received,
    summary=gettext_lazy("Le rapport signé d'un établissement"),
    openapi_extra=problems("unauthenticated", "not_found", "conflict")
    | {"requestBody": {"required": True, "content": {"application/json": {"schema": REPORT}}}},
)
def report(
    request,
    site: str = Header("", alias="X-Site", description="the site's code"),
    signature: str = Header(
        "", alias="X-Signature", description="Ed25519 signature of the body, in base64"
    ),
):
    """Sent again with the same bytes, a report is accepted and changes nothing; another one under
    the same order and sequence answers 409."""
    at = timezone.now()
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAXIMUM_BYTES:
        raise Problem("too_large")
    try:
        row = receive_report(request.body, site=site, signature=signature, at=at)
    except ReportRefused as refused:
        code = REFUSED_AS.get(HTTP_STATUS[refused.reason], "invalid")
        raise Problem(code, _refusal(refused), errors={"report": [refused.reason]}) from refused
    return _received(row, at)


def _refusal(refused: ReportRefused) -> str:
    return _("Ce rapport n'est pas accepté (%(reason)s).") % {"reason": refused.reason}


def _received(row, at: datetime) -> dict:
    if row is None:
        return {"order": None, "sequence": None, "received_at": at}
    return {"order": row.order_id, "sequence": row.sequence, "received_at": row.received_at}
