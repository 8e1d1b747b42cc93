"""Extractions: an order to one establishment, followed to its manifest, cancelled, tried again.

A row follows one order. What the site says moves it and nothing else does: a report that comes
after the end changes nothing, a manifest that its site did not sign ends it as failed. The hash of
a manifest that holds goes into the public ledger, under a leaf of kind ``manifest``.

Delivering is a step of the process (`deliver`), taken by the data engineer once the articles find
the delivered files in order. Until the access opens, a copy that holds persons who objected since
is made again, the same without them: it is judged by the same articles before it opens, and what it
replaces is destroyed. At the term, an order of destruction brings the last certificate.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.domain.keys import fault_in
from catalog.domain.orders import OrderImpossible, cancel_order, issue_order, on_report
from catalog.domain.reports import shortened
from catalog.linkage import grant_hash
from catalog.models import SiteOrder
from catalog.orders import ROUNDING, THRESHOLD, canonical, instant, manifest_holds, read_instant
from catalog.queries.objections import corrections_waiting, pending_at
from governance import outbox
from governance.charters import Verdict
from governance.ledger.leaves import append_leaf
from governance.models.case import Track
from governance.permissions import require
from governance.process.outlook import Outlook
from governance.roles import Permission
from projects.domain import accesses, incidents, spaces
from projects.domain.linkage import grant_for
from projects.domain.perimeter import Perimeter, perimeter_of
from projects.models import Certificate, Extraction

LAUNCHED_IN = ("authorised", "access")
LAUNCHED_FROM = ("agreed", "agreed_with_limits")
DESTROYED_IN = ("closed", "closed_in_default", "revoked")
DELIVERED = "delivered"
PERIMETER = ("cohort", "delivery_kind", "variables", "period", "true_dates", "exception_examined")
"""What an order says of what is extracted."""
LIVE = (Extraction.State.ORDERED, Extraction.State.RUNNING)

WORDS = 400
"""Characters kept of what a site says of a failure."""


@transaction.atomic
def launch(track: Track, *, by, at: datetime, narrowed: dict | None = None) -> Extraction:
    """Order the extraction of what the establishment of `track` agreed to deliver.

    `narrowed` (`without`, `start`, `end`) applies limits that the agreement says in words only.
    The same call tries again after a failure or a cancellation, and makes a copy again that
    persons who objected since are to leave. Raises ValidationError saying what
    stands in the way, PermissionDenied when `by` runs no extraction there. Side effects: one signed
    order, sent once the transaction commits.
    """
    require(by, Permission.RUN_EXTRACTIONS, track.establishment_id, at=at)
    # The case first, as every step does: an authorisation withdrawn meanwhile is seen.
    case = type(track.case).objects.select_for_update().get(pk=track.case_id)
    track = Track.objects.select_for_update().get(pk=track.pk)
    perimeter = perimeter_of(case.request, track)
    if narrowed and track.status == "agreed_with_limits":
        perimeter = perimeter.narrowed(**narrowed)
    refusal = refused_because(case, track, perimeter, at)
    if refusal:
        raise ValidationError(refusal)
    body = _body(case, perimeter, by, at)
    if track.status == DELIVERED:
        body |= _same_as_delivered(track)
    if perimeter.linkage:
        body |= {"linkage": grant_for(track, at=at)}
    try:
        body |= {"objections": pending_at(track.establishment_id)}
        order = issue_order("extract", track.establishment, body, by=by, at=at)
    except OrderImpossible:
        raise ValidationError(_("Cet établissement a quitté le réseau.")) from None
    return Extraction.objects.create(track=track, order=order, launched_at=at, launched_by=by)


def refused_because(case, track: Track, perimeter: Perimeter, at: datetime) -> str:
    """Why no extraction can be launched now on `track`, in a sentence; empty when one can."""
    if case.state not in LAUNCHED_IN:
        return _("La demande n'est pas autorisée, ou son accès a pris fin.")
    if track.status not in LAUNCHED_FROM and not to_make_again(track, at):
        return _("Cet établissement n'a rien à extraire pour cette demande.")
    if track.extractions.filter(state__in=LIVE).exists():
        return _("Une extraction est déjà en cours.")
    missing = perimeter.missing()
    if "delivery_kind" in missing:
        return _(
            "Ce mode de livraison passe par l'outil de l'établissement, jamais par le portail."
        )
    if missing:
        return _(
            "Le dossier ne dit pas assez précisément la population, la période ou les données."
        )
    return ""


def to_make_again(track: Track, at: datetime) -> bool:
    """Whether the copy that `track`'s establishment delivered, not opened yet, is to be made again:
    persons in it objected since, or the copy that was to replace it is not in order."""
    if track.status != DELIVERED:
        return False
    orders = list(track.extractions.values_list("order", flat=True))
    return bool(corrections_waiting(orders) or lacks_again(track, at))


def made_again(track: Track, extractions: Iterable[Extraction]) -> bool:
    """Whether the copy that `track`'s establishment delivered was ordered again since; the
    `extractions` are all of the track's."""
    return any(each.launched_at > track.status_since for each in extractions)


