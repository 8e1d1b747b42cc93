"""*Mes engagements*: what is due leads to where it is done; a page just opened is no mistake."""

import re

import pytest
from django.urls import reverse

from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


def test_each_thing_due_leads_to_the_page_where_it_is_done(client):
    client.force_login(person())
    page = client.get(reverse("commitments")).text
    due = page[page.index("Ce qui est attendu de vous") : page.index("Les textes que je signe")]
    for address in re.findall(r'href="([^"]+)"', due):
        assert address != reverse("commitments")
        opened = client.get(address).text
        assert opened.count('class="button primary') == 1
        assert "error-summary" not in opened
    assert len(re.findall("href=", due)) == 3


def test_a_training_without_its_certificate_is_refused_in_words(client):
    client.force_login(person())
    said = {"title": "Protection des données", "obtained_on": "2026-01-15"}
    page = client.post(reverse("training_add"), said).text
    assert "error-summary" in page
    assert "Joignez l&#x27;attestation de la formation." in page
