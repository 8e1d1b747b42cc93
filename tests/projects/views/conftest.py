"""Pages of requests opened as anybody, the second factor of staff set up."""

import pytest
from django.test import Client

from tests.people import sign_in


class Browser:
    """Opens pages of requests as a person, and posts to them. Each person stays signed in;
    `client` is the one of who came last."""

    def __init__(self):
        self.client, self._of = Client(), {}

    def signed_in(self, person):
        if person.pk not in self._of:
            self._of[person.pk] = Client()
            sign_in(self._of[person.pk], person)
        self.client = self._of[person.pk]
        return self.client

    def get(self, person, address, **query):
        """The page at `address`; `/demandes/` is understood before a reference."""
        return self.signed_in(person).get(_full(address), query)

    def post(self, person, address, data=None):
        return self.signed_in(person).post(_full(address), data or {})


def _full(address) -> str:
    return address if str(address).startswith("/") else f"/demandes/{address}"


@pytest.fixture
def browser(db, clean_cache):
    return Browser()
