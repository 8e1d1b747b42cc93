"""Two sites with their keys, and the broker they listen to."""

import pytest
from celery import current_app

from tests.catalog import making


@pytest.fixture
def rennes(db):
    return making.Site("chu-rennes", name="CHU Rennes")


@pytest.fixture
def brest(db):
    return making.Site("chu-brest", name="CHU Brest", position=1)


@pytest.fixture
def broker():
    """The real broker, without a message for a site before and after."""
    found = making.Broker(current_app)
    found.empty()
    yield found
    found.empty()
    found.connection.release()