def lacks_again(track: Track, at: datetime) -> tuple[Verdict, ...]:
    """What the articles of a delivery find against a copy that was made again since the delivery;
    nothing when none was."""
    if not made_again(track, track.extractions.all()):
        return ()
    return Outlook(track.case, at).obstacles("deliver", track)


def _same_as_delivered(track: Track) -> dict:
    """What the copy delivered was ordered with, its limits included: what replaces it is no more
    and no less, but for the persons who objected."""
    former = track.extractions.filter(state=Extraction.State.DONE).order_by("-launched_at")
    said = former.select_related("order")[0].order.body
    return {name: said[name] for name in PERIMETER}


def _body(case, perimeter: Perimeter, by, at: datetime) -> dict:
    return {
        "number": case.number,
        "project": str(case.pk),
        "cohort": perimeter.cohort,
        "delivery_kind": perimeter.kind,
        "variables": [_variable(v) for v in perimeter.variables],
        "period": {"from": perimeter.start.isoformat(), "to": perimeter.end.isoformat()},
        "true_dates": perimeter.true_dates,
        "exception_examined": perimeter.exception,
        "objections_before": instant(at),
        "threshold": THRESHOLD,
        "rounding": ROUNDING,
        "launched_by": str(by.ref),
    }


def _variable(variable) -> dict:
    said = {"code": variable.code, "table": variable.table, "column": variable.column}
    return said | ({"codes": [variable.concept]} if variable.concept else {})


@transaction.atomic
def cancel(extraction: Extraction, *, by, at: datetime) -> None:
    """Order the site to stop. The extraction ends when the site says that it did.

    Asked twice, one order leaves. Raises ValidationError when it has ended already.
    """
    require(by, Permission.RUN_EXTRACTIONS, extraction.track.establishment_id, at=at)
    order = SiteOrder.objects.select_for_update(of=("self",)).get(pk=extraction.order_id)
    if order.state not in SiteOrder.LIVE:
        raise ValidationError(_("Cette extraction est déjà terminée : il n'y a rien à annuler."))
    if not order.followed_by.filter(kind=SiteOrder.Kind.CANCEL).live().exists():
        cancel_order(order, by=by, at=at)


ENDED_BY = {
    "failed": Extraction.State.FAILED,
    "refused": Extraction.State.REFUSED,
    "cancelled": Extraction.State.CANCELLED,
    "expired": Extraction.State.FAILED,
}
"""The state in which each report that brings no data leaves an extraction."""


@on_report("extract")
def receive(order: SiteOrder, report: dict) -> None:
    """Bring the extraction of `order` up to date with what its site said."""
    extraction = Extraction.objects.select_for_update().filter(order=order).first()
    if extraction is None:
        return
    kind, body = report["kind"], report["body"]
    if kind == "delivered":
        _receive_manifest(extraction, order, body.get("manifest"), _heard(order, report))
    elif kind in ENDED_BY:
        _end(extraction, ENDED_BY[kind], _heard(order, report), _words(kind, body))
    elif extraction.state in LIVE:
        extraction.state = Extraction.State.RUNNING
        if kind == "progress":
            extraction.progress = progress_of(body)
        extraction.save(update_fields=["state", "progress"])


