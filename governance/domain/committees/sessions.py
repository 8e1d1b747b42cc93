"""A session from its call to its close."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.domain.committees.agenda import put, put_on_next_agenda, waiting_before
from governance.domain.committees.interests import leave_of_the_team
from governance.domain.committees.standing import SessionRefusal
from governance.models import Body, Item, Session
from governance.permissions import require
from governance.queries.committees import members_at
from governance.roles import Permission


@transaction.atomic
def call_session(
    body: Body,
    *,
    starts_at: datetime,
    closes_for_deposit_at: datetime,
    place: str,
    by,
    at: datetime,
) -> Session:
    """Call a session; its agenda begins with all that awaits an opinion and is on no other. That of
    a jury begins empty: its secretary puts on it what answers its call.

    Raises ValidationError, field by field, for dates upside down or past.
    """
    require(by, Permission.COMPOSE_SESSIONS, body.establishment_id, at=at)
    check_dates(starts_at, closes_for_deposit_at, at=at)
    session = Session.objects.create(
        body=body,
        starts_at=starts_at,
        closes_for_deposit_at=closes_for_deposit_at,
        place=place.strip(),
    )
    if body.kind == Body.Kind.JURY:
        return session
    for case in waiting_before(body).filter(tracks__kind="opinion", tracks__status="awaited"):
        put(session, case)
    return session


def check_dates(starts_at: datetime, closes_for_deposit_at: datetime, *, at: datetime) -> None:
    """Raise ValidationError, field by field, for dates of a session upside down or past."""
    if starts_at <= at:
        raise ValidationError({"day": _("Une séance se convoque pour un jour à venir.")})
    if closes_for_deposit_at > starts_at:
        raise ValidationError(
            {"closes_on": _("Les dépôts se ferment avant le début de la séance.")}
        )


@transaction.atomic
def open_session(session: Session, *, at: datetime) -> None:
    """Open the session; its agenda is then closed to new items, its votes are secret where the
    rules say so, and the members who are of a request's team leave for its item. Raises
    SessionRefusal before its day."""
    if today(at) < today(session.starts_at):
        raise SessionRefusal("too_early")
    if not Session.objects.filter(pk=session.pk, opened_at__isnull=True).update(opened_at=at):
        return
    if session.body.secret_votes:
        session.items.update(secret=True)
    seated = list(members_at(session))
    for item in session.items.filter(decision__isnull=True).select_related("case"):
        leave_of_the_team(item, seated, at=at)


@transaction.atomic
def close_session(session: Session, *, at: datetime) -> list[Item]:
    """Close the session: what was not dealt with goes on the next one's agenda, with its
    rapporteur. Returns the new items; a case for which no session is called yet waits."""
    session.refresh_from_db()
    if session.opened_at is None:
        raise SessionRefusal("not_open")
    if session.closed_at is not None:
        return []
    session.closed_at = at
    session.save(update_fields=["closed_at"])
    moved = []
    for item in session.items.filter(decision__isnull=True, case__state="committee"):
        again = put_on_next_agenda(item.case, at=at, after=session)
        if again is not None:
            Item.objects.filter(pk=again.pk).update(
                rapporteur=item.rapporteur, delegated=item.delegated
            )
            moved.append(again)
    return moved
