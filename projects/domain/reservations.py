"""What a favourable opinion asked to be lifted: the holder answers each reservation, and whoever
may lift them, the chair or the rapporteur, accepts the answer or refuses it with a reason.

The step itself (`lift_reservations`) is possible once every answer is accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from governance import outbox
from governance.domain import erasures, files
from governance.models import Decision, Participation
from governance.models.case import Case, Track
from governance.process import clocks
from governance.process.refusals import NotPermitted
from governance.process.registry import registered
from governance.process.standing import Bench
from governance.process.table import REQUEST
from projects.models import Attachment, Request, Reservation, ReservationAnswer

LIFTING = REQUEST.step("lift_reservations")
LEAST_REASON = 10
"""Characters of the reason given with what was found: « ok » tells the holder nothing."""


@dataclass(frozen=True)
class Answer:
    """What the holder says of one reservation: a text, and a paper of the dossier (or a new one, in
    the version said) that shows it."""

    text: str
    paper: Attachment | None = None
    upload: object = None
    version: str = ""


@dataclass(frozen=True)
class Check:
    """What was found of one answer, and why."""

    accepted: bool
    reason: str


def of_opinion(case: Case) -> QuerySet[Reservation]:
    """The reservations of the last opinion on `case`, in their order."""
    found = Reservation.objects.filter(request=case.pk, decision=last_opinion("request"))
    return found.select_related("decision")


def last_opinion(case: str) -> Subquery:
    """The last opinion on the case that rows name `case`."""
    opinions = Decision.objects.filter(case=OuterRef(case), step="give_opinion")
    return Subquery(opinions.order_by("-index").values("pk")[:1])


def waiting_track(case: Case) -> Track | None:
    """The opinion of `case` while its reservations wait to be lifted; None otherwise."""
    if case.state not in LIFTING.sources:
        return None
    return case.tracks.filter(kind=LIFTING.track, status__in=LIFTING.track_from).first()


def with_holder(track: Track) -> bool:
    """Whether a track is an opinion of which the holder has still to answer a reservation."""
    if track.kind != LIFTING.track:
        return False
    return of_opinion(track.case).filter(state=Reservation.State.OPEN).exists()


def hands(need: str) -> QuerySet | None:
    """Who checked answers to reservations, whatever they found and whoever lifts them then: rows
    that say `in_case` and `who`."""
    checked = ReservationAnswer.objects.filter(checked_by__isnull=False)
    rows = checked.annotate(in_case=F("reservation__request"), who=F("checked_by"))
    return {"reservations_accepted": rows}.get(need)


def may_check(bench: Bench, track: Track) -> bool:
    """Whether the person of `bench` may check the answers: who may lift the reservations."""
    try:
        bench.standing(LIFTING, track)
    except NotPermitted:
        return False
    return True


@transaction.atomic
def answer(
    request: Request, answers: Mapping[int, Answer], *, by, at: datetime
) -> list[ReservationAnswer]:
    """The holder answers reservations, by their numbers; what is not answered stays open. Once each
    has its answer, the delay of who checks runs.

    Raises PermissionDenied but for the holder; ValidationError, by field (`text_1`, `file_1`),
    with nothing written, when an answer is empty, or its reservation is open no more.
    """
    rows = _open(request)
    holder = Participation.objects.valid(at).filter(case_id=request.pk, person=by, part="holder")
    if not holder.exists():
        raise PermissionDenied("holder")
    if not answers:
        raise ValidationError(_("Répondez à une réserve au moins."))
    given = []
    for number, said in answers.items():
        row = rows.get(number)
        if row is None or row.state != Reservation.State.OPEN:
            raise ValidationError(_("Cette réserve n'attend pas de réponse."))
        if not said.text.strip():
            raise ValidationError(
                {f"text_{number}": _("Dites ce que vous avez fait pour lever cette réserve.")}
            )
        given.append(
            ReservationAnswer.objects.create(
                reservation=row,
                text=said.text.strip()[:4000],
                paper=_paper(request, number, said, by, at),
                by=by,
                at=at,
            )
        )
        row.state = Reservation.State.ANSWERED
        row.save(update_fields=["state"])
    if all(row.state != Reservation.State.OPEN for row in rows.values()):
        clocks.go_on(waiting_track(request.case), registered(request.case.process), at)
    outbox.enqueue("reservations_answered", {"answers": [each.pk for each in given]})
    return given


def _paper(request: Request, number: int, said: Answer, by, at: datetime) -> Attachment | None:
    """The paper that shows the answer: one of the dossier, or the new one that comes with it."""
    if said.upload is None:
        if said.paper is not None and said.paper.request_id != request.pk:
            raise ValidationError({f"paper_{number}": _("Choisissez un document du dossier.")})
        return said.paper
    try:
        file = files.store(said.upload, by=by, at=at)
    except ValidationError as refusal:
        raise ValidationError({f"file_{number}": refusal.messages}) from refusal
    return Attachment.objects.create(
        request=request,
        slot=Attachment.Slot.OTHER,
        version=said.version.strip()[:40],
        file=file,
        added_at=at,
        added_by=by,
    )


@transaction.atomic
def check(request: Request, checks: Mapping[int, Check], *, by, at: datetime) -> None:
    """Accept or refuse answers, by the numbers of their reservations, each with its reason. What is
    refused is open again for the holder, and the delay stops until they answer.

    Raises PermissionDenied but for who may lift the reservations; ValidationError, by field
    (`reason_1`), with nothing written, without a reason or where nothing waits to be checked.
    """
    rows, track = _open(request), waiting_track(request.case)
    if not may_check(Bench(by, request.case, at), track):
        raise PermissionDenied("check")
    if not checks:
        raise ValidationError(_("Examinez une réponse au moins."))
    checked = []
    for number, found in checks.items():
        row = rows.get(number)
        if row is None or row.state != Reservation.State.ANSWERED:
            raise ValidationError(_("Cette réserve n'a pas de réponse à examiner."))
        if len(found.reason.strip()) < LEAST_REASON:
            raise ValidationError(
                {f"reason_{number}": _("Dites pourquoi, en quelques mots que le porteur lira.")}
            )
        given = row.answers.get(accepted__isnull=True)
        given.accepted, given.reason = found.accepted, found.reason.strip()[:2000]
        given.checked_by, given.checked_at = by, at
        given.save(update_fields=["accepted", "reason", "checked_by", "checked_at"])
        checked.append(given.pk)
        row.state = Reservation.State.LIFTED if found.accepted else Reservation.State.OPEN
        row.save(update_fields=["state"])
    if any(row.state == Reservation.State.OPEN for row in rows.values()):
        clocks.hold(track, at)
    outbox.enqueue("reservations_checked", {"answers": checked})


@erasures.eraser("reason")
def _erased(decision: str, at: datetime) -> bool:
    """The words of an opinion's reservations, of their answers and of what was found go with its
    own; that each was answered, by whom, and accepted or not, stays."""
    asked = Reservation.objects.filter(decision=decision).exclude(text="")
    answers = ReservationAnswer.objects.filter(reservation__decision=decision).exclude(text="")
    return bool(answers.update(text="", reason="") + asked.update(text=""))


def _open(request: Request) -> dict[int, Reservation]:
    """The reservations by number, the case locked: two who write at once wait for each other.
    Raises ValidationError when none waits any more."""
    request.case = Case.objects.select_for_update().get(pk=request.pk)
    if waiting_track(request.case) is None:
        raise ValidationError(_("Aucune réserve n'est à lever aujourd'hui."))
    return {row.number: row for row in of_opinion(request.case).select_for_update(of=("self",))}
