"""An incident is declared, by a person or, with nobody to name, by the portal itself (`found`)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters.facts import today
from governance.domain.incidents.acts import NOTICE, say
from governance.domain.incidents.permissions import may_declare
from governance.models.case import Case
from governance.models.establishment import Establishment
from governance.models.incident import Incident, IncidentSite

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Any fixed number, used for nothing else in this database: "INCI" in ASCII.
NUMBER_LOCK = 0x494E4349


@transaction.atomic
def declare(
    *,
    origin: str,
    title: str,
    what: str,
    found_at: datetime | None,
    establishments: Iterable[Establishment],
    severity: str,
    persons: str = Incident.Persons.UNKNOWN,
    requests: Iterable[str] = (),
    among: QuerySet[Case] | None = None,
    by,
    at: datetime,
) -> tuple[Incident, bool]:
    """Declare an incident, or find the one that ``origin`` declared already (whether it is new).
    ``among`` are the cases that may be named: another one is not there.

    Side effects: its number, its clocks, a message to each establishment, a leaf. Raises
    ValidationError, field by field, and PermissionDenied.
    """
    if by is not None and not may_declare(by, at):
        raise PermissionDenied("incident")
    lock_numbers()
    known = Incident.objects.filter(origin=origin).first()
    if known is not None:
        if known.declared_by_id != (by and by.pk):
            raise PermissionDenied("incident")
        return known, False
    places = list(dict.fromkeys(establishments))
    cases = _check_declared(
        title, what, found_at, places, severity, persons, list(requests), among, at
    )
    incident = Incident.objects.create(
        number=_next_number(today(at).year),
        origin=origin,
        title=title.strip(),
        what=what.strip(),
        found_at=found_at,
        declared_at=at,
        declared_by=by,
        severity=severity,
        persons=persons,
    )
    incident.cases.set(cases)
    for place in places:
        concern(incident, place)
    say(incident, "declared", by=by, at=at)
    return incident, True


def _check_declared(
    title, what, found_at, places, severity, persons, requests, among, at
) -> list[Case]:
    errors = {}
    if not title.strip():
        errors["title"] = _("Donnez un titre à l'incident.")
    if not what.strip():
        errors["what"] = _("Dites ce qui s'est passé.")
    if found_at is None:
        errors["found_at"] = _("Dites quand l'incident a été découvert.")
    elif found_at > at:
        errors["found_at"] = _("L'incident ne peut pas avoir été découvert dans le futur.")
    elif found_at < EARLIEST:
        errors["found_at"] = _("Cette date est antérieure à l'an 2000 : vérifiez l'année.")
    if not places:
        errors["establishments"] = _("Choisissez au moins un établissement concerné.")
    cases, wrong = assessed(severity, persons, requests, among)
    errors |= wrong
    if errors:
        raise ValidationError(errors)
    return cases


def assessed(
    severity: str, persons: str, numbers: list[str], among: QuerySet[Case] | None
) -> tuple[list[Case], dict]:
    """The requests of these numbers, and what is wrong with an assessment, field by field."""
    cases = Case.objects.all() if among is None else among
    found = {case.number: case for case in cases.filter(number__in=numbers, parent=None)}
    unknown, errors = [number for number in numbers if number not in found], {}
    if severity not in Incident.Severity.values:
        errors["severity"] = _("Choisissez une gravité de la liste.")
    if persons not in Incident.Persons.values:
        errors["persons"] = _("Choisissez une tranche de la liste.")
    if unknown:
        errors["requests"] = _("Aucune demande ne porte ce numéro : %(numbers)s.") % {
            "numbers": ", ".join(unknown)
        }
    return list(found.values()), errors


def lock_numbers() -> None:
    """One declaration at a time: numbers follow each other, and an origin declares once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])


def _next_number(year: int) -> str:
    # No incident is ever deleted: their count is the last number given.
    given = Incident.objects.filter(number__startswith=f"I-{year}-").count()
    return f"I-{year}-{given + 1:04d}"


def concern(incident: Incident, place: Establishment) -> None:
    IncidentSite.objects.create(incident=incident, establishment=place)
    outbox.enqueue(NOTICE, {"incident": incident.number, "site": place.pk, "notice": "declared"})
