"""Recognising one person from one hospital to another: asked in the dossier, granted with the
authorisation, carried by each order to extract.

A request for several establishments may ask it, and say why. Who authorises allows it or not
(`details["linkage"]` of the decision); what was allowed stands on the access period. It may be
asked later, by an amendment, as long as no hospital was ordered to extract: what is delivered
without it bears other pseudonyms, and a second copy of the same persons would tie them to these.
Each order to extract then carries a grant (`catalog.linkage`), for its site alone, without which
the trusted third party makes no link.
"""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from catalog.domain.keys import load_order_key
from catalog.domain.orders import VALIDITY
from catalog.linkage import VERSION, sign_grant
from catalog.models import SiteOrder
from catalog.orders import instant
from governance.models import Case, Decision
from governance.models.case import Track
from governance.process.refusals import BadDetails
from governance.process.table import IN_PERIMETER
from projects.models import AccessPeriod, Amendment, Extraction, Request

QUESTIONS = ("linkage", "linkage_reason")
"""The questions of the dossier, in its section of data."""


def may_ask(request: Request) -> bool:
    """Whether there is anything to link: several establishments are asked."""
    return request.asked_sites.count() > 1


def reason_of(request: Request) -> str | None:
    """Why `request` asks that a person be recognised from one hospital to another; None when it
    does not ask."""
    answers = _answers(request)
    if not answers.get("linkage") or not may_ask(request):
        return None
    return answers.get("linkage_reason") or ""


def is_granted(request: Request) -> bool:
    """Whether the authorisation of `request` allows it."""
    return AccessPeriod.objects.filter(request=request, linkage=True).exists()


def why_not_later(request: Request) -> str:
    """Why an amendment may not ask it of an authorised `request` now, in the reader's language;
    empty when it may."""
    case = request.case
    if is_granted(request):
        return _("Le chaînage est déjà autorisé.")
    if case.tracks.filter(kind="site", status__in=IN_PERIMETER).count() < 2:
        return _("Le chaînage demande les données de deux hôpitaux au moins.")
    if _answers(request).get("delivery_kind") != "pseudonymised":
        return _("Le chaînage ne concerne que des données pseudonymisées.")
    ordered = Extraction.objects.filter(track__case=case.pk)
    if ordered.exclude(state__in=Extraction.WITHOUT_COPY).exists():
        return _(
            "Une extraction est déjà lancée sans chaînage : une copie refaite avec lui relierait "
            "les deux. Déposez une autre demande."
        )
    return ""


def allow_later(amendment: Amendment) -> None:
    """Allow it, by an accepted amendment. Raises BadDetails when it may be no more: an extraction
    was launched since."""
    # As a launch does: of the two, the second sees the first.
    case = Case.objects.select_for_update().get(pk=amendment.request_id)
    request = amendment.request
    request.case = case
    refusal = why_not_later(request)
    if refusal:
        raise BadDetails({"outcome": [refusal]})
    AccessPeriod.objects.filter(request=request).update(linkage=True)
    section = request.sections.get(code="data")
    section.answers |= {"linkage": True, "linkage_reason": amendment.reason}
    section.save(update_fields=["answers"])


def _answers(request: Request) -> dict:
    section = request.sections.filter(code="data").first()
    return section.answers if section else {}


def _allowed_by(case: Case) -> Decision:
    """The decision that allowed it: the authorisation, or the amendment that came after it."""
    decisions = Decision.objects.select_related("attestation")
    authorised = decisions.filter(case=case, step="authorise").latest("index")
    if authorised.details.get("linkage"):
        return authorised
    later = Amendment.objects.filter(request=case.pk, kind=Amendment.Kind.LINKAGE)
    return decisions.filter(case__in=later.values("case"), step="accept").latest("at")


def grant_for(track: Track, *, at: datetime) -> dict[str, str]:
    """The signed grant of an extraction at the establishment of `track`, whose request was granted
    to link. Raises KeyUnavailable."""
    case = track.case
    decision = _allowed_by(case)
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
