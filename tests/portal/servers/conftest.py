"""Data folders of these tests' own, and a lean way to end what they start."""

import shutil

import pytest

from portal.servers.cluster import Cluster
from portal.servers.places import temporary_places


@pytest.fixture
def places():
    """A new data folder, removed afterwards."""
    found = temporary_places()
    yield found
    shutil.rmtree(found.data, ignore_errors=True)


@pytest.fixture
def cluster(places):
    """A started cluster on it, whose data survive its stop."""
    found = Cluster(places, external=False, fast=True).start()
    yield found
    found.stop()
