"""The dossier of a request that was returned: its holder gives themselves more time, once."""

import pytest

from tests.people import person

pytestmark = pytest.mark.django_db

POINT = {"section": "project", "text": "Précisez le titre."}


@pytest.fixture
def returned(walk):
    walk.submit()
    walk.take("return", walk.staff("case_officer"), details={"points": [POINT]})
    return walk


def test_the_holder_extends_the_delay_in_one_click_and_once(browser, returned):
    dossier = f"/demandes/{returned.case.number}/dossier"
    before = returned.case.deadlines.running().get().due_at
    assert "Prolonger le délai" in browser.get(returned.holder, dossier).text
    assert browser.post(returned.holder, f"{dossier}/prolonger").headers["Location"] == dossier
    after = returned.case.deadlines.running().get().due_at
    assert after > before
    assert "Prolonger le délai" not in browser.get(returned.holder, dossier).text
    browser.post(returned.holder, f"{dossier}/prolonger")
    assert returned.case.deadlines.running().get().due_at == after


def test_nobody_else_extends_it(browser, returned):
    address = f"/demandes/{returned.case.number}/dossier/prolonger"
    before = returned.case.deadlines.running().get().due_at
    for someone in (returned.staff("case_officer"), person()):
        assert browser.post(someone, address).status_code == 404
    assert returned.case.deadlines.running().get().due_at == before
