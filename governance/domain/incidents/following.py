"""An incident is assessed, what was done is added to it, and it is closed."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.domain.incidents.acts import allow, note, opened, say
from governance.domain.incidents.declaring import EARLIEST, assessed, concern
from governance.domain.incidents.permissions import may_follow, may_handle, sites_of
from governance.models.case import Case
from governance.models.establishment import Establishment
from governance.models.incident import Incident, IncidentMeasure
from governance.queries.incidents import lacking


@transaction.atomic
def assess(
    incident: Incident,
    *,
    severity: str,
    persons: str,
    high_risk: bool | None,
    categories: str = "",
    consequences: str = "",
    more: Iterable[Establishment] = (),
    requests: Iterable[str] = (),
    among: QuerySet[Case] | None = None,
    by,
    at: datetime,
) -> Incident:
    """Write what is now known of an incident; ``more`` are establishments found to be concerned
    too, ``requests`` all the requests touched, of those that may be named (``among``). Raises
    ValidationError, field by field."""
    incident = opened(incident)
    allow(may_follow(by, incident, at))
    cases, errors = assessed(severity, persons, list(requests), among)
    if high_risk and persons == Incident.Persons.NONE:
        errors["high_risk"] = _("Aucune personne n'est concernée : le risque n'est pas élevé.")
    if errors:
        raise ValidationError(errors)
    incident.severity, incident.persons, incident.high_risk = severity, persons, high_risk
    incident.categories, incident.consequences = categories.strip(), consequences.strip()
    incident.save(update_fields=["severity", "persons", "high_risk", "categories", "consequences"])
    incident.cases.set(cases)
    known = {each.establishment_id for each in sites_of(incident)}
    for place in more:
        if place.pk not in known:
            concern(incident, place)
    say(incident, "assessed", by=by, at=at)
    return incident


@transaction.atomic
def add_measure(incident: Incident, *, on: date | None, text: str, by, at: datetime):
    """Add a measure that was taken; it is never changed. Raises ValidationError."""
    incident = opened(incident)
    allow(may_follow(by, incident, at))
    errors = {}
    if on is None:
        errors["on"] = _("Dites quel jour la mesure a été prise.")
    elif on > today(at):
        errors["on"] = _("Une mesure s'écrit une fois prise : ce jour est à venir.")
    elif on < EARLIEST.date():
        errors["on"] = _("Cette date est antérieure à l'an 2000 : vérifiez l'année.")
    if not text.strip():
        errors["text"] = _("Dites ce qui a été fait.")
    if not errors and incident.measures.filter(on=on, text=text.strip()).exists():
        errors["text"] = _("Cette mesure est déjà écrite.")
    if errors:
        raise ValidationError(errors)
    measure = IncidentMeasure.objects.create(
        incident=incident, on=on, text=text.strip(), by=by, at=at
    )
    note(incident, "measured", by=by, at=at)
    return measure


@transaction.atomic
def close(incident: Incident, *, by, at: datetime) -> Incident:
    """Close an incident of which nothing lacks. Raises ValidationError with all that does."""
    incident = opened(incident)
    allow(may_handle(by, incident, at))
    missing = lacking(incident)
    if missing:
        raise ValidationError(missing)
    incident.closed_at = at
    incident.save(update_fields=["closed_at"])
    say(incident, "closed", by=by, at=at)
    return incident
