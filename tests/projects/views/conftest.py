"""Pages of requests opened as anybody, the second factor of staff set up."""

import pytest

from tests.people import sign_in


class Browser:
    """Opens pages of requests as a person, and posts to them."""

    def __init__(self, client):
        self.client = client

    def signed_in(self, person):
        sign_in(self.client, person)
        return self.client

    def get(self, person, address, **query):
        """The page at `address`; `/demandes/` is understood before a reference."""
        return self.signed_in(person).get(_full(address), query)

    def post(self, person, address, data=None):
        return self.signed_in(person).post(_full(address), data or {})


def _full(address) -> str:
    return address if str(address).startswith("/") else f"/demandes/{address}"


@pytest.fixture
def browser(client, clean_cache):
    return Browser(client)
