"""Pages of other nodes' catalogues: kept by the coordination, read by all, marked as theirs."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.domain import harvests
from catalog.models import CatalogueSource, Harvest, HarvestedDataset
from tests import outbox
from tests.catalog.domain.test_harvests import FIRST, HOME, SECOND, WHY, read
from tests.catalog.views.test_catalogue import words
from tests.people import NOW, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(client):
    found = person("network_coordinator")
    sign_in(client, found)
    return found


def given(client, address, content, name="nord.ttl", **said):
    """A file sent, then the worker's turn; the page of its reading."""
    file = SimpleUploadedFile(name, content)
    sent = client.post(address, {"file": file} | said)
    assert sent.status_code == 302, words(sent)
    outbox.run()
    return sent.url


def test_a_file_is_read_examined_accepted_and_shown_as_anothers(client, coordinator, genomics):
    form = {"name": "Réseau Nord", "url": "http://nord.example/"}
    assert "https" in words(client.post("/catalogues/nouveau", form))
    assert "doit commencer par https://" in words(client.post("/catalogues/nouveau", form))
    address = client.post("/catalogues/nouveau", form | {"url": ""}).url
    twice = words(client.post("/catalogues/nouveau", form | {"url": ""}))
    assert "Un réseau de ce nom est déjà dans la liste." in twice
    wrong = client.post(address, {"file": SimpleUploadedFile("nord.pdf", b"%PDF")})
    assert "doit finir comme il est dit" in words(wrong)
    page = given(client, address, b"<<<")
    assert "n’est pas du Turtle lisible" in words(client.get(page)).replace("'", "’")

    page = given(client, address, FIRST)
    said = words(client.get(page))
    assert "3 nouveaux" in said and "Registre des cancers" in said
    assert "Nord" not in words(client.get("/catalogue?q=cancers")), "nothing before acceptance"
    keys = _keys(page)
    assert "Cochez au moins une" in words(client.post(page, {"verdict": "accept"}))
    assert "Dites pourquoi" in words(client.post(page, {"verdict": "refuse", "chosen": keys}))
    assert client.post(page, {"verdict": "accept", "chosen": keys}).url == address

    matrix = words(client.get("/catalogue"))
    assert "Autre réseau : Réseau Nord 3 jeux de données" in matrix
    found = words(client.get("/catalogue?q=cancers"))
    assert re.search(r"\b0 jeux? de données", found), "theirs are not counted among ours"
    assert "Registre des cancers Autre réseau : Réseau Nord" in found
    assert "Réseau Nord" not in words(client.get("/catalogue?q=cancers&hopital=chu-rennes"))
    assert HOME not in client.get("/catalogue.ttl").content.decode(), "nor handed on as ours"
    cancers = HarvestedDataset.objects.get(uri=HOME + "a")
    shown = client.get(cancers.get_absolute_url())
    assert f'href="{HOME}a"' in shown.content.decode() and "ni les compter" in words(shown)
    assert "public" in shown["Cache-Control"] and not shown.cookies

    page = given(client, address, SECOND)
    ours = client.get("/travail")
    assert "Catalogues voisins à examiner" in words(ours)
    assert ours.content.decode().count("button primary") == 1
    keys = _keys(page, "changed", "removed")
    assert client.post(page, {"verdict": "accept", "chosen": keys}).url == page
    again = client.post(page, {"verdict": "accept", "chosen": keys})
    assert "a déjà examiné" in words(again)
    gone = HarvestedDataset.objects.get(uri=HOME + "c")
    tomb = client.get(gone.get_absolute_url())
    assert tomb.status_code == 410 and "n’est plus montré ici depuis le" in words(tomb)
    refused = {"verdict": "refuse", "chosen": _keys(page, "added"), "reason": WHY}
    assert client.post(page, refused).url == address
    assert client.post(page, refused, follow=True).status_code == 200
    assert "Proposer aussi ce qui a été refusé" in words(client.get(address))

    client.post(f"{address}/retirer", {"reason": "Ce réseau a fermé."})
    assert "Registre" not in words(client.get("/catalogue/voisins"))
    assert client.get(cancers.get_absolute_url()).status_code == 410


def test_what_is_not_theirs_does_not_exist(client, coordinator):
    address = client.post("/catalogues/nouveau", {"name": "Nord", "url": ""}).url
    page = given(client, address, FIRST)
    every = ["/catalogues", "/catalogues/nouveau", address, page, f"{address}/retirer"]
    assert {client.get(each).status_code for each in every} == {200}
    sign_in(client, person("administrator", ("producer", "chu-rennes"), "researcher"))
    assert {client.get(each).status_code for each in every} == {404}
    assert client.post(page, {"verdict": "accept"}).status_code == 404
    client.logout()
    assert {client.get(each).status_code for each in every} == {302}


def test_lists_cost_the_same_whatever_they_hold(client, coordinator):
    client.get("/catalogues")
    costs = []
    for number in (1, 4):
        for each in range(number):
            source = harvests.add_source(f"N{number}.{each}", "", by=coordinator, at=NOW)
            harvests.accept(read(source, FIRST, coordinator), by=coordinator, at=NOW)
        with CaptureQueriesContext(connection) as queries:
            for listed in ("/catalogues", "/catalogue/voisins", "/catalogue/voisins?q=registre"):
                assert client.get(listed).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert CatalogueSource.objects.count() == 5
    assert client.get("/catalogue/voisins?q=%00&reseau=x&page=z").status_code == 200
    assert client.get("/en/catalogue/voisins").status_code == 200


def _keys(page: str, *kinds: str) -> list[str]:
    """The keys of the differences of the reading at ``page``, of all kinds unless said."""
    found = Harvest.objects.get(pk=page.rpartition("/")[2]).changes.all()
    found = found.filter(kind__in=kinds) if kinds else found
    return [str(each) for each in found.values_list("pk", flat=True)]
