"""The DPO erases the words of a decision; the decision and its proof stay."""

import pytest

from governance.models import AuditEvent
from projects.demonstration import network
from projects.documents import decisions as documents
from tests.projects.stand import OTHER
from tests.projects.views.test_exchanges import texts


@pytest.fixture
def refused(walk, settings, tmp_path):
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    walk.submit()
    decision = walk.take(
        "refuse", by=walk.staff("delegate"), articles=("U-02",), reason="Ses mots à lui."
    )
    documents.make({"decision": str(decision.pk)})
    walk.ref = walk.case.number
    return decision


def test_the_dpo_erases_the_words_and_the_paper_the_decision_stays(refused, walk, browser):
    dpo, ref = walk.staff("dpo"), walk.ref
    address = f"/demandes/{ref}/decisions/{refused.index}/effacer"
    assert address in browser.get(dpo, f"{ref}/decisions").content.decode()
    asked = browser.get(dpo, address)
    assert "Effacer pour toujours les mots" in texts(asked)
    said = browser.post(dpo, address, {})
    assert "Dites pourquoi ces mots doivent être effacés." in texts(said)
    refused.reason.refresh_from_db()
    assert refused.reason.text == "Ses mots à lui."

    assert browser.post(dpo, address, {"ground": "person"}).status_code == 302
    page = browser.get(walk.holder, f"{ref}/decisions")
    assert "Ses mots à lui." not in texts(page)
    assert "Les mots de cette décision ont été effacés" in texts(page)
    assert f"{ref}/decisions/{refused.index}.pdf" not in page.content.decode()
    assert browser.get(walk.holder, f"{ref}/decisions/{refused.index}.pdf").status_code == 404
    acts = AuditEvent.objects.filter(action="erased").order_by("pk")
    kinds = [(act.subject_type, act.by, act.details) for act in acts]
    assert kinds == [(kind, dpo, {"ground": "person"}) for kind in ("reason", "file")]
    again = browser.post(dpo, address, {"ground": "person"})
    assert "déjà effacés" in texts(again)


def test_nobody_else_does(refused, walk, browser):
    others = [walk.holder, walk.staff("delegate"), walk.staff("case_officer")]
    others.append(network.staff("dpo", OTHER, at=walk.now))
    for person in others:
        address = f"/demandes/{walk.ref}/decisions/{refused.index}/effacer"
        assert browser.get(person, address).status_code == 404
        assert browser.post(person, address, {"ground": "person"}).status_code == 404
        assert "effacer" not in browser.get(person, f"{walk.ref}/decisions").content.decode()
    refused.reason.refresh_from_db()
    assert refused.reason.text == "Ses mots à lui."
