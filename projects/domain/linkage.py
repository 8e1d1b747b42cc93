"""Recognising one person from one hospital to another: asked in the dossier, granted with the
authorisation, carried by each order to extract.

A request for several establishments may ask it, and say why. Who authorises allows it or not
(`details["linkage"]` of the decision); what was allowed stands on the access period. Each order to
extract then carries a grant (`catalog.linkage`), for its site alone, without which the trusted
third party makes no link.
"""

import uuid
from datetime import datetime

from catalog.domain.keys import load_order_key
from catalog.domain.orders import VALIDITY
from catalog.linkage import VERSION, sign_grant
from catalog.models import SiteOrder
from catalog.orders import instant
from governance.models.case import Track
from governance.process.table import IN_PERIMETER
from projects.models import AccessPeriod, Request

QUESTIONS = ("linkage", "linkage_reason")
"""The questions of the dossier, in its section of data."""


def may_ask(request: Request) -> bool:
    """Whether there is anything to link: several establishments are asked."""
    return request.asked_sites.count() > 1


def reason_of(request: Request) -> str | None:
    """Why `request` asks that a person be recognised from one hospital to another; None when it
    does not ask."""
    data = request.sections.filter(code="data").first()
    if data is None or not data.answers.get("linkage") or not may_ask(request):
        return None
    return data.answers.get("linkage_reason") or ""


def is_granted(request: Request) -> bool:
    """Whether the authorisation of `request` allows it."""
    return AccessPeriod.objects.filter(request=request, linkage=True).exists()


def grant_for(track: Track, *, at: datetime) -> dict[str, str]:
    """The signed grant of an extraction at the establishment of `track`, whose request was granted
    to link. Raises KeyUnavailable."""
    case = track.case
    decision = case.decisions.select_related("attestation").filter(step="authorise").latest("index")
    sites = case.tracks.filter(kind="site", status__in=IN_PERIMETER)
    said = {
        "version": VERSION,
        "grant": str(uuid.uuid4()),
        "number": case.number,
        "project": str(case.pk),
        "decision": str(decision.attestation.leaf_index),
        "sites": sorted(sites.values_list("establishment_id", flat=True)),
        "site": track.establishment_id,
        "issued": instant(at),
        "valid_until": instant(at + VALIDITY[SiteOrder.Kind.EXTRACT]),
    }
    return sign_grant(said, load_order_key())
