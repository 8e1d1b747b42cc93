"""Opening what is delivered, sealing what ended: what the portal does by itself, harmless twice.

`open_access` is a step that no person takes: it is tried when a site delivers, when the holder
chooses to open site by site, and every night for what a delay (the notice's 30 days) held back.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from governance import outbox
from governance.charters import Verdict
from governance.charters.facts import today
from governance.models import Case
from governance.models.case import Track
from governance.process.compliance import IN_USE, TOGETHER
from governance.process.engine import take_step
from governance.process.refusals import Refusal, StepRefused
from projects.domain import accesses, extractions, outputs
from projects.models import AccessPeriod, Certificate, Extraction, Request


def open_what_is_ready(case: Case, *, at: datetime) -> list[Verdict]:
    """Open each delivered site of `case`, one transaction a site; what held some back, if any.

    A copy that was made again, persons having objected, is judged as the first one was."""
    held = []
    for track in case.tracks.filter(kind="site", status="delivered").order_by("id"):
        lacks = extractions.lacks_again(track, at)
        if lacks:
            held += lacks
            continue
        try:
            take_step(case, "open_access", by=None, at=at, track=track)
        except StepRefused as refusal:
            held += refusal.verdicts
        except Refusal:
            # Suspended, ended, or opened by another worker meanwhile: nothing to open.
            continue
    return held


@outbox.handler("open_access")
def open_after_delivery(payload: dict) -> None:
    """Open what a delivery, or a choice of the holder, made ready."""
    case = Case.objects.filter(pk=payload["case"]).first()
    if case is not None:
        open_what_is_ready(case, at=timezone.now())


@outbox.handler("join_by_amendment")
def join_after_amendment(payload: dict) -> None:
    """Bring an establishment in, once the amendment that says so is accepted."""
    case = Case.objects.filter(pk=payload["case"]).first()
    track = case and case.tracks.filter(kind="site", key=payload["site"]).first()
    if track is None or track.status not in ("left", "infeasible", "declined"):
        return
    take_step(
        case,
        "join_by_amendment",
        by=None,
        at=timezone.now(),
        track=track,
        key=f"join:{payload['amendment']}",
    )


@transaction.atomic
def choose_opening(request: Request, *, site_by_site: bool, at: datetime) -> None:
    """The holder chooses to open each site as it delivers, or all of them together."""
    AccessPeriod.objects.filter(request=request).update(site_by_site=site_by_site)
    outbox.enqueue("open_access", {"case": str(request.pk)})


@outbox.handler("seal")
def seal(payload: dict) -> None:
    """At the end of an access: each site's study dataset is sealed, and what still waited to leave
    falls. The site says when its working space is closed (`projects.domain.spaces`).
    """
    case = Case.objects.filter(pk=payload["case"]).first()
    if case is None or case.state in IN_USE:
        return
    outputs.fall(case, at=case.state_since)
    for track in case.tracks.filter(kind="site", status__in=Track.HELD):
        delivered = track.extractions.filter(state=Extraction.State.DONE).first()
        named = delivered.manifest_sha256 if delivered else ""
        Certificate.objects.get_or_create(
            track=track,
            kind=Certificate.Kind.DATASET_SEALED,
            defaults={"at": case.state_since, "reference": named},
        )


@transaction.atomic
def certify_copies_destroyed(track, reference: str, *, by, at: datetime) -> Certificate:
    """A data engineer certifies that the working copies at their establishment are destroyed, and
    the space closed: where it is another than the portal's, or files went out of it."""
    Certificate.objects.get_or_create(
        track=track, kind=Certificate.Kind.SPACE_CLOSED, defaults={"at": at, "by": by}
    )
    return Certificate.objects.get_or_create(
        track=track,
        kind=Certificate.Kind.COPIES_DESTROYED,
        defaults={"at": at, "by": by, "reference": reference.strip()[:80]},
    )[0]


def sweep(*, at: datetime) -> dict[str, int]:
    """Each night: open what a delay held back, close or open members' accesses, end the periods
    that are over. What is to be done is read for many cases together; it is done in one transaction
    a case. Returns how many of each."""
    done = {"opened": 0, "cut": 0, "ended": 0}
    delivered = Track.objects.filter(case=OuterRef("pk"), kind="site", status="delivered")
    over = AccessPeriod.objects.filter(request=OuterRef("pk"), ends_on__lt=today(at))
    live = Case.objects.filter(process="request", state__in=("authorised", "access"))
    live = live.annotate(delivered=Exists(delivered), over=Exists(over)).order_by("pk")
    for some in _by_many(live.iterator(chunk_size=TOGETHER)):
        open_ones = []
        for case in some:
            if case.delivered:
                open_what_is_ready(case, at=at)
                case.refresh_from_db(fields=["state"])
            if case.state != "access":
                continue
            if case.over:
                done["ended"] += _end(case, at)
            else:
                open_ones.append(case)
        to_change = accesses.unsettled(open_ones, at)
        for case in open_ones:
            if case.pk in to_change:
                with transaction.atomic():
                    opened, cut = accesses.bring_up_to_date(case, at=at)
                done["opened"] += opened
                done["cut"] += cut
    return done


def _by_many(cases: Iterator[Case]) -> Iterator[list[Case]]:
    """The cases, as many as have their facts read together."""
    while some := list(islice(cases, TOGETHER)):
        yield some


def _end(case: Case, at: datetime) -> bool:
    try:
        take_step(case, "end_access", by=None, at=at)
    except Refusal:
        # The holder ended it in between.
        return False
    return True