def _heard(order: SiteOrder, report: dict) -> datetime:
    """When the portal heard it: a site's own clock may be wrong."""
    return order.heartbeat_at or read_instant(report["at"])


def progress_of(body: dict) -> dict:
    """What is kept of a site's progress: whole numbers and short codes, nothing else."""
    return {
        name: value if isinstance(value, int | float) else shortened(value, 60)
        for name, value in list(body.items())[:12]
        if isinstance(value, int | float | str) and not isinstance(value, bool)
    }


def _receive_manifest(
    extraction: Extraction, order: SiteOrder, manifest: object, at: datetime
) -> None:
    problem, case = manifest_problem(manifest, order, at), extraction.track.case
    if problem:
        _end(extraction, Extraction.State.FAILED, at, problem)
        if problem == "manifest.signature":
            incidents.statement_altered(order, case, "manifest", manifest, at)
        elif _linked_ungranted(problem, manifest, order):
            incidents.linked_ungranted(order, case, at)
        return
    digest = hashlib.sha256(canonical(manifest)).hexdigest()
    extraction.manifest, extraction.manifest_sha256 = manifest, digest
    _end(extraction, Extraction.State.DONE, at, "")
    if extraction.track.status == DELIVERED:
        _replace(extraction, at)
    leaf = append_leaf(
        {
            "kind": "manifest",
            "number": case.number,
            "case": case.digest,
            "site": order.establishment_id,
            "order": order.hash,
            "manifest": digest,
        },
        at=at,
    )
    Extraction.objects.filter(pk=extraction.pk).update(manifest_leaf=leaf.index)


def _replace(extraction: Extraction, at: datetime) -> None:
    """Have what a copy made again replaces destroyed at its site, and the access opened if nothing
    else holds it back."""
    replaced = extraction.track.extractions.filter(
        state=Extraction.State.DONE, launched_at__lt=extraction.launched_at
    )
    for each in replaced.select_related("order__establishment"):
        if not _destruction(each.order):
            place = each.order.establishment
            issue_order("destroy", place, {}, by=None, at=at, target=each.order)
    outbox.enqueue("open_access", {"case": str(extraction.track.case_id)})
    accesses.follow(extraction.track.case_id)


def manifest_problem(manifest: object, order: SiteOrder, at: datetime) -> str:
    """Why `manifest` is not that of `order` signed by its site; empty when it is."""
    fault = fault_in(manifest, order, manifest_holds, at=at)
    if not fault and not _linked_as_granted(manifest, order.body.get("linkage")):
        fault = "linkage"
    return fault and f"manifest.{fault}"


def _linked_ungranted(problem: str, manifest: dict, order: SiteOrder) -> bool:
    """Whether the manifest that `problem` refuses says a linkage that its order did not grant."""
    linked = problem == "manifest.linkage" and manifest.get("linkage")
    return bool(linked) and not order.body.get("linkage")


def _linked_as_granted(manifest: dict, granted: dict | None) -> bool:
    """Whether a manifest says the linkage that its order granted, or none where none was."""
    if granted is None:
        return "linkage" not in manifest
    linked = manifest.get("linkage")
    return isinstance(linked, dict) and linked.get("grant") == grant_hash(granted)


def _end(extraction: Extraction, state: str, at: datetime, message: str) -> None:
    extraction.state, extraction.ended_at, extraction.message = state, at, message
    extraction.save(
        update_fields=["state", "ended_at", "message", "manifest", "manifest_sha256"],
    )


SAID = ("check", "table", "column", "found", "expected", "needs", "free")
SAID += ("field", "pointer", "why")
"""What is kept of the values of a failure: codes and names of columns, in this order."""


