"""Adopted versions are found without a query at each turn, and whatever is missing."""

import hashlib
from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from redis.exceptions import ConnectionError as RedisAway

from governance.charters import CharterError, library, load_charter, versions
from governance.models import Adoption, Body, Session
from governance.process.replay import report
from governance.queries import charters
from tests.projects.charters.conftest import text_of
from tests.projects.conftest import NOW


def adopt(text=None, *, sha256=None, version="2"):
    """A row as `record_vote` writes it."""
    text = text or text_of(version=version)
    body, _ = Body.objects.get_or_create(slug="cse-reseau", defaults={"name": "Comité"})
    session = Session.objects.create(body=body, starts_at=NOW, closes_for_deposit_at=NOW)
    return Adoption.objects.create(
        charter="utilisateur",
        version=version,
        text=text,
        text_sha256=sha256 or hashlib.sha256(text.encode()).hexdigest(),
        adopted_on=NOW.date(),
        in_force_from=date(2026, 3, 15),
        session=session,
        votes_for=5,
        votes_against=0,
        abstentions=0,
        minutes="PV",
        leaf_index=1,
    )


@pytest.fixture
def portal_library(committed_db, clean_cache):
    """The library as the portal runs with it."""
    before = library.use(charters.AdoptedTexts())
    yield
    library.use(before)


def test_the_list_is_read_once_until_a_version_is_adopted(
    portal_library, django_assert_num_queries
):
    assert versions("utilisateur") == ("1",)
    with django_assert_num_queries(0):
        assert versions("utilisateur") == ("1",)
    adopt()
    charters.forget()
    assert versions("utilisateur") == ("1", "2")
    assert load_charter("utilisateur", "2").version == "2"
    with django_assert_num_queries(0):
        load_charter("utilisateur", "2")
        assert versions("utilisateur") == ("1", "2")


def test_without_a_cache_it_is_read_where_it_stands(portal_library, monkeypatch):
    adopt()

    def away(*_arguments, **_named):
        raise RedisAway

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "delete", away)
    charters.forget()
    assert versions("utilisateur") == ("1", "2")


def test_without_a_database_there_are_the_versions_shipped_and_that_is_not_kept(portal_library):
    adopt()
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "nowhere"
    try:
        assert versions("utilisateur") == ("1",)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    assert versions("utilisateur") == ("1", "2")


def test_a_text_that_is_not_the_one_adopted_is_never_applied(portal_library):
    adopt(text_of(version="9"), sha256="0" * 64, version="9")
    charters.forget()
    with pytest.raises(CharterError):
        load_charter("utilisateur", "9")


def test_two_processes_find_what_one_finds(committed_walk):
    committed_walk.until("instruction")
    alone = report(on=NOW.date())
    together = report(on=NOW.date(), processes=2)
    assert alone == together
    assert alone.decisions == committed_walk.case.revision
    assert alone.differences == []
