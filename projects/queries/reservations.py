"""The reservations of an opinion, as its readers know them: what was asked, answered, found; whom
they wait for."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Prefetch

from projects.domain.reservations import last_opinion, of_opinion
from projects.models import Request, Reservation, ReservationAnswer

OPEN, ANSWERED, LIFTED = Reservation.State


def reservations_of(request: Request) -> list[Reservation]:
    """The reservations of the last opinion, with who asked them and their answers, the first one
    first. Two queries."""
    answers = ReservationAnswer.objects.select_related("by", "checked_by", "paper__file")
    return list(
        of_opinion(request.case)
        .select_related("asked_by")
        .prefetch_related(Prefetch("answers", answers))
    )


def waits_for_holder(rows: Iterable[Reservation]) -> bool:
    """Whether a reservation waits for the holder's answer."""
    return any(row.state == OPEN for row in rows)


def waits_to_be_checked(rows: Iterable[Reservation]) -> bool:
    """Whether an answer waits to be checked."""
    return any(row.state == ANSWERED for row in rows)


def some_in(*states: str, case: str) -> Exists:
    """Whether the last opinion on the case that rows name `case` has reservations in `states`."""
    return Exists(
        Reservation.objects.filter(decision=last_opinion("request"), state__in=states).filter(
            request=OuterRef(case)
        )
    )


def said_in(details: dict) -> list[str]:
    """The sentences of the reservations among the words of an opinion."""
    return [each["text"] for each in details.get("reservations") or ()]