def _words(kind: str, body: dict) -> str:
    """What a site says of an end without data: its code, then its values. The words for it are
    those of `projects.queries.deliveries`, in the reader's language."""
    if kind in ("expired", "cancelled"):
        return kind
    values = [f"{name} {shortened(body[name], 80)}" for name in SAID if body.get(name)]
    return shortened(" · ".join([shortened(body.get("reason", "internal"), 40), *values]), WORDS)


@transaction.atomic
def destroy(track: Track, *, by, at: datetime) -> list[SiteOrder]:
    """Order the destruction of everything that `track`'s establishment still holds of the study.

    The certificate comes with the site's answer. Raises ValidationError while the study may need
    its data, or when nothing is left to destroy.
    """
    require(by, Permission.RUN_EXTRACTIONS, track.establishment_id, at=at)
    track = Track.objects.select_for_update().select_related("case").get(pk=track.pk)
    if track.case.state not in DESTROYED_IN:
        raise ValidationError(_("Le jeu de l'étude se conserve jusqu'à la clôture de la demande."))
    held = [
        extraction.order
        for extraction in track.extractions.filter(state=Extraction.State.DONE).select_related(
            "order"
        )
        if not _destruction(extraction.order)
    ]
    if not held:
        raise ValidationError(_("Il n'y a plus rien à détruire ici, ou l'ordre est déjà parti."))
    space = getattr(track, "space", None)
    if space is not None and space.destroy_at is None:
        spaces.destroy(track, by=by, at=at)
    return [
        issue_order("destroy", track.establishment, {}, by=by, at=at, target=order)
        for order in held
    ]


def _destruction(order: SiteOrder) -> bool:
    """Whether the destruction of what `order` delivered is done or under way."""
    return order.followed_by.filter(
        kind=SiteOrder.Kind.DESTROY, state__in=(*SiteOrder.LIVE, SiteOrder.State.DONE)
    ).exists()


@on_report("destroy")
def receive_destruction(order: SiteOrder, report: dict) -> None:
    """Write the certificate of destruction once nothing is left at the site."""
    if report["kind"] != "destroyed":
        return
    extraction = Extraction.objects.filter(order=order.target_id).select_related("track").first()
    if extraction is None:
        return
    track = Track.objects.select_for_update().get(pk=extraction.track_id)
    left = [
        each
        for each in track.extractions.filter(state=Extraction.State.DONE)
        if not each.order.followed_by.filter(
            kind=SiteOrder.Kind.DESTROY, state=SiteOrder.State.DONE
        ).exists()
    ]
    if left:
        return
    heard, last = _heard(order, report), report["body"].get("says")
    if spaces.certificate_problem(last, order, heard) == "certificate.signature":
        incidents.statement_altered(order, track.case, "certificate", last, heard)
    said = _statements(track, report["body"], order)
    certificate, created = Certificate.objects.get_or_create(
        track=track,
        kind=Certificate.Kind.DATASET_DESTROYED,
        defaults={
            "at": heard,
            "by": order.issued_by,
            "reference": shortened(report["body"].get("certificate", order.hash[:16]), 80),
            "statement": said or None,
        },
    )
    if created and said:
        hashes = [hashlib.sha256(canonical(each)).hexdigest() for each in said]
        leaf = append_leaf(
            spaces.destruction_leaf(track.case, order, hashes, "dataset"), at=certificate.at
        )
        Certificate.objects.filter(pk=certificate.pk).update(leaf_index=leaf.index)


def _statements(track: Track, body: dict, last: SiteOrder) -> list[dict]:
    """What the site certified of each delivery of the study, signed; `body` says it of the `last`,
    whose row is not read again."""
    orders = SiteOrder.objects.filter(
        kind=SiteOrder.Kind.DESTROY,
        state=SiteOrder.State.DONE,
        target__extraction__track=track,
    ).order_by("ended_at")
    found = [(order, order.result or {}) for order in orders if order.pk != last.pk]
    said = [(order, result.get("says")) for order, result in [*found, (last, body)]]
    return [
        each
        for order, each in said
        if not spaces.certificate_problem(each, order, order.heartbeat_at or order.issued_at)
    ]
