"""Each establishment notifies the CNIL, or says why not; persons at high risk are told."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from governance.charters.facts import today
from governance.dates import say_day
from governance.domain.incidents.acts import allow, opened, say, site_of
from governance.domain.incidents.permissions import may_handle, may_notify
from governance.ledger.leaves import instant
from governance.models.incident import Incident, IncidentSite
from governance.queries.incidents import due_at, settled


@transaction.atomic
def notify(
    incident: Incident,
    establishment: str,
    *,
    notified_at: datetime | None,
    reference: str,
    late_reason: str = "",
    by,
    at: datetime,
) -> IncidentSite:
    """Write that an establishment notified the CNIL: when, under which reference, and why late if
    it is (RGPD 33.1). Raises ValidationError, field by field."""
    incident = opened(incident)
    site = site_of(incident, establishment)
    allow(may_notify(by, site, at))
    if site.notified_at is not None:
        raise ValidationError(
            _("%(site)s a déjà notifié cet incident, sous la référence %(reference)s.")
            % {"site": site.establishment, "reference": site.reference}
        )
    errors = {}
    if notified_at is None:
        errors["notified_at"] = _("Dites quand la notification a été faite.")
    elif notified_at < incident.found_at:
        errors["notified_at"] = _("La notification ne peut pas précéder la découverte.")
    elif notified_at > at:
        errors["notified_at"] = _("La notification ne peut pas être dans le futur.")
    elif notified_at > due_at(site) and not late_reason.strip():
        errors["late_reason"] = _(
            "Le délai était dépassé : dites pourquoi, comme la notification doit le dire."
        )
    if not reference.strip():
        errors["reference"] = _("Indiquez la référence donnée par la CNIL.")
    if errors:
        raise ValidationError(errors)
    site.notified_at, site.reference = notified_at, reference.strip()
    site.late_reason, site.said_at, site.said_by = late_reason.strip(), at, by
    site.save()
    said = {"establishment": site.establishment_id, "notified_at": instant(notified_at)}
    say(incident, "notified", by=by, at=at, site=site.establishment_id, **said)
    return site


@transaction.atomic
def excuse(incident: Incident, establishment: str, *, reason: str, by, at: datetime):
    """Write why an establishment need not notify: no risk for persons (RGPD 33.1). Raises
    ValidationError, field by field."""
    incident = opened(incident)
    site = site_of(incident, establishment)
    allow(may_notify(by, site, at))
    if settled(site):
        raise ValidationError(_("Cet établissement a déjà répondu pour cet incident."))
    if incident.high_risk:
        raise ValidationError(_("Le risque pour les personnes est élevé : il faut notifier."))
    if not reason.strip():
        raise ValidationError({"reason": _("Dites pourquoi la notification n'est pas nécessaire.")})
    site.not_required_reason, site.said_at, site.said_by = reason.strip(), at, by
    site.save()
    said = {"establishment": site.establishment_id}
    say(incident, "excused", by=by, at=at, site=site.establishment_id, **said)
    return site


@transaction.atomic
def tell_persons(incident: Incident, *, on: date | None, how: str, by, at: datetime) -> Incident:
    """Write when and how the persons were told (RGPD 34). Raises ValidationError."""
    incident = opened(incident)
    allow(may_handle(by, incident, at))
    if incident.told_on is not None:
        raise ValidationError(
            _("Les personnes ont déjà été prévenues le %(day)s.")
            % {"day": say_day(incident.told_on, whole=True)}
        )
    errors = {}
    if on is None:
        errors["on"] = _("Dites quel jour les personnes ont été prévenues.")
    elif on > today(at):
        errors["on"] = _("Ce jour est à venir : écrivez-le une fois les personnes prévenues.")
    elif on < today(incident.found_at):
        errors["on"] = _("Les personnes ne peuvent pas avoir été prévenues avant la découverte.")
    if not how.strip():
        errors["how"] = _("Dites comment : courrier, appel, message…")
    if errors:
        raise ValidationError(errors)
    incident.told_on, incident.told_how = on, how.strip()
    incident.save(update_fields=["told_on", "told_how"])
    say(incident, "told", by=by, at=at, told_on=on.isoformat())
    return incident
