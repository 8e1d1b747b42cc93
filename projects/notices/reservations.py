"""The holder's answers to reservations are told to who may lift them; what these find, to the
holder."""

from governance import outbox
from governance.models import Participation
from governance.process.clocks import due_of
from projects.domain.reservations import LIFTING, of_opinion, waiting_track
from projects.models import Request, Reservation, ReservationAnswer
from projects.notices.acts import page
from projects.notices.people import staff
from projects.notices.standing import waits
from projects.notices.told import Told, tell


@outbox.handler("reservations_answered")
def tell_of_answers(payload: dict) -> None:
    """Ask the chair and the rapporteur to check what the holder answered."""
    answers = ReservationAnswer.objects.filter(pk__in=payload["answers"]).order_by("pk")
    first = answers.select_related("reservation__request__case", "by")[0]
    request, track = first.reservation.request, waiting_track(first.reservation.request.case)
    if track is None:
        return
    told = [
        Told(
            person,
            "staff",
            "reservations_answered",
            page("reservations", request),
            {"n": len(payload["answers"])} | waits(request.case, track),
            asked=True,
            due_at=due_of(request.case, track),
        )
        for role in LIFTING.actors
        for person in staff(role, request.case.lead_id, request, first.at)
    ]
    tell(f"reservation-answer:{first.pk}", told, at=first.at, request=request, but=[first.by])


@outbox.handler("reservations_checked")
def tell_of_checks(payload: dict) -> None:
    """Tell the holder what was found of their answers, and what is still to be answered."""
    answers = ReservationAnswer.objects.filter(pk__in=payload["answers"]).order_by("pk")
    first = answers.select_related("reservation__request__case", "checked_by")[0]
    request: Request = first.reservation.request
    track = waiting_track(request.case)
    refused = sum(not answer.accepted for answer in answers)
    left = of_opinion(request.case).exclude(state=Reservation.State.LIFTED).count()
    parts = Participation.objects.filter(case_id=request.pk, part=Participation.Part.HOLDER)
    stands = waits(request.case, track) if track is not None else {}
    told = [
        Told(
            part.person,
            "holder",
            "reservations_checked",
            page("reservations", request),
            {"refused": refused, "left": left} | stands,
            asked=bool(refused),
            due_at=due_of(request.case, track) if refused and track is not None else None,
        )
        for part in parts.valid(first.checked_at).select_related("person")
    ]
    cause = f"reservation-checked:{first.pk}"
    tell(cause, told, at=first.checked_at, request=request, but=[first.checked_by])
