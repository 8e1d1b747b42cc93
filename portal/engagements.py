"""What is due from a person, with dates: the list of *Mes engagements* and its calendar.

Each source is a function of ``(person, at)`` that gives ``Due`` rows; the layers that know other
dates (end of access, publication, destruction) register theirs with ``source``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from governance.charters.facts import today
from governance.domain.commitments import NO_REIDENTIFICATION
from governance.queries.commitments import ToSign, commitments_of


@dataclass(frozen=True, order=True)
class Due:
    """Something due on a day. ``key`` is stable: a calendar updates rather than repeats it."""

    on: date
    title: str | Promise
    url: str
    key: str


SOURCES: list[Callable[[object, datetime], Iterable[Due]]] = []


def source(function):
    """Register a function of ``(person, at)`` that gives what is due from that person."""
    SOURCES.append(function)
    return function


def due_from(person, at: datetime) -> list[Due]:
    """All that is due from ``person``, the soonest first."""
    return sorted(due for each in SOURCES for due in each(person, at))


@source
def personal(person, at: datetime) -> Iterable[Due]:
    """Charters to sign and the training to renew."""
    day, training = today(at), reverse("training_add")
    commitments = commitments_of(person, at)
    for each in commitments.texts:
        if each.signature is None:
            title, page = _to_sign(each)
            by = each.counts_until or day
            yield Due(by, title, page, f"charter-{each.charter.code}-{each.charter.version}")
    if commitments.no_reidentification is None:
        page = reverse("sign", args=[NO_REIDENTIFICATION])
        yield Due(day, _("Signer l'engagement de non-réidentification"), page, "no-reid")
    if commitments.valid_until is None:
        yield Due(day, _("Suivre une formation à la protection des données"), training, "training")
    else:
        title = _("Renouveler la formation à la protection des données")
        yield Due(commitments.valid_until, title, training, "training")


def _to_sign(text: ToSign) -> tuple[str, str]:
    """What is to be signed, and where."""
    charter, place = _title(text.charter), text.establishment
    if place is None:
        page = reverse("sign", args=[text.charter.code])
        return _("Signer la %(charter)s") % {"charter": charter}, page
    title = _("Signer la %(charter)s, dans la version propre à l'établissement %(place)s")
    page = reverse("sign_local", args=[text.charter.code, place.pk])
    return title % {"charter": charter, "place": place.short_name}, page


def calendar_of(person, at: datetime, root: str) -> bytes:
    """The iCalendar feed of what is due from ``person``; ``root`` begins its links.

    Says what is due and when, never a project's title: calendars are read on other people's
    servers.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Guichet des donnees//engagements//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Mes engagements"))
    for due in due_from(person, at):
        event = Event()
        event.add("uid", f"{due.key}@{person.calendar_key}")
        event.add("dtstamp", at)
        event.add("dtstart", due.on)
        event.add("summary", str(due.title))
        event.add("url", root + due.url)
        calendar.add_component(event)
    return calendar.to_ical()


def _title(charter) -> str:
    return charter.title["fr"]
