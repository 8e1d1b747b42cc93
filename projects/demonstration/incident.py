"""The incident of the demonstration: a file sent to the wrong address, notified in time, published,
closed."""

from datetime import datetime, timedelta

from governance.domain import incidents
from governance.models import Establishment, Incident
from projects.demonstration import network
from projects.demonstration.timeline import Timeline

PLACE = "chu-rennes"
AGO = timedelta(days=45)
"""How long before the present it was found."""


def tell(found_at: datetime, timeline: Timeline) -> None:
    """Live the incident from the instant at which it was found."""
    officer = network.staff("case_officer", PLACE, at=found_at)
    dpo = network.staff("dpo", PLACE, at=found_at)
    incident = _declare(found_at, found_at + timedelta(hours=1), officer, timeline)
    now = _wait(timeline, found_at + timedelta(hours=20))
    incidents.assess(
        incident,
        severity=Incident.Severity.MINOR,
        persons=Incident.Persons.FROM_11,
        high_risk=False,
        categories="Patients suivis en cardiologie ; dates de séjour et diagnostics, sans nom.",
        consequences="Aucune conséquence probable : le fichier n'a pas été ouvert.",
        by=dpo,
        at=now,
    )
    text = "Le destinataire a détruit le fichier sans l'ouvrir, et l'atteste par écrit."
    incidents.add_measure(incident, on=now.date(), text=text, by=dpo, at=now)
    now = _wait(timeline, found_at + timedelta(hours=26))
    incidents.notify(incident, PLACE, notified_at=now, reference="DEMO-CNIL-0001", by=dpo, at=now)
    now = _wait(timeline, found_at + timedelta(days=6))
    incidents.publish(
        incident,
        title="Un fichier de travail envoyé à une mauvaise adresse",
        summary=(
            "Un fichier de travail, sans nom ni numéro de patient, a été envoyé à une adresse mal "
            "saisie, dans un autre hôpital du réseau. Son destinataire l'a détruit sans l'ouvrir "
            "et l'a attesté par écrit.\n\nDepuis, ces envois ne partent plus par courriel."
        ),
        by=dpo,
        at=now,
    )
    now = _wait(timeline, found_at + timedelta(days=12))
    incidents.close(incident, by=dpo, at=now)


def _declare(found_at: datetime, now: datetime, by, timeline: Timeline) -> Incident:
    return incidents.declare(
        origin="demonstration",
        title="Un fichier de travail envoyé à une mauvaise adresse",
        what="Une adresse mal saisie : le fichier est parti à une personne d'un autre hôpital.",
        found_at=found_at,
        establishments=[Establishment.objects.get(pk=PLACE)],
        severity=Incident.Severity.SERIOUS,
        by=by,
        at=_wait(timeline, now),
    )[0]


def _wait(timeline: Timeline, now: datetime) -> datetime:
    timeline.wait_until(now)
    return now
