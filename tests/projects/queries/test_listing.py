"""The list of requests: what is counted is what is listed."""

import pytest

from projects.domain.assignment import hand_over
from projects.queries.desk import desk_of
from projects.queries.listing import counted, listed
from tests.people import give, person
from tests.projects.stand import stand_at

pytestmark = pytest.mark.django_db

NARROWED = (
    {},
    {"q": "médicaments"},
    {"q": "aucun de ces mots xyz"},
    {"etat": "authorised"},
    {"etat": "draft"},
    {"site": "chu-rennes"},
    {"site": "chu-angers"},
    {"suivi": "moi"},
    {"suivi": "personne"},
    {"retard": True},
)


def test_what_is_counted_is_what_is_listed_however_narrowed(walk):
    stand_at("authorised", walk)
    officer = walk.staff("case_officer")
    hand_over(walk.request, to=officer, at=walk.now)
    coordinator, stranger = person(), person()
    give(coordinator, "network_coordinator", None, since=walk.now)
    readers = (officer, walk.holder, coordinator, stranger)
    found = {}
    for reader in readers:
        desk = desk_of(reader, walk.now)
        for number, chosen in enumerate(NARROWED):
            rows = list(listed(desk, chosen))
            *led, everything = counted(desk, chosen)
            assert everything.count() == len(rows), (reader, chosen)
            assert all(few.count() <= len(rows) for few in led), (reader, chosen)
            found[reader, number] = len(rows)
    assert found[officer, 0] == found[officer, 3] == found[officer, 7] == 1
    assert found[coordinator, 0] == 1
    assert found[stranger, 0] == 0
    assert found[officer, 2] == found[officer, 4] == found[officer, 8] == 0
