"""Requests walked to any state, told of now: the API reads the clock of the machine."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.demonstration.walk import Walk, draft
from tests.projects import conftest as projects

establishments = projects.establishments


@pytest.fixture(autouse=True)
def _calls_counted_from_zero(clean_cache):
    """Each test has its own minute."""


@pytest.fixture
def began():
    """When the requests of a test began: long enough ago for them to be walked anywhere."""
    return timezone.now() - timedelta(days=200)


@pytest.fixture
def holder(establishments, began):
    return projects.network.person("Marion Le Gall", at=began)


@pytest.fixture
def walk(holder, began):
    """A draft that lacks nothing at CHU Rennes, ready to be walked."""
    return Walk(draft(holder, ["chu-rennes"], at=began), at=began)
