"""A team reports an anomaly from its *Données* page; who answers says what became of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Finding
from governance.charters.facts import today
from projects.demonstration import network
from tests.projects.conftest import NOW
from tests.projects.domain.test_findings import (
    PRESCRIPTIONS,
    SAID,
    WRONG,
    report,
    using,  # noqa: F401  (a fixture)
)


@pytest.fixture
def page(using):  # noqa: F811
    return f"/demandes/{using.case.number}/donnees/anomalie"


def said(**more) -> dict:
    return {"dataset": PRESCRIPTIONS, "variable": "", "text": WRONG, "nobody": "on"} | more


def test_a_team_reports_what_it_found_in_what_it_was_delivered(using, browser, page):  # noqa: F811
    shown = browser.get(using.holder, page).text
    assert "drug_concept_id" in shown
    assert "chu-brest-prescriptions" not in shown, "what was not delivered is not offered"
    answer = browser.post(using.holder, page, said())
    assert answer.headers["Location"] == f"/demandes/{using.case.number}/donnees"
    found = Finding.objects.get()
    assert (found.case, found.dataset_id, found.text) == (using.case, PRESCRIPTIONS, WRONG)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"dataset": ""}, "Choisissez un jeu de données."),
        ({"dataset": "chu-brest-prescriptions"}, "Sélectionnez un choix valide."),
        ({"variable": "image.kind"}, "Sélectionnez un choix valide."),
        ({"text": "Trop court."}, "Trop court."),
        ({"nobody": ""}, "cochez cette case"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(using, browser, page, wrong, words):  # noqa: F811
    answer = browser.post(using.holder, page, said(**wrong))
    assert answer.status_code == 200
    assert words in answer.text
    assert said(**wrong)["text"] in answer.text
    assert not Finding.objects.exists()


def test_who_is_not_of_the_team_does_not_find_the_page(using, browser, page):  # noqa: F811
    for someone in (network.person("Yann Kerbrat", at=NOW), using.staff("producer")):
        assert browser.get(someone, page).status_code == 404
        assert browser.post(someone, page, said()).status_code == 404


@pytest.fixture
def promised(using, browser):  # noqa: F811
    """An anomaly confirmed, to be mended within ten days, and who answers for it."""
    found, producer = report(using), using.staff("producer")
    by = today(timezone.now()) + timedelta(days=10)
    browser.post(producer, f"/anomalies/{found.pk}/prendre")
    answer = {"state": "to_mend", "text": SAID, "day": by.isoformat()}
    assert browser.post(producer, f"/anomalies/{found.pk}/repondre", answer).status_code == 302
    return found, producer


def test_what_was_promised_is_put_off_with_a_reason_then_said_mended(using, browser, promised):  # noqa: F811
    found, producer = promised
    page, later = f"/anomalies/{found.pk}/suite", today(timezone.now()) + timedelta(days=20)
    put_off = {"act": "put_off", "day": later.isoformat(), "text": "Le fournisseur du logiciel a "}
    put_off["text"] += "livré le correctif en retard."
    assert browser.post(producer, page, put_off).status_code == 302
    found.refresh_from_db()
    assert (found.state, found.mend_by) == ("to_mend", later)
    mended = {"act": "mend", "day": today(timezone.now()).isoformat(), "text": ""}
    assert browser.post(producer, page, mended).status_code == 302
    found.refresh_from_db()
    assert found.state == "mended"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"act": ""}, "Dites si la correction est faite ou reportée."),
        ({"day": ""}, "Dites quel jour."),
        ({"day": "demain"}, "Écrivez un jour"),
        ({"text": ""}, "Écrivez 20 caractères au moins."),
        ({"day": "9999-12-31"}, "trois ans"),
    ],
)
def test_a_following_wrongly_said_changes_nothing(using, browser, promised, wrong, words):  # noqa: F811
    found, producer = promised
    before = Finding.objects.values().get(pk=found.pk)
    later = today(timezone.now()) + timedelta(days=20)
    asked = {"act": "put_off", "day": later.isoformat(), "text": SAID} | wrong
    answer = browser.post(producer, f"/anomalies/{found.pk}/suite", asked)
    assert answer.status_code == 200
    assert words in answer.text
    assert Finding.objects.values().get(pk=found.pk) == before
