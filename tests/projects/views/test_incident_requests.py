"""The requests that an incident touches: where each stands, and the step that suspends it."""

from datetime import timedelta

from django.utils import timezone

from governance.domain import incidents
from governance.models import Establishment
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
