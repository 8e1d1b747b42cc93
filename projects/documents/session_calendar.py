"""A session as a calendar reads it (iCalendar, RFC 5545)."""

from datetime import timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from governance.models import Session

LASTS = timedelta(hours=2)


def calendar_of(session: Session, address: str) -> bytes:
    """One event: the session, its place, the address of its page. No dossier is named."""
    event = Event()
    event.add("uid", f"seance-{session.pk}@guichet")
    event.add("dtstamp", session.starts_at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.starts_at + LASTS)
    event.add("summary", _("Séance : %(body)s") % {"body": session.body.name})
    event.add("location", session.place)
    event.add("url", address)
    calendar = Calendar()
    calendar.add("prodid", "-//Guichet//seances//FR")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical()
