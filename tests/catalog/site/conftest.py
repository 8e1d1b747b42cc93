"""One small synthetic warehouse for the session, and a site that holds a copy of it."""

import pytest

from catalog.demo_warehouse.generate import generate
from tests.catalog.site.making import SiteHere


@pytest.fixture(scope="session")
def small_warehouse(tmp_path_factory):
    """The Parquet files of 400 synthetic persons; not to be changed."""
    folder = tmp_path_factory.mktemp("warehouse")
    generate(folder, site="chu-rennes", persons=400, seed=11)
    return folder


@pytest.fixture
def rennes(tmp_path, small_warehouse):
    return SiteHere(tmp_path / "chu-rennes", small_warehouse)
