"""Role × state × page, for the pages of a request: `request_pages.csv` says who opens which page,
before and after its authorisation. What it does not say is nobody's: every role there is at the
establishment that leads, those of another one asked, each part of the team, a member who left, and
a stranger are tried on every page. Who sees a request at all, in each state: `who_sees.csv`."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from governance.models import Participation
from governance.roles import ROLES
from projects.domain import team
from tests.people import give, person
from tests.projects.conftest import NOW
from tests.projects.stand import DAY, LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

STATES = ("preparation", "access")
PAGES = (
    "",
    "/dossier/project",
    "/recepisse",
    "/echanges/notes",
    "/decisions",
    "/suivi",
    f"/accord/{LEAD}",
    f"/accord/{OTHER}",
    "/constats/destination",
    "/donnees",
    "/donnees/fin",
    "/donnees/anomalie",
    "/observations",
    "/sorties",
    "/sorties/nouvelle",
    "/resultats",
    "/resultats/resume",
    "/avenants",
    "/avenants/nouveau/period",
)
"""After `/demandes/…`."""

AT_OTHER = ("case_officer", "methodologist", "dpo", "delegate", "data_engineer")


def table() -> dict[tuple[str, str], set[str]]:
    """By page and state: who opens it."""
    found = {}
    with (Path(__file__).parent / "request_pages.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for state in STATES:
                found[row["page"], state] = set(row[state].split())
    return found


@pytest.fixture
def walk(establishments, holder, order_key) -> Walk:
    return Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)


def everybody(walk) -> dict:
    """Somebody of each role, of each part of the team, and who has nothing to do there."""
    found = {"holder": walk.holder, "stranger": person()}
    for role in ROLES:
        found[role] = person()
        give(found[role], role, LEAD)
    for role in AT_OTHER:
        found[f"{role}@other"] = person()
        give(found[f"{role}@other"], role, OTHER)
    for part in Participation.Part.values:
        if part != Participation.Part.HOLDER:
            found[f"part:{part}"] = person()
            team.join(walk.request, found[f"part:{part}"], part, at=NOW)
    found["left"] = person()
    team.leave(team.join(walk.request, found["left"], "writer", at=NOW), at=NOW + DAY)
    return found


@pytest.mark.parametrize("state", STATES)
def test_each_page_of_a_request_opens_to_those_of_the_table_and_to_nobody_else(
    walk, browser, state
):
    stand_at(state, walk)
    ref, found = walk.case.number or walk.case.pk, defaultdict(set)
    for who, someone in everybody(walk).items():
        for page in PAGES:
            status = browser.get(someone, f"{ref}{page}").status_code
            assert status in (200, 302, 403, 404), (page, who, status)
            if status == 200:
                found[page].add(who)
    said = table()
    assert {page: found[page] for page in PAGES} == {page: said[page, state] for page in PAGES}
