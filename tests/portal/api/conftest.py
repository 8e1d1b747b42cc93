"""Requests walked to any state, told of now: the API reads the clock of the machine."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.projects import conftest as projects
from tests.projects.walks import Walk, draft

establishments = projects.establishments


@pytest.fixture(autouse=True)
def _calls_counted_from_zero(clean_cache):
    """Each test has its own minute."""


@pytest.fixture(scope="session")
def began():
    """When the requests of all tests began: long enough ago for them to be walked anywhere."""
    return timezone.now() - timedelta(days=200)


@pytest.fixture
def holder(establishments, began):
    return projects.come_in("Marion Le Gall", began)


@pytest.fixture
def walk(holder, began):
    """A draft that lacks nothing at CHU Rennes, ready to be walked."""
    return Walk(draft(holder, ["chu-rennes"], at=began), at=began)
