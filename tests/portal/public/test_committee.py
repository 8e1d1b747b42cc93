"""The committee, as everybody reads it: how many sit on each seat, the rules, nobody's name."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.charters.facts import today
from governance.models import Body, Mandate
from projects.queries.bodies import compositions
from tests.people import person


@pytest.fixture
def body(db):
    body = Body.objects.create(slug="cse-reseau", name="Comité du réseau", secret_votes=True)
    day = today(timezone.now())
    for number, seat in enumerate(("science", "science", "patients")):
        member = person(first_name="Zoé", last_name=f"Nommée{number}")
        Mandate.objects.create(body=body, person=member, seat=seat, since=day)
    gone = person(first_name="Zoé", last_name="Partie")
    Mandate.objects.create(
        body=body, person=gone, seat="law", since=day - timedelta(9), until=day - timedelta(1)
    )
    return body


def test_the_page_says_the_seats_and_the_rules_and_names_nobody(body, client):
    page = client.get(reverse("public:committee")).content.decode()
    assert "Comité du réseau" in page and "2 membres" in page and "1 membre" in page
    assert "Il faut 4 membres, dont : Représentant des patients." in page
    assert "Ils sont secrets." in page
    assert "Zoé" not in page and "Nommée" not in page and "Droit" not in page


def test_a_body_without_members_is_not_shown(body, django_assert_num_queries):
    Body.objects.create(slug="jury", name="Jury", kind="jury", call="Appel")
    with django_assert_num_queries(3):
        assert [each.body for each in compositions(timezone.now())] == [body]
