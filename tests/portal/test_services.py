"""*Mes services*: what a person declares of where they work."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from governance.domain.affiliations import MOST, declare_service
from governance.models import Establishment
from projects.demonstration import network
from tests.people import person, sign_in


@pytest.fixture
def rennes(db):
    network.establish()
    return Establishment.objects.get(pk="chu-rennes")


@pytest.fixture
def someone(rennes, client):
    found = person()
    sign_in(client, found)
    return found


def test_a_service_is_declared_once_and_left(someone, client, rennes):
    here = reverse("services")
    assert "Aucun service déclaré" in client.get(here).content.decode()
    for _twice in range(2):
        sent = {"establishment": rennes.pk, "service": " Cardiologie "}
        assert client.post(here, sent).status_code == 302
    page = client.get(here).content.decode()
    assert page.count("Cardiologie, ") == 2  # the line, and the name of its button
    row = someone.affiliations.get()
    assert client.post(reverse("service_leave", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.until is not None
    assert client.post(reverse("service_leave", args=[row.pk])).status_code == 404


def test_wrong_input_is_said_and_nothing_is_kept(someone, client, rennes):
    for sent in ({}, {"establishment": "nowhere", "service": "x"}, {"establishment": rennes.pk}):
        assert client.post(reverse("services"), sent).status_code == 200
    answer = client.post(reverse("services"), {"establishment": rennes.pk, "service": "--"})
    assert "Écrivez le nom du service." in answer.content.decode()
    assert not someone.affiliations.exists()
    for n in range(MOST):
        service = f"Service {n}"
        declare_service(person=someone, establishment=rennes, service=service, at=timezone.now())
    with pytest.raises(ValidationError):
        declare_service(person=someone, establishment=rennes, service="De trop", at=timezone.now())
    # One that is declared already is none too many.
    again = {"establishment": rennes.pk, "service": " service  3 "}
    assert client.post(reverse("services"), again).status_code == 302
    assert someone.affiliations.count() == MOST


def test_nobody_ends_anothers(someone, client, rennes):
    other = person()
    row = declare_service(
        person=other, establishment=rennes, service="Neurologie", at=timezone.now()
    )
    assert client.post(reverse("service_leave", args=[row.pk])).status_code == 404
    assert "Neurologie" not in client.get(reverse("services")).content.decode()
