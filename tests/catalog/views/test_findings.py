"""Pages of anomalies: reported from the catalogue, answered by who holds the data, seen by few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Finding
from tests.catalog.domain.test_findings import SAID, WRONG, dataset, report
from tests.people import NOW, establishment, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def biology():
    return dataset()


@pytest.fixture
def colleague(biology):
    establishment("chu-brest")
    return person(("methodologist", "chu-brest"))


def page(client, who, address, data=None):
    sign_in(client, who)
    return client.post(address, data) if data is not None else client.get(address)


def test_staff_report_and_nothing_wrong_is_lost(client, biology, colleague):
    address = f"/anomalies/nouvelle/{biology.pk}"
    assert "rien sur un patient" in page(client, colleague, address).content.decode()
    wrong = page(client, colleague, address, {"text": WRONG})
    assert WRONG in wrong.content.decode() and "cochez cette case" in wrong.content.decode()
    said = {"text": WRONG, "nobody": "on"}
    for _twice in range(2):
        done = page(client, colleague, address, said)
    found = Finding.objects.get()
    assert done.url == f"/anomalies/{found.pk}"
    assert WRONG in page(client, colleague, done.url).content.decode()


def test_what_is_not_theirs_does_not_exist(client, biology, colleague):
    found = report(biology, colleague)
    stranger, elsewhere = person("researcher"), person(("producer", "chu-brest"))
    for who in (stranger, elsewhere):
        assert page(client, who, f"/anomalies/{found.pk}").status_code == 404
        assert page(client, who, f"/anomalies/{found.pk}/prendre", {}).status_code == 404
    assert page(client, stranger, f"/anomalies/nouvelle/{biology.pk}").status_code == 404
    assert page(client, colleague, f"/anomalies/{found.pk}/repondre", {}).status_code == 404
    client.logout()
    assert client.get(f"/anomalies/{found.pk}").status_code == 302


def test_the_producer_answers_and_the_catalogue_says_their_words_alone(client, biology, colleague):
    found, producer = report(biology, colleague), person(("producer", "chu-rennes"))
    shown = f"/catalogue/{biology.pk}"
    assert WRONG not in client.get(shown).content.decode()
    page(client, producer, f"/anomalies/{found.pk}/prendre", {})
    address = f"/anomalies/{found.pk}/repondre"
    wrong = page(client, producer, address, {"state": "mended", "text": SAID}).content.decode()
    assert "Dites quel jour" in wrong and SAID[:20] in wrong
    assert page(
        client, producer, address, {"state": "mended", "text": SAID, "day": "2026-01-05"}
    ).url == (f"/anomalies/{found.pk}")
    client.logout()
    public = client.get(shown).content.decode()
    assert SAID[:20] in public and WRONG not in public


def test_the_list_costs_the_same_whatever_it_holds(client, biology, colleague):
    report(biology, colleague)
    sign_in(client, colleague)
    client.get("/anomalies")
    costs = []
    for number in (1, 8):
        for each in range(number):
            report(biology, colleague, f"{WRONG} {number}.{each}", at=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/anomalies").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]
