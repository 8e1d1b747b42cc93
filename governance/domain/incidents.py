"""Incidents: declared, assessed, notified to the CNIL, told to persons, published, closed.

Each act is audited and, but for measures, is a leaf of the register: number, severity, band,
establishments and instants, nothing that names a person nor says what happened. Who may do what is
checked here too. What the portal declares itself has no ``by``.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import outbox
from governance.charters.facts import today
from governance.dates import say_day
from governance.domain import audit
from governance.ledger.leaves import append_leaf, instant
from governance.ledger.witnesses import INCIDENT
from governance.models.case import Case
from governance.models.establishment import Establishment
from governance.models.incident import Incident, IncidentMeasure, IncidentSite
from governance.models.witness import Contradiction
from governance.permissions import may, may_somewhere, places_of
from governance.queries.incidents import due_at, lacking, settled, unsettled
from governance.roles import Permission

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_DEFERRAL = timedelta(days=365)
NOTICE = "incident_due"
"""The kind of the outbox's message that reminds an establishment."""
CONTRADICTION = "contradiction:"
BEFORE_END = timedelta(hours=24)
# Any fixed number, used for nothing else in this database: "INCI" in ASCII.
NUMBER_LOCK = 0x494E4349


# --- who may ------------------------------------------------------------------------------------


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
    return None in places or any(each.establishment_id in places for each in _sites(incident))


def _sites(incident: Incident) -> list[IncidentSite]:
    return list(incident.sites.all())


# --- declaring ----------------------------------------------------------------------------------


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
    by,
    at: datetime,
) -> tuple[Incident, bool]:
    """Declare an incident, or find the one that ``origin`` declared already (whether it is new).

    Side effects: its number, its clocks, a message to each establishment, a leaf. Raises
    ValidationError, field by field, and PermissionDenied.
    """
    if by is not None and not may_declare(by, at):
        raise PermissionDenied("incident")
    _lock_numbers()
    known = Incident.objects.filter(origin=origin).first()
    if known is not None:
        if known.declared_by_id != (by and by.pk):
            raise PermissionDenied("incident")
        return known, False
    places = list(dict.fromkeys(establishments))
    cases = _check_declared(title, what, found_at, places, severity, persons, list(requests), at)
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
        _concern(incident, place)
    _say(incident, "declared", by=by, at=at)
    return incident, True


def _check_declared(title, what, found_at, places, severity, persons, requests, at) -> list[Case]:
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
    cases, wrong = _assessed(severity, persons, requests)
    errors |= wrong
    if errors:
        raise ValidationError(errors)
    return cases


def _assessed(severity: str, persons: str, numbers: list[str]) -> tuple[list[Case], dict]:
    """The requests of these numbers, and what is wrong with an assessment, field by field."""
    found = {case.number: case for case in Case.objects.filter(number__in=numbers, parent=None)}
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


