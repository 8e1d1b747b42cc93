"""The requests that an incident touches: where each stands, and the step that suspends it."""

from datetime import timedelta

from django.utils import timezone

from governance.domain import incidents
from governance.models import Establishment, Incident, IncidentSite
from projects.demonstration import network
from tests.projects.stand import LEAD, stand_at


def declared(walk, by):
    now = timezone.now()
    return incidents.declare(
        origin="form:one",
        title="Un envoi par erreur",
        what="Un fichier envoyé au mauvais destinataire.",
        found_at=now - timedelta(hours=1),
        establishments=[Establishment.objects.get(pk=LEAD)],
        severity="serious",
        requests=[walk.case.number],
        by=by,
        at=now,
    )[0]


def test_a_request_touched_leads_who_may_to_the_step_that_suspends_it(walk, browser):
    walk.until("authorised")
    dpo, delegate = walk.staff("dpo"), walk.staff("delegate")
    address = f"/travail/incidents/{declared(walk, dpo).number}"
    step = f"/demandes/{walk.case.number}/etape/block"
    assert step in browser.get(dpo, address).text
    assert browser.get(dpo, step).status_code == 200
    said = browser.get(delegate, address).text
    assert walk.case.number in said
    assert step not in said


def test_a_request_suspended_says_so(walk, browser, order_key):
    stand_at("suspended", walk)
    dpo = walk.staff("dpo")
    said = browser.get(dpo, f"/travail/incidents/{declared(walk, dpo).number}").text
    assert "Suspendue" in said
    assert "Bloquer l’accès" not in said


def test_a_request_that_one_may_not_see_is_named_like_one_that_is_not_there(walk, browser):
    walk.submit()
    unseen, methodologist = walk.case.number, network.staff("methodologist", "ico", at=walk.now)
    said = {
        "title": "Un envoi par erreur",
        "what": "Un fichier envoyé au mauvais destinataire.",
        "found_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "establishments": ["ico"],
        "severity": "minor",
        "persons": "unknown",
    }
    for number in (unseen, "2031-0001"):
        page = browser.post(
            methodologist, "/travail/incidents/nouveau", said | {"requests": number}
        )
        assert f"Aucune demande ne porte ce numéro : {number}." in page.text
    assert not Incident.objects.exists()

    incident = declared(walk, walk.staff("dpo"))
    IncidentSite.objects.create(incident=incident, establishment_id="ico")
    elsewhere = network.staff("dpo", "ico", at=walk.now)
    page = browser.get(elsewhere, f"/travail/incidents/{incident.number}").text
    assert unseen in page and "Recevabilité" not in page

    walk.admit()
    page = browser.post(methodologist, "/travail/incidents/nouveau", said | {"requests": unseen})
    assert page.status_code == 302
