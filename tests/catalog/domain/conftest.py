"""A network of two sites, a person, the portal's order key."""

import pytest

from tests.catalog import making


@pytest.fixture(autouse=True)
def order_key(tmp_path, settings):
    making.order_key(tmp_path, settings)


@pytest.fixture
def ines(db):
    return making.person()
