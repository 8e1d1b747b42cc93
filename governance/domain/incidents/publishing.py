"""An incident is published, at once or on the day to which its security officer defers it."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.dates import say_day
from governance.domain.incidents.acts import allow, opened, say
from governance.domain.incidents.permissions import may_defer, may_handle
from governance.models.incident import Incident

LONGEST_DEFERRAL = timedelta(days=365)


@transaction.atomic
def defer(incident: Incident, *, until: date | None, reason: str, by, at: datetime) -> Incident:
    """Defer the publication until a day, for a reason that is published with it. Raises
    ValidationError, field by field."""
    incident = opened(incident)
    allow(may_defer(by, incident, at))
    if incident.published_at is not None:
        raise ValidationError(_("Cet incident est déjà publié."))
    day, errors = today(at), {}
    if until is None:
        errors["until"] = _("Dites jusqu'à quel jour.")
    elif until <= day:
        errors["until"] = _("Ce jour est passé : choisissez un jour à venir.")
    elif until > day + LONGEST_DEFERRAL:
        errors["until"] = _("Une publication se diffère d'un an au plus.")
    if not reason.strip():
        errors["reason"] = _("Dites pourquoi la publication attend.")
    if errors:
        raise ValidationError(errors)
    incident.deferred_until, incident.deferred_reason = until, reason.strip()
    incident.deferred_at = at
    incident.save(update_fields=["deferred_until", "deferred_reason", "deferred_at"])
    say(incident, "deferred", by=by, at=at, until=until.isoformat())
    return incident


def deferred(incident: Incident, at: datetime) -> bool:
    """Whether its publication waits at ``at``."""
    until = incident.deferred_until
    return incident.published_at is None and until is not None and until > today(at)


@transaction.atomic
def publish(incident: Incident, *, title: str, summary: str, by, at: datetime) -> Incident:
    """Publish an incident, in plain words. Raises ValidationError, field by field."""
    incident = opened(incident)
    allow(may_handle(by, incident, at))
    if incident.published_at is not None:
        raise ValidationError(_("Cet incident est déjà publié."))
    if deferred(incident, at):
        raise ValidationError(
            _("L'officier de sécurité a différé la publication jusqu'au %(day)s.")
            % {"day": say_day(incident.deferred_until, whole=True)}
        )
    errors = {}
    if not title.strip():
        errors["title"] = _("Donnez le titre que chacun lira.")
    if not summary.strip():
        errors["summary"] = _("Dites ce qui s'est passé et ce qui a été fait.")
    if errors:
        raise ValidationError(errors)
    incident.public_title, incident.summary = title.strip(), summary.strip()
    incident.published_at = at
    incident.save(update_fields=["public_title", "summary", "published_at"])
    say(incident, "published", by=by, at=at)
    return incident
