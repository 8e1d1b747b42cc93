"""The eICU demo loaded once: each of the eight sites with its own hospitals."""

import pytest

from catalog.demo_warehouse.sites import SITES
from catalog.warehouse.loading import eicu
from tests.shared_material import shared


@pytest.fixture(scope="session")
def eicu_source():
    return shared("data/eicu-demo")


@pytest.fixture(scope="session")
def eicu_sites(tmp_path_factory, eicu_source):
    """The folder that holds ``<site>/warehouse`` of the eight; not to be changed."""
    root = tmp_path_factory.mktemp("eicu")
    eicu.load(eicu_source, root, list(SITES))
    return root
