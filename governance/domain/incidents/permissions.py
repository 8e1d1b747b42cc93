"""Who may do what of an incident."""

from datetime import datetime

from governance.models.incident import Incident, IncidentSite
from governance.permissions import may, may_somewhere, places_of
from governance.roles import Permission


def may_declare(person, at: datetime) -> bool:
    """Whoever is of the CDC's staff."""
    return may_somewhere(person, Permission.DECLARE_INCIDENTS, at=at)


def may_notify(person, site: IncidentSite, at: datetime) -> bool:
    """The DPO of that establishment."""
    return may(person, Permission.HANDLE_INCIDENTS, site.establishment_id, at=at)


def may_handle(person, incident: Incident, at: datetime) -> bool:
    """The DPO of an establishment concerned: tells the persons, publishes, closes."""
    return _somewhere(person, Permission.HANDLE_INCIDENTS, incident, at)


def may_defer(person, incident: Incident, at: datetime) -> bool:
    """The security officer of an establishment concerned."""
    return _somewhere(person, Permission.DEFER_INCIDENTS, incident, at)


def may_follow(person, incident: Incident, at: datetime) -> bool:
    """Who assesses it and adds measures: a DPO or a security officer concerned."""
    return may_handle(person, incident, at) or may_defer(person, incident, at)


def _somewhere(person, permission, incident: Incident, at: datetime) -> bool:
    places = places_of(person, permission, at=at)
    return None in places or any(each.establishment_id in places for each in sites_of(incident))


def sites_of(incident: Incident) -> list[IncidentSite]:
    """The establishments that an incident concerns."""
    return list(incident.sites.all())
