"""Incidents read: who sees which, by when each establishment notifies, what still lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from governance.charters import (
    Clause,
    Verdict,
    find_clause,
    judge,
    load_charter,
    load_charters,
    versions_in_force,
)
from governance.charters.facts import SCHEMA, today
from governance.models.case import Case
from governance.models.incident import Incident, IncidentMeasure, IncidentSite
from governance.permissions import places_of
from governance.roles import Permission

ARTICLE = "C-10"


def visible_to(person, at: datetime) -> QuerySet[Incident]:
    """The incidents that a person reads: what they declared, and those of their establishments."""
    places = places_of(person, Permission.READ_INCIDENTS, at=at)
    if None in places:
        return Incident.objects.all()
    there = IncidentSite.objects.filter(establishment__in=places).values("incident")
    return Incident.objects.filter(Q(declared_by=person) | Q(pk__in=there))


def with_all(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """With the establishments concerned, the measures and the requests touched; three queries
    more."""
    return incidents.select_related("declared_by").prefetch_related(
        Prefetch("sites", IncidentSite.objects.select_related("establishment")),
        Prefetch("measures", IncidentMeasure.objects.select_related("by")),
        Prefetch("cases", Case.objects.order_by("number")),
    )


def clause_for(site: IncidentSite) -> Clause:
    """The clause in force when the incident was declared, an establishment's own where stricter."""
    day = today(site.incident.declared_at)
    charters = load_charters(versions_in_force(day, site.establishment_id))
    try:
        return find_clause(ARTICLE, charters)
    except KeyError:
        # A version that says nothing of incidents does not lift the law's delay.
        return find_clause(ARTICLE, [load_charter("citoyen", "1")])


def due_at(site: IncidentSite) -> datetime:
    """Until when the establishment notifies: calendar hours from the finding."""
    return site.incident.found_at + timedelta(hours=clause_for(site).values["notified_within"])


def excused(site: IncidentSite) -> bool:
    """Whether the establishment need not notify: it wrote why, and the risk is not high."""
    return bool(site.not_required_reason) and not site.incident.high_risk


def settled(site: IncidentSite) -> bool:
    """Whether nothing is awaited of the establishment."""
    return site.notified_at is not None or excused(site)


def facts_of(sites: Iterable[IncidentSite]) -> dict:
    """What the clause reads of incidents: one fact an establishment concerned."""
    return {"schema": SCHEMA, "whole": {"incidents": [_facts(site) for site in sites]}}


def _facts(site: IncidentSite) -> dict:
    incident = site.incident
    notified = {"notified_at": site.notified_at.isoformat()} if site.notified_at else {}
    return notified | {
        "found_at": incident.found_at.isoformat(),
        "excused": excused(site),
        "persons_to_tell": bool(incident.high_risk),
        "persons_told": incident.told_on is not None,
    }


def verdict_on(site: IncidentSite, at: datetime) -> Verdict:
    """The clause judged on one establishment's part of an incident."""
    return judge([clause_for(site)], facts_of([site]), at)[0]


@dataclass(frozen=True)
class Clock:
    """Where an establishment stands before an incident."""

    site: IncidentSite
    due_at: datetime
    settled: bool
    late: bool
    """It notified after the delay, or has not and the delay is over."""

    @property
    def establishment(self):
        return self.site.establishment


def clock_of(site: IncidentSite, at: datetime) -> Clock:
    """The clock of an establishment at ``at``."""
    late = verdict_on(site, at).key == "incidents_late"
    return Clock(site, due_at(site), settled(site), late)


def clocks(incident: Incident, at: datetime) -> list[Clock]:
    """The clock of each establishment concerned."""
    found = []
    for site in incident.sites.all():
        site.incident = incident
        found.append(clock_of(site, at))
    return found


def unsettled() -> QuerySet[IncidentSite]:
    """The establishments of which a notification is awaited, the first due first."""
    awaited = Q(not_required_reason="") | Q(incident__high_risk=True)
    return (
        IncidentSite.objects.filter(
            awaited, notified_at__isnull=True, incident__closed_at__isnull=True
        )
        .select_related("incident", "establishment")
        .order_by("incident__found_at", "incident", "establishment__position")
    )


def awaited_at(places: Iterable[str | None], at: datetime) -> list[Clock]:
    """The clocks that run at those places (None: everywhere), the first due first; one query."""
    places, found = set(places), unsettled()
    if not places:
        return []
    if None not in places:
        found = found.filter(establishment__in=places)
    return sorted((clock_of(site, at) for site in found), key=lambda clock: clock.due_at)


def lacking(incident: Incident) -> list[str]:
    """What stops an incident from being closed, in words; empty when nothing does."""
    found = []
    for site in incident.sites.all():
        site.incident = incident
        if not settled(site):
            found.append(
                _("%(site)s n'a ni notifié l'incident, ni écrit pourquoi ce n'est pas nécessaire.")
                % {"site": site.establishment}
            )
    if incident.high_risk is None:
        found.append(_("Il n'est pas dit si le risque pour les personnes est élevé."))
    elif incident.high_risk and incident.told_on is None:
        found.append(_("Le risque est élevé et les personnes n'ont pas été prévenues."))
    if incident.published_at is None:
        found.append(_("L'incident n'est pas publié."))
    return found
