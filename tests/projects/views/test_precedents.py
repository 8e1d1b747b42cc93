"""Precedents, where a reviewer meets them and where citizens read them."""

import html
import re
import uuid

import pytest
from django.utils import timezone

from governance.process.engine import take_step
from projects.domain.amendments import propose
from tests.portal.api.calls import Caller, refusal
from tests.projects.walks import Walk, draft

from ..conftest import NOW

SAID = "Le bénéfice annoncé est celui d'un seul service."
WHY = "L'intérêt public n'est pas montré."


@pytest.fixture
def admitted(walk):
    walk.submit()
    return walk.admit()


@pytest.fixture
def other(holder):
    made = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    made.wait(days=10)
    made.submit()
    made.now = timezone.now()
    return made


def test_the_page_shows_the_precedents_and_asks_what_differs(browser, admitted, other):
    delegate, page = other.staff("delegate"), f"{other.case.number}/etape/refuse"
    said = {"articles": "U-03", "reason": WHY, "confirm": "on"}
    said |= {"key": str(uuid.uuid4()), "read": str(other.case.revision)}
    first = browser.get(delegate, page).content.decode()
    assert 'name="difference"' not in first
    shown = browser.post(delegate, page, said).content.decode()
    assert "Des demandes pareilles ont reçu une autre réponse" in shown
    assert f'href="/projets/{admitted.case.number}"' in shown
    assert 'name="difference"' in shown and WHY.split("'")[1] in shown
    precedents = shown.split("Des demandes pareilles ont", 1)[1].split("<form", 1)[0]
    assert admitted.by.get_full_name() not in precedents
    assert browser.post(delegate, page, said | {"difference": SAID}).status_code == 302
    assert SAID in other.case.decisions.get(step="refuse").reason.details["difference"]


def test_the_api_asks_it_too_and_says_it_to_all(admitted, other, settings):
    settings.DEMONSTRATION = True
    caller = Caller(other.staff("delegate"))
    path = f"/requests/{other.case.number}/steps/refuse"
    body = {"articles": ["U-03"], "reason": WHY}
    status, code, errors = refusal(caller.post(path, body))
    assert (status, code, list(errors)) == (422, "invalid", ["difference"])
    assert admitted.case.number in errors["difference"][0]
    assert caller.post(path, body | {"difference": SAID}).status_code == 201
    events = Caller().get(f"/public/projects/{other.case.number}").json()["events"]
    assert [each["difference"] for each in events if each["step"] == "refuse"] == [SAID]


def test_the_page_of_an_article_lists_the_decisions_that_rest_on_it(
    client, admitted, other, django_assert_max_num_queries
):
    page = "/regles/chartes/utilisateur/U-03"
    assert "Aucune décision publiée ne la cite encore." in client.get(page).content.decode()
    other.take("refuse", other.staff("delegate"), days=0, articles=("U-03",), reason=WHY)
    with django_assert_max_num_queries(8):
        answer = client.get(page)
    shown = answer.content.decode()
    assert f'href="/projets/{other.case.number}"' in shown
    assert "Trop peu de réponses négatives la citent" in shown
    assert not answer.cookies and "public" in answer["Cache-Control"]
    listed = client.get("/regles/decisions", {"article": "U-03"}).content.decode()
    numbers = re.findall(r'href="/projets/([0-9-]+)"', listed)
    assert numbers == [other.case.number]
    assert client.get("/regles/decisions", {"article": "U-99"}).status_code == 404


@pytest.fixture
def granted(walk):
    """A request that was given more time, and the decision."""
    asked = ask_time(walk.until("authorised"))
    at, by = walk.now, walk.staff("delegate")
    return take_step(asked.case, "accept", by=by, at=at)


@pytest.fixture
def waiting(holder):
    """Another one, that asks the same."""
    made = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW).until("authorised")
    return made, ask_time(made)


def ask_time(walk):
    change = {"months": 30}
    asked = propose(walk.request, "period", change, WHY, by=walk.holder, at=walk.now)
    officer, said = walk.staff("case_officer"), {"outcome": "examined", "reason": "Complet."}
    take_step(asked.case, "examine", by=officer, at=walk.now, **said)
    return asked


def test_who_refuses_an_amendment_reads_those_alike_that_were_accepted(browser, granted, waiting):
    walk, asked = waiting
    delegate, page = walk.staff("delegate"), f"{walk.case.number}/avenants/{asked.pk}/reject"
    said = {"articles": "U-10", "reason": WHY}
    first = browser.get(delegate, page).content.decode()
    assert 'name="difference"' not in first
    assert WHY in html.unescape(first) and "Complet." in first
    shown = browser.post(delegate, page, said).content.decode()
    assert "Des avenants pareils ont reçu une autre réponse" in shown
    assert f'href="/projets/{granted.case.parent.number}"' in shown
    assert "Ce qui distingue cet avenant" in shown
    told = shown.split("Des avenants pareils ont", 1)[1].split("<form", 1)[0]
    assert granted.by.get_full_name() not in told
    assert browser.post(delegate, page, said | {"difference": SAID}).status_code == 302
    public = browser.client.get(f"/projets/{walk.case.number}").content.decode()
    assert "avenants pareils" in public and SAID.split("'")[1] in public


def test_the_api_asks_it_of_an_amendment_too(granted, waiting, settings):
    settings.DEMONSTRATION = True
    walk, asked = waiting
    caller = Caller(walk.staff("delegate"))
    path = f"/requests/{walk.case.number}/amendments/{asked.pk}/steps/reject"
    body = {"articles": ["U-10"], "reason": WHY}
    status, code, errors = refusal(caller.post(path, body))
    assert (status, code, list(errors)) == (422, "invalid", ["difference"])
    assert granted.case.parent.number in errors["difference"][0]
    assert caller.post(path, body | {"difference": SAID}).status_code == 201
