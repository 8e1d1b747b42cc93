"""Calling the members of a committee to a session, and what they answer.

Each seat is called once, so many days before (``CALLED_BEFORE``), and again when the session moves:
its answer is asked anew then. The night's sweep calls whoever is not called yet (a member named
since, a night that was missed); the secretary may call earlier. An answer says who is expected, and
binds nobody: presence is written in session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from governance import outbox
from governance.domain.committees.sessions import check_dates
from governance.domain.committees.standing import SessionRefusal
from governance.models import Convocation, Mandate, Session
from governance.permissions import require
from governance.queries.committees import members_at
from governance.roles import Permission

CALLED_BEFORE = timedelta(days=15)
"""How long before a session its members are called."""
TOLD = "convocation"
"""The message of the outbox that has a member told."""


@transaction.atomic
def call_members(session: Session, *, at: datetime) -> int:
    """Call the members who are not called to `session` as it stands; returns how many. Harmless
    twice. Nobody is called to a session that opened or is past."""
    _locked(session)
    if session.opened_at is not None or session.starts_at <= at:
        return 0
    called = {each.mandate_id: each for each in session.convocations.all()}
    count = 0
    for mandate in members_at(session):
        if not _sits(mandate, called, session):
            continue
        convocation = called.get(mandate.pk) or Convocation(session=session, mandate=mandate)
        if convocation.pk and convocation.told == session.moves:
            continue
        convocation.told, convocation.sent_at = session.moves, at
        convocation.answer, convocation.answered_at = "", None
        convocation.save()
        outbox.enqueue(TOLD, {"convocation": convocation.pk, "told": session.moves})
        count += 1
    return count


def _sits(mandate: Mandate, called: dict[int, Convocation], session: Session) -> bool:
    """Whether a member is to be called: a stand-in, once the titular said that they do not come."""
    if mandate.stands_in_for_id is None:
        return True
    titular = called.get(mandate.stands_in_for_id)
    return (
        titular is not None
        and titular.told == session.moves
        and titular.answer == Convocation.Answer.EXCUSED
    )


def call_due(*, at: datetime) -> int:
    """Call the members of the sessions that come within `CALLED_BEFORE`; returns how many."""
    sessions = Session.objects.filter(
        opened_at__isnull=True, starts_at__gt=at, starts_at__lte=at + CALLED_BEFORE
    )
    return sum(call_members(session, at=at) for session in sessions.select_related("body"))


@transaction.atomic
def call_now(session: Session, *, by, at: datetime) -> int:
    """Call the members without waiting for the day. Raises SessionRefusal once it is open."""
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    _locked(session)
    if session.opened_at is not None:
        raise SessionRefusal("opened")
    return call_members(session, at=at)


@transaction.atomic
def move_session(
    session: Session,
    *,
    starts_at: datetime,
    closes_for_deposit_at: datetime,
    place: str,
    by,
    at: datetime,
) -> Session:
    """Give a session another day, hour or place; those who were called are called again.

    Raises SessionRefusal once it is open, ValidationError for dates upside down or past.
    """
    require(by, Permission.COMPOSE_SESSIONS, session.body.establishment_id, at=at)
    _locked(session)
    if session.opened_at is not None:
        raise SessionRefusal("opened")
    check_dates(starts_at, closes_for_deposit_at, at=at)
    moved = (starts_at, place.strip()) != (session.starts_at, session.place)
    session.starts_at, session.place = starts_at, place.strip()
    session.closes_for_deposit_at = closes_for_deposit_at
    session.save(update_fields=["starts_at", "place", "closes_for_deposit_at"])
    if moved:
        Session.objects.filter(pk=session.pk).update(moves=F("moves") + 1)
        session.refresh_from_db()
        if session.convocations.exists():
            call_members(session, at=at)
    return session


@transaction.atomic
def answer(convocation: Convocation, said: str, *, by, at: datetime) -> None:
    """A member says whether they come; it may be changed until the session opens. When they do
    not, their stand-in is called.

    Raises SessionRefusal for another than the member, or once it is open.
    """
    _locked(convocation.session)
    if convocation.mandate.person_id != by.pk:
        raise SessionRefusal("no_mandate")
    if convocation.session.opened_at is not None:
        raise SessionRefusal("opened")
    convocation.answer, convocation.answered_at = Convocation.Answer(said), at
    convocation.save(update_fields=["answer", "answered_at"])
    if said == Convocation.Answer.EXCUSED:
        call_members(convocation.session, at=at)


@dataclass(frozen=True)
class Forecast:
    """Whether the quorum is to be expected, from the answers: `coming` said that they come, from
    afar or not; `silent` did not answer."""

    coming: list[Mandate]
    excused: list[Mandate]
    silent: list[Mandate]
    required: int
    seats: tuple[str, ...]

    @property
    def short(self) -> int:
        """How many members lack among those who said that they come."""
        return max(0, self.required - len(self.coming))

    @property
    def seats_missing(self) -> list[str]:
        """The seats that must be there and that nobody who comes holds."""
        held = {mandate.seat for mandate in self.coming}
        return [seat for seat in self.seats if seat not in held]

    @property
    def holds(self) -> bool:
        return not self.short and not self.seats_missing


def forecast(session: Session, members: Iterable[Mandate]) -> Forecast:
    """What the answers to the convocation of `session` let expect. One query."""
    body = session.body
    answers = dict(session.convocations.values_list("mandate", "answer"))
    # A seat is counted once: its stand-in is expected only when its titular does not come.
    excused = {pk for pk, said in answers.items() if said == Convocation.Answer.EXCUSED}
    members = [m for m in members if m.stands_in_for_id is None or m.stands_in_for_id in excused]
    by_answer = {
        "coming": [m for m in members if answers.get(m.pk) in _coming(body)],
        "excused": [m for m in members if answers.get(m.pk) == Convocation.Answer.EXCUSED],
        "silent": [m for m in members if not answers.get(m.pk)],
    }
    return Forecast(**by_answer, required=body.quorum, seats=tuple(body.required_seats))


def _coming(body) -> tuple[str, ...]:
    """The answers that count for the quorum, by the committee's rules."""
    here = (Convocation.Answer.IN_PERSON,)
    return (*here, Convocation.Answer.REMOTE) if body.remote_counts else here


def _locked(session: Session) -> None:
    Session.objects.select_for_update().get(pk=session.pk)
    session.refresh_from_db()
