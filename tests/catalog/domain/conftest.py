"""A network of two sites, a person, the portal's order key."""

import pytest
from celery import current_app

from tests.catalog import making


@pytest.fixture(autouse=True)
def order_key(tmp_path, settings):
    making.order_key(tmp_path, settings)


@pytest.fixture
def rennes(db):
    return making.Site("chu-rennes", name="CHU Rennes")


@pytest.fixture
def brest(db):
    return making.Site("chu-brest", name="CHU Brest", position=1)


@pytest.fixture
def ines(db):
    return making.person()


@pytest.fixture
def broker():
    """The real broker, without a message for a site before and after."""
    found = making.Broker(current_app)
    found.empty()
    yield found
    found.empty()
    found.connection.release()
