"""The database that the portal runs on."""

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from tests import databases


@pytest.mark.django_db
def test_accented_capitals_have_a_lower_case():
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÉTUDE À CŒUR')")
        assert cursor.fetchone() == ("étude à cœur",)


@pytest.mark.django_db
def test_tests_run_as_the_application(application_role):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (application_role,)


def test_committed_work_is_seen_by_another_connection(committed_db):
    with transaction.atomic():
        get_user_model().objects.create_user(email="a@chu.example", first_name="A", last_name="B")
    with psycopg.connect(databases.owner_url(committed_db)) as other:
        assert other.execute("SELECT count(*) FROM accounts_user").fetchone() == (1,)
