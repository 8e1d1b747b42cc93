"""Role × state × page, for the committee's pages: `committee_pages.csv` says who opens which page
of a session that is called, open, or closed. What it does not say is nobody's: every role there is,
those who sit, the team and a stranger are tried on every page."""

import csv
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.domain import committees, convocations
from governance.models import Attendance, Declaration, Session, Vote
from governance.roles import ROLES
from tests.people import give, person
from tests.projects.stand import LEAD

HOUR = timedelta(hours=1)
STATES = ("called", "open", "closed")
PAGES = {
    "sessions": (),
    "session_new": (),
    "session_feed": (),
    "bodies": (),
    "body": ("body",),
    "body_rules": ("body",),
    "mandate_new": ("body",),
    "chair_alone": ("body",),
    "session": ("session",),
    "session_calendar": ("session",),
    "session_answer": ("session",),
    "session_move": ("session",),
    "session_document_new": ("session",),
    "session_close": ("session",),
    "minutes": ("session",),
    "minutes_remarks": ("session",),
    "item": ("session", "item"),
    "item_rapporteur": ("session", "item"),
    "item_opinion": ("session", "item"),
}
ACTS = {
    "session_add": ("session",),
    "session_open": ("session",),
    "session_close": ("session",),
    "session_call": ("session",),
    "session_attend": ("session", "mandate"),
    "minutes_submit": ("session",),
    "minutes_approve": ("session",),
    "item_arrange": ("session", "item"),
    "item_declare": ("session", "item"),
    "item_vote": ("session", "item"),
    "item_alone": ("session", "item"),
    "vote_close": ("session", "item"),
    "vote_secret": ("session", "item"),
}
LEAD_ACTS = ("committee_secretary", "network_coordinator", "chair")


def table() -> dict[tuple[str, str], set[str]]:
    """By page and state of the session: who opens it."""
    found = {}
    with (Path(__file__).parent / "committee_pages.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for state in STATES:
                found[row["page"], state] = set(row[state].split())
    return found


@pytest.fixture
def item(walk):
    """On the agenda of a session that opens today, whose members are called."""
    walk.until("committee")
    item, now = walk.case.items.select_related("session__body").get(), timezone.now()
    Session.objects.filter(pk=item.session_id).update(
        starts_at=now - HOUR, closes_for_deposit_at=now - timedelta(days=10)
    )
    item.session.refresh_from_db()
    convocations.call_members(item.session, at=now - 2 * HOUR)
    return item


@pytest.fixture
def people(item, walk):
    """Somebody of each role, those who sit, and those who have nothing to do there."""
    found = {}
    for role in ROLES:
        found[role] = person()
        give(found[role], role, None if role.startswith("committee") else LEAD)
    seats = list(item.session.body.mandates.select_related("person"))
    found["chair"] = next(m.person for m in seats if m.chair)
    found["seated"] = next(m.person for m in seats if not m.chair)
    return found | {"holder": walk.holder, "stranger": person()}


def bring(session, state: str) -> None:
    now = timezone.now()
    if state != "called":
        committees.open_session(session, at=now - HOUR)
    if state == "closed":
        session.refresh_from_db()
        committees.close_session(session, at=now)
    session.refresh_from_db()


def address(name: str, of: tuple, item) -> str:
    known = {
        "session": item.session_id,
        "item": item.pk,
        "body": item.session.body_id,
        "mandate": item.session.body.mandates.first().pk,
    }
    return reverse(f"projects:{name}", args=[known[each] for each in of])


@pytest.mark.parametrize("state", STATES)
def test_each_page_opens_to_those_of_the_table_and_to_nobody_else(item, people, browser, state):
    bring(item.session, state)
    found = defaultdict(set)
    for who, someone in people.items():
        for name, of in PAGES.items():
            status = browser.get(someone, address(name, of, item)).status_code
            assert status in (200, 302, 403, 404), (name, who, status)
            if status == 200:
                found[name].add(who)
    said = table()
    assert {name: found[name] for name in PAGES} == {name: said[name, state] for name in PAGES}


@pytest.mark.parametrize("state", STATES)
def test_nobody_else_acts_on_a_session(item, people, browser, state):
    bring(item.session, state)

    def written():
        item.refresh_from_db()
        return (
            Attendance.objects.count(),
            Declaration.objects.count(),
            Vote.objects.count(),
            Session.objects.values_list("opened_at", "closed_at", "moves").get(pk=item.session_id),
            (item.position, item.secret, item.delegated, item.vote_closed_at, item.decision_id),
        )

    before = written()
    for who, someone in people.items():
        if who in (*LEAD_ACTS, "seated", "administrator"):
            continue
        for name, of in ACTS.items():
            sent = {"act": "secret", "ground": "none", "choice": "favourable"}
            answer = browser.post(someone, address(name, of, item), sent)
            assert answer.status_code in (302, 403, 404), (name, who, answer.status_code)
            assert written() == before, (name, who)
