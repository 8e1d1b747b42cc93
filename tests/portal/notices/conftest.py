"""A request with its people, and one notice handed on in a line."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.models import Establishment
from projects.domain import drafts
from tests.people import establishment, person


@pytest.fixture
def officer(db):
    return person(("case_officer", "chu-rennes"), email="claire@chu.example")


@pytest.fixture
def holder(db):
    return person(email="marion@chu.example", first_name="Marion", last_name="Le Gall")


@pytest.fixture
def request_(holder):
    """A request of `holder`, examined at CHU Rennes; its case is given its number by hand."""
    establishment()
    found = drafts.create(by=holder, at=timezone.now(), title="Iatrogénie")
    found.case.lead = Establishment.objects.get()
    found.case.number = "2026-0042"
    found.case.save()
    return found


@pytest.fixture
def hand_on(request_):
    """A payload as `projects.notices` hands it on."""

    def make(someone, **fields):
        return {
            "person": someone.pk,
            "cause": "message:1",
            "request": str(request_.pk),
            "quality": "holder",
            "key": "bounce",
            "values": {},
            "address": "/compte/notifications",
            "asked": False,
            "decided": False,
            "due_at": None,
            "at": (timezone.now() - timedelta(minutes=1)).isoformat(),
        } | fields

    return make
