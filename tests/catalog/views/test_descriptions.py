"""The pages of a description: written, read again, its history; hidden from who has no part."""

import pytest

from catalog.domain import descriptions
from tests.catalog.domain.test_descriptions import WHY, dataset, engineer, producer  # noqa: F401
from tests.catalog.views.test_catalogue import words
from tests.people import NOW, person, sign_in

pytestmark = pytest.mark.django_db
EDIT, REVIEW = (f"/descriptions/chu-rennes-laboratoire/{act}" for act in ("modifier", "relire"))
SAID = {
    "description_fr": "Biologie et <b>microbiologie</b>.",
    "population_fr": "Patients venus depuis 2012.",
    "since_year": "2012",
    "frequency": "daily",
    "note": WHY,
}


def test_one_writes_another_accepts_and_everyone_reads_the_history(
    client,
    dataset,  # noqa: F811
    producer,  # noqa: F811
    engineer,  # noqa: F811
):
    sign_in(client, producer)
    assert client.post(EDIT, SAID).url == REVIEW
    assert "Une autre personne doit la relire" in words(client.get(REVIEW))
    assert client.post(REVIEW, {"verdict": "accept"}).status_code == 200
    assert dataset.versions.waiting().exists(), "its author accepts nothing"
    sign_in(client, engineer)
    assert client.get(EDIT).url == REVIEW
    assert "Ce qui changerait" in words(client.get(REVIEW))
    assert client.post(REVIEW, {"verdict": "accept"}).url == "/catalogue/chu-rennes-laboratoire"
    client.logout()
    page = client.get("/catalogue/chu-rennes-laboratoire/historique")
    assert "&lt;b&gt;microbiologie" in page.content.decode()
    assert "Le Goff" not in words(page), "the public reads no name"
    assert not page.cookies


def test_wrong_input_is_said_beside_its_field_and_kept(client, dataset, producer):  # noqa: F811
    sign_in(client, producer)
    page = client.post(EDIT, SAID | {"since_year": "3000", "note": ""})
    assert page.status_code == 200
    assert "microbiologie" in page.content.decode()
    assert not dataset.versions.exists()
    page = client.post(EDIT, SAID | {"note": ""})
    assert "Dites ce qui change" in words(page)


def test_the_english_text_is_asked_beside_the_french_one(client, dataset, producer):  # noqa: F811
    dataset.description_en = "Laboratory results."
    dataset.save()
    sign_in(client, producer)
    said = SAID | {"description_en": "Laboratory results."}
    assert "l’anglais dit encore ce qui était" in words(client.post(EDIT, said)).replace("'", "’")
    assert client.post(EDIT, said | {"english_stands": "on"}).url == REVIEW


def test_a_refusal_without_a_reason_is_not_one(
    client,
    dataset,  # noqa: F811
    producer,  # noqa: F811
    engineer,  # noqa: F811
):
    descriptions.propose(dataset, {"since_year": 2011}, WHY, by=producer, at=NOW)
    sign_in(client, engineer)
    assert "Choisissez une réponse" in words(client.post(REVIEW, {}))
    assert "Dites ce qui est à reprendre" in words(client.post(REVIEW, {"verdict": "refuse"}))


@pytest.mark.parametrize("address", [EDIT, REVIEW])
def test_who_has_no_part_in_it_finds_nothing(client, dataset, address):  # noqa: F811
    assert client.get(address).status_code == 302
    sign_in(client, person(("case_officer", "chu-rennes")))
    assert client.get(address).status_code == 404


def test_a_history_without_a_change_says_so(client, dataset):  # noqa: F811
    page = client.get("/catalogue/chu-rennes-laboratoire/historique")
    assert "Une seule version" in words(page)
    assert client.get("/catalogue/rien/historique").status_code == 404