def _lock_numbers() -> None:
    """One declaration at a time: numbers follow each other, and an origin declares once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBER_LOCK])


def _next_number(year: int) -> str:
    # No incident is ever deleted: their count is the last number given.
    given = Incident.objects.filter(number__startswith=f"I-{year}-").count()
    return f"I-{year}-{given + 1:04d}"


def _concern(incident: Incident, place: Establishment) -> None:
    IncidentSite.objects.create(incident=incident, establishment=place)
    outbox.enqueue(NOTICE, {"incident": incident.number, "site": place.pk, "notice": "declared"})


@outbox.handler(INCIDENT)
def found_by_portal(payload: dict) -> None:
    """Declare what a witness says of the register: nobody has to. Once while it lasts: a witness
    that says it again, its incident being open, adds nothing."""
    found = Contradiction.objects.select_related("establishment").get(pk=payload["contradiction"])
    place = found.establishment
    lasting = Incident.objects.open().filter(
        origin__startswith=CONTRADICTION, sites__establishment=place
    )
    if lasting.exists():
        return
    declare(
        origin=f"{CONTRADICTION}{found.pk}",
        title=_("Un hôpital témoin contredit le registre public"),
        what=_("%(site)s : %(reason)s.") % {"site": place, "reason": found.get_reason_display()},
        found_at=found.received_at,
        establishments=[place],
        severity=Incident.Severity.SERIOUS,
        by=None,
        at=max(found.received_at, timezone.now()),
    )


# --- following ----------------------------------------------------------------------------------


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
    by,
    at: datetime,
) -> Incident:
    """Write what is now known of an incident; ``more`` are establishments found to be concerned
    too, ``requests`` all the requests touched. Raises ValidationError, field by field."""
    incident = _open(incident)
    _allow(may_follow(by, incident, at))
    cases, errors = _assessed(severity, persons, list(requests))
    if high_risk and persons == Incident.Persons.NONE:
        errors["high_risk"] = _("Aucune personne n'est concernée : le risque n'est pas élevé.")
    if errors:
        raise ValidationError(errors)
    incident.severity, incident.persons, incident.high_risk = severity, persons, high_risk
    incident.categories, incident.consequences = categories.strip(), consequences.strip()
    incident.save(update_fields=["severity", "persons", "high_risk", "categories", "consequences"])
    incident.cases.set(cases)
    known = {each.establishment_id for each in _sites(incident)}
    for place in more:
        if place.pk not in known:
            _concern(incident, place)
    _say(incident, "assessed", by=by, at=at)
    return incident


@transaction.atomic
def add_measure(incident: Incident, *, on: date | None, text: str, by, at: datetime):
    """Add a measure that was taken; it is never changed. Raises ValidationError."""
    incident = _open(incident)
    _allow(may_follow(by, incident, at))
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
    _note(incident, "measured", by=by, at=at)
    return measure


# --- notifying ----------------------------------------------------------------------------------


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
    incident = _open(incident)
    site = _site(incident, establishment)
    _allow(may_notify(by, site, at))
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
    _say(incident, "notified", by=by, at=at, site=site.establishment_id, **said)
    return site


@transaction.atomic
def excuse(incident: Incident, establishment: str, *, reason: str, by, at: datetime):
    """Write why an establishment need not notify: no risk for persons (RGPD 33.1). Raises
    ValidationError, field by field."""
    incident = _open(incident)
    site = _site(incident, establishment)
    _allow(may_notify(by, site, at))
    if settled(site):
        raise ValidationError(_("Cet établissement a déjà répondu pour cet incident."))
    if incident.high_risk:
        raise ValidationError(_("Le risque pour les personnes est élevé : il faut notifier."))
    if not reason.strip():
        raise ValidationError({"reason": _("Dites pourquoi la notification n'est pas nécessaire.")})
    site.not_required_reason, site.said_at, site.said_by = reason.strip(), at, by
    site.save()
    said = {"establishment": site.establishment_id}
    _say(incident, "excused", by=by, at=at, site=site.establishment_id, **said)
    return site


@transaction.atomic
def tell_persons(incident: Incident, *, on: date | None, how: str, by, at: datetime) -> Incident:
    """Write when and how the persons were told (RGPD 34). Raises ValidationError."""
    incident = _open(incident)
    _allow(may_handle(by, incident, at))
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
    _say(incident, "told", by=by, at=at, told_on=on.isoformat())
    return incident


# --- publishing ---------------------------------------------------------------------------------


@transaction.atomic
def defer(incident: Incident, *, until: date | None, reason: str, by, at: datetime) -> Incident:
    """Defer the publication until a day, for a reason that is published with it. Raises
    ValidationError, field by field."""
    incident = _open(incident)
    _allow(may_defer(by, incident, at))
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
    _say(incident, "deferred", by=by, at=at, until=until.isoformat())
    return incident


def deferred(incident: Incident, at: datetime) -> bool:
    """Whether its publication waits at ``at``."""
    until = incident.deferred_until
    return incident.published_at is None and until is not None and until > today(at)


@transaction.atomic
def publish(incident: Incident, *, title: str, summary: str, by, at: datetime) -> Incident:
    """Publish an incident, in plain words. Raises ValidationError, field by field."""
    incident = _open(incident)
    _allow(may_handle(by, incident, at))
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
    _say(incident, "published", by=by, at=at)
    return incident


@transaction.atomic
def close(incident: Incident, *, by, at: datetime) -> Incident:
    """Close an incident of which nothing lacks. Raises ValidationError with all that does."""
    incident = _open(incident)
    _allow(may_handle(by, incident, at))
    missing = lacking(incident)
    if missing:
        raise ValidationError(missing)
    incident.closed_at = at
    incident.save(update_fields=["closed_at"])
    _say(incident, "closed", by=by, at=at)
    return incident


# --- reminding ----------------------------------------------------------------------------------


def notice_owed(due: datetime, at: datetime) -> str | None:
    """The reminder of which the hour has come: a day before the end, at the end, then each day
    after. Only the last one after a silence."""
    if at < due - BEFORE_END:
        return None
    if at < due:
        return "before"
    days = (at - due).days
    return f"late-{days}" if days else "over"


def remind(*, at: datetime) -> int:
    """Have the reminders owed leave; return how many. Harmless twice, and after a long stop."""
    sent = 0
    for site in unsettled():
        notice = notice_owed(due_at(site), at)
        sent += notice is not None and _remind(site, notice)
    return sent


@transaction.atomic
def _remind(site: IncidentSite, notice: str) -> bool:
    locked = IncidentSite.objects.select_for_update().get(pk=site.pk)
    if locked.notified_at is not None or locked.last_notice == notice:
        return False
    locked.last_notice = notice
    locked.save(update_fields=["last_notice"])
    payload = {"incident": site.incident.number, "site": site.establishment_id, "notice": notice}
    outbox.enqueue(NOTICE, payload)
    return True


# --- all of them --------------------------------------------------------------------------------


def _open(incident: Incident) -> Incident:
    """The incident, locked until the transaction ends. Raises ValidationError once closed."""
    found = Incident.objects.select_for_update().get(pk=incident.pk)
    if found.closed_at is not None:
        raise ValidationError(_("Cet incident est clos."))
    return found


def _site(incident: Incident, establishment: str) -> IncidentSite:
    site = IncidentSite.objects.select_related("establishment").get(
        incident=incident, establishment=establishment
    )
    site.incident = incident
    return site


def _allow(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied("incident")


def _note(incident: Incident, act: str, *, by, at: datetime, site: str | None = None) -> None:
    audit.record(
        f"incident.{act}",
        by=by,
        at=at,
        subject_type="incident",
        subject_ref=incident.number,
        establishment=site,
    )


def _say(incident: Incident, act: str, *, by, at: datetime, site: str | None = None, **more):
    """Audit an act and write its leaf: the last thing of its transaction."""
    _note(incident, act, by=by, at=at, site=site)
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
