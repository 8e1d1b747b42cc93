"""A site that delivered, with the space of the study."""

import pytest

from tests.catalog.site.spaces.making import Turns, delivered


@pytest.fixture
def turns(rennes) -> Turns:
    return delivered(rennes)
