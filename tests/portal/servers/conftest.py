"""Data folders of these tests' own, and a lean way to end what they start."""

import shutil

import pytest

from portal.servers.cluster import Cluster
from portal.servers.places import temporary_places
from tests.portal.copies import copied


@pytest.fixture
def new_places():
    """A data folder with nothing in it, removed afterwards."""
    found = temporary_places()
    yield found
    shutil.rmtree(found.data, ignore_errors=True)


@pytest.fixture(scope="session")
def made_once():
    """A data folder whose servers were started once, and stopped."""
    found = temporary_places()
    with Cluster(found, external=False, fast=True):
        pass
    yield found
    shutil.rmtree(found.data, ignore_errors=True)


@pytest.fixture
def places(made_once):
    """A data folder of the test's own, whose servers were started once."""
    with copied(made_once.data) as found:
        yield found


@pytest.fixture
def cluster(places):
    """A started cluster on it, whose data survive its stop."""
    found = Cluster(places, external=False, fast=True).start()
    yield found
    found.stop()
