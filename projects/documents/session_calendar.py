"""Sessions as a calendar reads them (iCalendar, RFC 5545)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from governance.models import Session

LASTS = timedelta(hours=2)
REFRESHED = timedelta(hours=6)
"""How often a calendar that follows the sessions is asked to read them again."""


def calendar_of(session: Session, address: str, at: datetime) -> bytes:
    """One session, to be put in a calendar."""
    return _calendar([session], lambda _session: address, at).to_ical()


def feed_of(sessions: Iterable[Session], address: Callable[[Session], str], at: datetime) -> bytes:
    """The sessions of a member, as a calendar follows them. `address` gives the page of one."""
    calendar = _calendar(sessions, address, at)
    calendar.add("x-wr-calname", _("Séances du comité"))
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    return calendar.to_ical()


def _calendar(sessions, address, at: datetime) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Guichet//seances//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for session in sessions:
        calendar.add_component(_event(session, address(session), at))
    return calendar


def _event(session: Session, address: str, at: datetime) -> Event:
    """The session, its place, the address of its page; `sequence` says that it moved. No dossier is
    named: calendars are read on other people's servers."""
    event = Event()
    event.add("uid", f"seance-{session.pk}@guichet")
    event.add("dtstamp", at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.starts_at + LASTS)
    event.add("sequence", session.moves)
    event.add("summary", _("Séance : %(body)s") % {"body": session.body.name})
    event.add("location", session.place)
    event.add("url", address)
    return event
