"""Incidents: declared, notified within 72 hours, told, published, closed; each act in the
register."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from governance.domain import incidents
from governance.models import (
    AuditEvent,
    Contradiction,
    Incident,
    IncidentMeasure,
    IncidentSite,
    Leaf,
    Message,
)
from governance.queries.incidents import awaited_at, clocks, due_at, lacking, visible_to
from tests.people import DAY, NOW, establishment, person

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
FOUND = NOW - 2 * HOUR


@pytest.fixture
def rennes():
    return establishment("chu-rennes")


@pytest.fixture
def dpo(rennes):
    return person(("dpo", "chu-rennes"))


@pytest.fixture
def officer(rennes):
    return person(("security_officer", "chu-rennes"))


def declare(*places, by=None, at=NOW, **changes):
    said = {
        "origin": f"form:{Incident.objects.count()}",
        "title": "Un ordinateur volé",
        "what": "Un ordinateur portable a disparu du service.",
        "found_at": FOUND,
        "establishments": [establishment(slug) for slug in places or ("chu-rennes",)],
        "severity": "serious",
        "persons": "under",
    } | changes
    return incidents.declare(**said, by=by or person(("data_engineer", "chu-rennes")), at=at)[0]


def refused(act) -> dict:
    """What a refusal says, by field; under "" what is about no field."""
    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        act()
    if hasattr(refusal.value, "error_dict"):
        return refusal.value.message_dict
    return {"": refusal.value.messages}


def leaves() -> list[dict]:
    return [json.loads(bytes(leaf.bytes)) for leaf in Leaf.objects.order_by("index")]


def assessed(incident, by, at=NOW, **changes):
    known = {"severity": "serious", "persons": "under", "high_risk": False} | changes
    return incidents.assess(incident, **known, by=by, at=at)


def test_numbers_follow_each_other_in_the_year_of_paris():
    assert [declare().number for _ in range(2)] == ["I-2026-0001", "I-2026-0002"]
    new_year = NOW.replace(year=2026, month=12, day=31, hour=23, minute=30)
    assert declare(at=new_year).number == "I-2027-0001"


def test_the_same_form_sent_twice_declares_once():
    by = person(("dpo", "chu-rennes"))
    said = {"origin": "form:once", "by": by}
    assert declare(**said) == declare(**said)
    assert Incident.objects.count() == 1
    with pytest.raises(PermissionDenied):
        declare(origin="form:once")


def test_whoever_is_of_the_staff_declares_and_a_researcher_does_not():
    with pytest.raises(PermissionDenied):
        declare(by=person(("researcher", "chu-rennes")))
    assert declare(by=person("expert"))


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"found_at": NOW + HOUR}, "found_at", "dans le futur"),
        ({"found_at": NOW.replace(year=1999)}, "found_at", "antérieure à l'an 2000"),
        ({"found_at": None}, "found_at", "quand l'incident a été découvert"),
        ({"establishments": []}, "establishments", "au moins un établissement"),
        ({"title": " "}, "title", "Donnez un titre"),
        ({"what": ""}, "what", "ce qui s'est passé"),
        ({"severity": "dire"}, "severity", "gravité de la liste"),
        ({"persons": "7"}, "persons", "tranche de la liste"),
        ({"requests": ["2026-9999"]}, "requests", "2026-9999"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field_and_nothing_is_written(changes, field, said):
    found = refused(lambda: declare(**changes))
    assert list(found) == [field]
    assert said in found[field][0]
    assert not Incident.objects.exists()
    assert not Leaf.objects.exists()


def test_the_clock_counts_72_hours_through_a_change_of_hour(dpo):
    before_summer = NOW.replace(month=3, day=28, hour=10)
    incident = declare(found_at=before_summer, at=before_summer + HOUR)
    assert due_at(incident.sites.get()) - before_summer == 72 * HOUR


def test_a_dpo_notifies_for_their_own_establishment_alone(dpo):
    incident = declare("chu-rennes", "chu-brest")
    said = {"notified_at": NOW, "reference": "CNIL-1", "by": dpo, "at": NOW}
    with pytest.raises(PermissionDenied), transaction.atomic():
        incidents.notify(incident, "chu-brest", **said)
    incidents.notify(incident, "chu-rennes", **said)
    assert [clock.settled for clock in clocks(incident, NOW)] == [False, True]
    assert (
        "déjà notifié" in refused(lambda: incidents.notify(incident, "chu-rennes", **said))[""][0]
    )
    assert (
        "déjà répondu"
        in refused(
            lambda: incidents.excuse(incident, "chu-rennes", reason="Rien.", by=dpo, at=NOW)
        )[""][0]
    )


@pytest.mark.parametrize(
    ("notified_at", "at", "field"),
    [
        (FOUND - HOUR, NOW, "notified_at"),
        (NOW + HOUR, NOW, "notified_at"),
        (None, NOW, "notified_at"),
        (FOUND + 73 * HOUR, FOUND + 80 * HOUR, "late_reason"),
    ],
)
def test_a_notification_has_its_order_in_time_and_a_late_one_its_reason(
    dpo, notified_at, at, field
):
    incident = declare()
    found = refused(
        lambda: incidents.notify(
            incident, "chu-rennes", notified_at=notified_at, reference="C-1", by=dpo, at=at
        )
    )
    assert list(found) == [field]


def test_a_notification_after_the_delay_stays_late(dpo):
    incident = declare()
    late = FOUND + 73 * HOUR
    assert [clock.late for clock in clocks(incident, FOUND + 72 * HOUR)] == [False]
    assert [clock.late for clock in clocks(incident, late)] == [True]
    incidents.notify(
        incident,
        "chu-rennes",
        notified_at=late,
        reference="C-1",
        late_reason="Un pont.",
        by=dpo,
        at=late,
    )
    incident.refresh_from_db()
    assert [(c.settled, c.late) for c in clocks(incident, late + DAY)] == [(True, True)]


def test_no_risk_excuses_and_a_high_risk_found_later_does_not(dpo):
    incident = declare()
    assert (
        "pourquoi"
        in refused(lambda: incidents.excuse(incident, "chu-rennes", reason=" ", by=dpo, at=NOW))[
            "reason"
        ][0]
    )
    incidents.excuse(incident, "chu-rennes", reason="Disque chiffré.", by=dpo, at=NOW)
    assert awaited_at(["chu-rennes"], NOW) == []
    assessed(incident, dpo, high_risk=True)
    (clock,) = awaited_at(["chu-rennes"], NOW)
    assert clock.site.incident == incident
    assert (
        "élevé"
        in refused(lambda: incidents.excuse(incident, "chu-rennes", reason="Non.", by=dpo, at=NOW))[
            ""
        ][0]
    )
    incidents.notify(incident, "chu-rennes", notified_at=NOW, reference="C-1", by=dpo, at=NOW)
    assert awaited_at([None], NOW) == []


def test_an_incident_is_closed_when_all_was_done_and_says_what_lacks(dpo, officer):
    incident = declare()
    assert len(lacking(incident)) == 3
    assert len(refused(lambda: incidents.close(incident, by=dpo, at=NOW))[""]) == 3
    assessed(incident, dpo, high_risk=True)
    incidents.notify(incident, "chu-rennes", notified_at=NOW, reference="C-1", by=dpo, at=NOW)
    incidents.defer(incident, until=date(2026, 3, 20), reason="Enquête.", by=officer, at=NOW)
    published = {"title": "Vol", "summary": "Un ordinateur volé.", "by": dpo}
    assert (
        "20 mars 2026"
        in refused(lambda: incidents.publish(incident, **published, at=NOW + DAY))[""][0]
    )
    later = NOW + 10 * DAY
    incidents.publish(incident, **published, at=later)
    assert (
        "déjà publié" in refused(lambda: incidents.publish(incident, **published, at=later))[""][0]
    )
    assert "prévenues" in refused(lambda: incidents.close(incident, by=dpo, at=later))[""][0]
    incidents.tell_persons(incident, on=later.date(), how="Par courrier.", by=dpo, at=later)
    incidents.close(incident, by=dpo, at=later)
    assert "est clos" in refused(lambda: incidents.close(incident, by=dpo, at=later))[""][0]
    assert [leaf["act"] for leaf in leaves()] == [
        "declared",
        "assessed",
        "notified",
        "deferred",
        "published",
        "told",
        "closed",
    ]
    acts = AuditEvent.objects.filter(subject_ref=incident.number).order_by("pk")
    assert [each.action for each in acts] == [f"incident.{leaf['act']}" for leaf in leaves()]


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (date(2026, 3, 20), " ", "reason"),
        (NOW.date(), "Enquête.", "until"),
        (NOW.date() + 366 * DAY, "Enquête.", "until"),
        (None, "Enquête.", "until"),
    ],
)
def test_a_deferral_has_its_reason_and_a_day_within_the_year(officer, until, reason, field):
    incident = declare()
    found = refused(
        lambda: incidents.defer(incident, until=until, reason=reason, by=officer, at=NOW)
    )
    assert list(found) == [field]


def test_a_dpo_does_not_defer_and_a_security_officer_does_not_publish(dpo, officer):
    incident = declare()
    with pytest.raises(PermissionDenied), transaction.atomic():
        incidents.defer(incident, until=date(2026, 4, 1), reason="Non.", by=dpo, at=NOW)
    with pytest.raises(PermissionDenied), transaction.atomic():
        incidents.publish(incident, title="Vol", summary="Un vol.", by=officer, at=NOW)


def test_a_leaf_says_who_is_concerned_and_never_what_happened(dpo):
    incident = declare("chu-rennes", "chu-brest")
    (leaf,) = leaves()
    assert leaf == {
        "kind": "incident",
        "act": "declared",
        "instant": "2026-03-10T09:00:00Z",
        "incident": incident.number,
        "severity": "serious",
        "persons": "under",
        "high_risk": None,
        "establishments": ["chu-brest", "chu-rennes"],
        "found_at": "2026-03-10T07:00:00Z",
    }


def test_measures_are_added_and_never_changed(dpo):
    incident = declare()
    said = {"on": NOW.date(), "text": "Mot de passe changé.", "by": dpo, "at": NOW}
    measure = incidents.add_measure(incident, **said)
    assert "déjà écrite" in refused(lambda: incidents.add_measure(incident, **said))["text"][0]
    tomorrow = said | {"on": NOW.date() + DAY}
    assert "à venir" in refused(lambda: incidents.add_measure(incident, **tomorrow))["on"][0]
    for change in (lambda rows: rows.update(text="Autre"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(IncidentMeasure.objects.filter(pk=measure.pk))


def test_an_establishment_found_to_be_concerned_later_has_its_clock_and_its_message(dpo):
    incident = declare()
    assessed(incident, dpo, more=[establishment("chu-brest"), establishment("chu-rennes")])
    assert IncidentSite.objects.count() == 2
    told = Message.objects.filter(kind=incidents.NOTICE).order_by("pk")
    assert [each.payload["site"] for each in told] == ["chu-rennes", "chu-brest"]


def test_reminders_leave_a_day_before_the_end_at_the_end_and_each_day_after():
    incident = declare()
    due = due_at(incident.sites.get())

    def leave(at):
        before = set(Message.objects.values_list("pk", flat=True))
        incidents.remind(at=at)
        incidents.remind(at=at + timedelta(minutes=1))
        new = Message.objects.exclude(pk__in=before).order_by("pk")
        return [each.payload["notice"] for each in new]

    assert leave(due - 25 * HOUR) == []
    assert leave(due - 24 * HOUR) == ["before"]
    assert leave(due) == ["over"]
    assert leave(due + 23 * HOUR) == []
    assert leave(due + 24 * HOUR) == ["late-1"]
    assert leave(due + 5 * DAY) == ["late-5"]
    IncidentSite.objects.update(notified_at=due, reference="C-1")
    assert leave(due + 6 * DAY) == []


def test_an_incident_is_read_by_who_declared_it_and_by_the_establishments_concerned():
    engineer = person(("data_engineer", "ico"))
    incident = declare(by=engineer)
    readers = [
        engineer,
        person(("dpo", "chu-rennes")),
        person(("delegate", "chu-rennes")),
        person("network_coordinator"),
    ]
    for reader in readers:
        assert list(visible_to(reader, NOW)) == [incident]
    for other in (person(("dpo", "ico")), person(("data_engineer", "chu-rennes")), person()):
        assert list(visible_to(other, NOW)) == []


def test_the_portal_declares_a_contradicted_register_once_while_it_lasts(rennes):
    said = {"establishment": rennes, "shown": "x", "since": FOUND, "last_said_at": FOUND}
    for reason in ("forked", "shortened"):
        found = Contradiction.objects.create(reason=reason, received_at=NOW, **said)
        for _twice in range(2):
            incidents.found_by_portal({"contradiction": found.pk})
    incident = Incident.objects.get()
    assert incident.declared_by is None
    assert [site.establishment for site in incident.sites.all()] == [rennes]
    assert "ne commence plus" in incident.what
