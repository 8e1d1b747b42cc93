"""One person, one address, whatever its case; no name leaves by the reference."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.db import DatabaseError, IntegrityError, transaction

from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db


def test_an_address_in_another_case_is_the_same_person():
    jeanne = person(email="Jeanne.Le-Goff@CHU-Rennes.example", password=PASSWORD)
    assert jeanne.email == "jeanne.le-goff@chu-rennes.example"
    found = get_user_model().objects.get(email="JEANNE.le-goff@chu-rennes.EXAMPLE")
    assert found == jeanne


def test_a_second_account_with_the_address_in_capitals_is_refused():
    person(email="jeanne@chu.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        person(email="JEANNE@CHU.example")


def test_the_database_itself_refuses_capitals():
    jeanne = person(email="jeanne@chu.example")
    with pytest.raises(DatabaseError), transaction.atomic():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE accounts_user SET email = 'Jeanne@chu.example' WHERE id = %s", [jeanne.pk]
            )


def test_one_signs_in_with_the_address_in_any_case(rf):
    jeanne = person(email="jeanne@chu.example", password=PASSWORD)
    request = rf.post("/connexion/login/")
    assert authenticate(request, email="Jeanne@CHU.example", password=PASSWORD) == jeanne
    assert authenticate(request, email="jeanne@chu.example", password="autre") is None


def test_an_account_without_an_address_is_refused():
    with pytest.raises(ValueError, match="e-mail"):
        get_user_model().objects.create_user("")


def test_references_are_random_and_say_nothing():
    assert person().ref != person().ref
