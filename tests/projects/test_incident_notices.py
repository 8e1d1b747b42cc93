"""An incident is told at once to those who notify and to the delegates; what was done meanwhile is
asked of nobody."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from governance.domain import incidents
from governance.models import Contradiction, Incident
from portal.notices.models import Notice
from projects.notices.standing import no_longer
from tests.outbox import run
from tests.people import establishment, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def dpo():
    return person(("dpo", "chu-rennes"))


def declare(*places, found_hours_ago=1):
    now = timezone.now()
    return incidents.declare(
        origin=f"form:{Incident.objects.count()}",
        title="Un ordinateur volé",
        what="Un ordinateur portable a disparu.",
        found_at=now - timedelta(hours=found_hours_ago),
        establishments=[establishment(slug) for slug in places],
        severity="serious",
        by=person("expert"),
        at=now,
    )[0]


def test_dpos_and_delegates_of_the_establishments_concerned_are_told_by_mail_at_once(dpo):
    delegate = person(("delegate", "chu-rennes"))
    brest = person(("dpo", "chu-brest"))
    person(("dpo", "ico"))
    person(("case_officer", "chu-rennes"))
    incident = declare("chu-rennes", "chu-brest")
    run()
    assert {notice.person for notice in Notice.objects.all()} == {dpo, delegate, brest}
    assert {notice.person for notice in Notice.objects.filter(asked=True)} == {dpo, brest}
    assert len(mail.outbox) == 3
    for each in mail.outbox:
        assert incident.number in each.subject
        assert f"/travail/incidents/{incident.number}" in each.body


def test_one_reminder_a_cause_and_a_person_and_none_once_it_is_notified(dpo):
    incident = declare("chu-rennes", found_hours_ago=60)
    run()
    now = timezone.now()
    for _twice in range(2):
        incidents.remind(at=now)
        run()
    assert [each.subject.partition(" : ")[0] for each in mail.outbox][1:] == ["Rappel"]
    said = {"notified_at": now, "reference": "C-1", "by": dpo, "at": now}
    notices = list(Notice.objects.all())
    assert no_longer(notices) == set()
    incidents.notify(incident, "chu-rennes", **said)
    assert no_longer(notices) == {notice.pk for notice in notices}
    incidents.remind(at=now + timedelta(hours=30))
    run()
    assert len(mail.outbox) == 2


def test_a_register_contradicted_by_a_witness_is_declared_and_told_by_the_portal(dpo):
    now = timezone.now()
    found = Contradiction.objects.create(
        establishment=establishment("chu-rennes"),
        reason=Contradiction.Reason.FORKED,
        shown="x",
        since=now,
        last_said_at=now,
        received_at=now,
    )
    incidents.found_by_portal({"contradiction": found.pk})
    run()
    assert [notice.person for notice in Notice.objects.filter(key="incident_due")] == [dpo]
