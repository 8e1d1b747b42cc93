"""Role × page, for the pages of no request: `house_pages.csv` says who opens which. What it
does not say is nobody's: every role there is, at an establishment and in the whole network, and
somebody without any, are tried on every page."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from django.utils import timezone

from governance.roles import ROLES
from projects.demonstration import network
from tests.people import give, person, sign_in
from tests.projects.conftest import establishments  # noqa: F401  (a fixture)
from tests.projects.stand import LEAD

HERE = f"/etablissement/{LEAD}"
PAGES = (
    *("/travail", "/demandes", "/demandes/nouvelle", "/mes-demandes", "/comptages"),
    *("/comptages/nouveau", "/idees", "/idees/nouvelle", "/anomalies", "/non-conformites"),
    *("/extractions", "/extractions/oppositions", "/travail/incidents"),
    *("/travail/incidents/nouveau", "/seances", "/seances/nouvelle", "/seances/agenda"),
    *("/seances/comites", "/seances/comites/nouveau", "/chartes", "/chartes/nouvelle"),
    *("/catalogues", "/catalogues/nouveau", f"{HERE}/personnes", f"{HERE}/roles/attribuer"),
    *(f"{HERE}/delegations", f"{HERE}/delegations/enregistrer", f"{HERE}/entrepot"),
    *(f"{HERE}/entrepot/base-legale", f"{HERE}/entrepot/note", f"{HERE}/qualite"),
    *(f"{HERE}/contacts", f"{HERE}/historique", "/etablissement/chu-brest/personnes"),
    *("/etablissement/reseau/personnes", "/etablissement/reseau/qualite"),
    *("/etablissement/reseau/historique", "/compte", "/compte/jetons", "/engagements"),
)
TABLE = Path(__file__).parent / "house_pages.csv"


def table(everyone: set[str]) -> dict[str, set[str]]:
    """By page: who opens it."""
    with TABLE.open(encoding="utf-8") as file:
        return {
            row["page"]: everyone if row["who"] == "everybody" else set(row["who"].split())
            for row in csv.DictReader(file)
        }


def everybody() -> dict:
    """Somebody of each role at an establishment, one of each in the network, and a stranger."""
    found = {"stranger": person()}
    for role in ROLES:
        for name, place in ((role, LEAD), (f"{role}@network", None)):
            found[name] = person()
            give(found[name], role, place)
    return found


@pytest.mark.django_db
def test_each_page_opens_to_those_of_the_table_and_to_nobody_else(client, establishments):  # noqa: F811
    network.seat_committee(at=timezone.now())
    found, everyone = defaultdict(set), everybody()
    for who, someone in everyone.items():
        sign_in(client, someone)
        for page in PAGES:
            status = client.get(page).status_code
            assert status in (200, 302, 404), (page, who, status)
            if status == 200:
                found[page].add(who)
    assert {page: found[page] for page in PAGES} == table(set(everyone))


@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to_and_comes_back(client):
    for page in PAGES:
        answer = client.get(page)
        assert (answer.status_code, answer.url.endswith(f"next={page}")) == (302, True), page
