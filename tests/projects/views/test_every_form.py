"""Whatever is sent to any form that anybody sees at any moment of a request's life is answered by
a page in words: it never fails, and what is refused is said."""

from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.urls import resolve
from django.utils import timezone

from projects.demonstration import network
from tests.forms_found import read_page
from tests.people import person
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

STATES = ("draft", "completion", "committee", "preparation", "access")
STAFF = (
    "case_officer",
    "methodologist",
    "regulatory_officer",
    "dpo",
    "committee_chair",
    "committee_secretary",
    "delegate",
    "producer",
    "data_engineer",
)
HOUSE = (("administrator", LEAD), ("network_coordinator", None), ("committee_secretary", None))
DOORS = (
    *("/travail", "/mes-demandes", "/demandes", "/etablissement", "/compte", "/compte/jetons"),
    *("/compte/services", "/compte/notifications/choix", "/engagements", "/absence", "/idees"),
    *("/demandes/nouvelle", "/idees/nouvelle", "/chartes", "/chartes/nouvelle", "/anomalies"),
    *("/travail/incidents", "/travail/incidents/nouveau", "/non-conformites", "/seances"),
    *("/seances/nouvelle", "/seances/comites", "/seances/comites/nouveau", "/extractions"),
    *("/comptages", "/comptages/nouveau", "/extractions/oppositions", "/catalogues/nouveau"),
    *("/catalogue", "/vos-droits/opposition/en-ligne", "/vos-droits/opposition/suivi"),
)
ELSEWHERE = (
    *("/deconnexion", "/connexion", "/langue", "/i18n", "/en/", "/static/", "/api/", "/admin"),
    *("/demonstration", "/projets", "/regles", "/ledger", "/etablissements", "/demander"),
    *("/vos-droits", "/galerie"),
)
"""What is not a page of ours, would end the visit, or is public and has its own tests."""
IN_PLACE = ("/comptages", "/seances/agenda")
"""Pages that show again what is sent to them piece by piece, or what it made."""
ANSWERS = {200, 302, 400, 404}


@pytest.mark.parametrize("state", STATES)
def test_of_a_request_in_any_state(browser, holder, order_key, state):
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at(state, walk)
    root = f"/demandes/{walk.case.number or walk.case.pk}"
    staff = [network.staff(role, LEAD, at=walk.now) for role in STAFF]
    assert sum(_send_junk(browser, each, [root], root, 12) for each in [walk.holder, *staff]) > 4


@pytest.mark.parametrize(("role", "place"), HOUSE)
def test_of_the_rest_of_the_house(browser, holder, order_key, role, place):
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at("access", walk)
    network.seat_committee(at=timezone.now())
    someone = person((role, place) if place else role)
    assert _send_junk(browser, someone, DOORS, "/", 2) > 8


def _send_junk(browser, someone, doors, within: str, of_a_kind: int) -> int:
    """Send to each form that `someone` finds all that it should not hold; how many forms."""
    tried = set()
    for address, form in _forms(browser, someone, doors, within, of_a_kind):
        kind = resolve(urlsplit(address).path).route, tuple(form.kinds)
        if kind in tried:
            continue
        tried.add(kind)
        for what, data in form.junk():
            answer = _posted(browser, someone, address, data)
            assert answer.status_code in ANSWERS, (address, what)
            pressed = what.split("=")[0] in form.buttons or address.startswith(IN_PLACE)
            if answer.status_code == 200 and not pressed:
                assert 'role="alert"' in answer.text, (address, what)
    return len(tried)


def _forms(browser, someone, doors, within: str, most: int):
    """Each form that is sent from the pages that lead on from `doors`, a few of each kind."""
    waiting, seen, of_a_kind = list(doors), set(), Counter()
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        if path in seen or not path.startswith(within):
            continue
        if path.startswith(ELSEWHERE) and path not in doors:
            continue
        seen.add(path)
        route = resolve(path).route
        of_a_kind[route] += 1
        if of_a_kind[route] > most:
            continue
        answer = browser.get(someone, address)
        waiting.append(answer.headers.get("Location", address))
        if "html" not in answer.headers.get("Content-Type", "") or answer.status_code != 200:
            continue
        forms, links = read_page(answer.text)
        waiting += [urljoin(address, link) for link in links if link.startswith(("/", "?"))]
        for form in forms:
            target = urljoin(address, form.action or address)
            if form.method == "post" and not target.startswith(ELSEWHERE):
                yield target, form


def _posted(browser, person, address: str, data: dict):
    """The answer to a form; what it wrote is undone."""
    with transaction.atomic():
        answer = browser.post(person, address, data)
        answer.text  # noqa: B018  (read before what it shows is undone)
        transaction.set_rollback(True)
    return answer
