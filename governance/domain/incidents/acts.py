"""What every act on an incident does: lock it, refuse who may not, be audited, be a leaf."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from governance.domain import audit
from governance.ledger.leaves import append_leaf, instant
from governance.models.incident import Incident, IncidentSite

NOTICE = "incident_due"
"""The kind of the outbox's message that reminds an establishment."""


def opened(incident: Incident) -> Incident:
    """The incident, locked until the transaction ends. Raises ValidationError once closed."""
    found = Incident.objects.select_for_update().get(pk=incident.pk)
    if found.closed_at is not None:
        raise ValidationError(_("Cet incident est clos."))
    return found


def site_of(incident: Incident, establishment: str) -> IncidentSite:
    """What an incident is to an establishment, that one and the incident read."""
    site = IncidentSite.objects.select_related("establishment").get(
        incident=incident, establishment=establishment
    )
    site.incident = incident
    return site


def allow(allowed: bool) -> None:
    """Raise PermissionDenied unless `allowed`."""
    if not allowed:
        raise PermissionDenied("incident")


def note(incident: Incident, act: str, *, by, at: datetime, site: str | None = None) -> None:
    """Audit an act."""
    audit.record(
        f"incident.{act}",
        by=by,
        at=at,
        subject_type="incident",
        subject_ref=incident.number,
        establishment=site,
    )


def say(incident: Incident, act: str, *, by, at: datetime, site: str | None = None, **more):
    """Audit an act and write its leaf: the last thing of its transaction."""
    note(incident, act, by=by, at=at, site=site)
    concerned = incident.sites.order_by("establishment").values_list("establishment", flat=True)
    append_leaf(
        {
            "kind": "incident",
            "incident": incident.number,
            "act": act,
            "severity": incident.severity,
            "persons": incident.persons,
            "high_risk": incident.high_risk,
            "establishments": list(concerned),
            "found_at": instant(incident.found_at),
            **more,
        },
        at=at,
    )
