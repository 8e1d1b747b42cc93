"""The minutes of the demonstration's sessions: approved, but for the last ones; the next session's
members are called, and some have answered."""

from datetime import datetime, timedelta
from itertools import cycle

from governance.domain import convocations, minutes
from governance.models import Convocation, Session
from governance.queries.committees import members_at
from projects.demonstration import network
from projects.queries.session_account import account_of

SUBMITTED_AFTER, APPROVED_AFTER = timedelta(days=2), timedelta(days=5)
REMARK = "Le comité remercie les rapporteurs. La séance s'est tenue en visioconférence."
ANSWERS = cycle(["in_person", "remote", "remote", "", "excused"])


def tell(at: datetime) -> None:
    """Write, submit and approve the minutes of the sessions that were held: the last is a draft,
    the one before awaits the chair."""
    held = list(
        Session.objects.filter(closed_at__lte=at - APPROVED_AFTER)
        .select_related("body")
        .order_by("starts_at")
    )
    secretary = network.staff("committee_secretary", None, at=at)
    for position, session in enumerate(reversed(held)):
        if position == 0:
            continue
        _keep(session, secretary, approved=position > 1)
    convocations.call_due(at=at)
    _answer(at)


def _keep(session: Session, secretary, *, approved: bool) -> None:
    sent = session.closed_at + SUBMITTED_AFTER
    minutes.write_remarks(session, {minutes.GENERAL: REMARK}, by=secretary, at=sent)
    found = minutes.submit(session, account_of(session), by=secretary, at=sent)
    if approved:
        members = members_at(session)
        chair = next(seat.person for seat in members if seat.chair)
        minutes.approve(found, by=chair, at=session.closed_at + APPROVED_AFTER)


def _answer(at: datetime) -> None:
    called = Convocation.objects.filter(answer="").select_related("session", "mandate__person")
    for convocation, said in zip(called.order_by("pk"), ANSWERS, strict=False):
        if said:
            convocations.answer(convocation, said, by=convocation.mandate.person, at=at)
