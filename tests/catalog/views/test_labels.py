"""The page of a quality label, for everyone; the form of its declarations, for the hospital."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.domain.test_descriptions import dataset, producer  # noqa: F401
from tests.catalog.domain.test_labels import PROOF, SAID
from tests.catalog.views.test_catalogue import words
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
LABEL = "/catalogue/chu-rennes-laboratoire/qualite"
DECLARE = "/descriptions/chu-rennes-laboratoire/label/management"


def test_everyone_reads_what_is_held_and_what_lacks(client, dataset):  # noqa: F811
    page = client.get(LABEL)
    assert "Peut-on se fier à ces données" in words(page)
    assert "L’hôpital n’a encore rien déclaré." in words(page)
    assert not page.cookies
    assert client.get("/catalogue/rien/qualite").status_code == 404
    assert "0 point tenu sur 6" in words(client.get("/catalogue/chu-rennes-laboratoire"))


def test_a_declaration_is_made_and_read(client, dataset, producer):  # noqa: F811
    sign_in(client, producer)
    page = client.post(DECLARE, {"text": "<i>", "proof": "rien", "valid_until": "hier"})
    assert page.status_code == 200
    assert "par exemple 2027-12-01" in words(page)
    until = (timezone.localdate() + timedelta(days=200)).isoformat()
    answer = client.post(DECLARE, {"text": SAID, "proof": PROOF, "valid_until": until})
    assert answer.url == LABEL
    assert SAID in words(client.get(LABEL)).replace("&#x27;", "'")
    assert f'href="{PROOF}"' in client.get(LABEL).content.decode()


def test_who_has_no_part_in_it_finds_nothing(client, dataset, producer):  # noqa: F811
    assert client.get(DECLARE).status_code == 302
    sign_in(client, person(("case_officer", "chu-rennes")))
    assert client.get(DECLARE).status_code == 404
    sign_in(client, producer)
    assert client.get(DECLARE.replace("management", "coverage")).status_code == 404
