"""What an impact study judges besides requests: amendments, and what an own version binds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.domain import proposals, studies
from governance.process.engine import take_step
from projects.demonstration import network
from projects.domain import amendments
from tests.people import sign_in
from tests.projects.charters.conftest import adopt, finish, text_of
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

LONGEST = '[article.clause.parameter.longest]\ntype = "integer"\nvalue = '
SHORTER = ((f"{LONGEST}36", f"{LONGEST}30"),)
"""Access for 30 months at most."""


def propose(coordinator, changes, *, at, **more):
    day = (at + timedelta(days=30)).date().isoformat()
    text = text_of(since=day, changes=changes, **more)
    return proposals.propose(charter="utilisateur", text=text, why="", by=coordinator, at=at)


def ask(walk, kind, **change):
    reason = "L'analyse demande plus de temps que prévu."
    return amendments.propose(walk.request, kind, change, reason, by=walk.holder, at=walk.now)


def accept(walk, amendment):
    officer, delegate = walk.staff("case_officer"), walk.staff("delegate")
    said = {"outcome": "examined", "reason": "Rien ne s'y oppose."}
    take_step(amendment.case, "examine", by=officer, at=walk.now, **said)
    take_step(amendment.case, "accept", by=delegate, at=walk.now)


@pytest.fixture
def authorised(walk):
    return walk.until("authorised")


def test_amendments_open_and_decided_are_judged_by_the_clauses_that_they_touch(
    authorised, coordinator, client
):
    accept(authorised, ask(authorised, "period", months=32))
    waiting = ask(authorised, "period", months=36)
    newcomer = network.person("Yann Kerbrat", at=authorised.now)
    ask(authorised, "member", act="join", email=newcomer.email)
    proposal = propose(coordinator, SHORTER, at=authorised.now)
    study = finish(proposal, by=coordinator, at=authorised.now)
    found = study.result["found"]
    assert study.done == study.total
    assert (found["amendments"]["judged"], found["amendments"]["would_block"]) == (2, 1)
    assert found["amendments_decided"]["judged"] == 2
    (row,) = found["amendments"]["rows"]
    assert (row["number"], row["amendment"]) == (authorised.case.number, str(waiting.pk))
    (change,) = row["changes"]
    assert (change["clause"], change["step"]) == ("U-10", "accept")
    assert (change["was"]["holds"], change["then"]["holds"]) == (True, False)
    (row,) = found["amendments_decided"]["rows"]
    assert (row["step"], row["changes"][0]["clause"]) == ("accept", "U-10")
    assert found["articles"]["U-10"]["amendments_blocked"] == 1
    sign_in(client, coordinator)
    shown = client.get(reverse("charter_study", args=[proposal.pk])).content.decode()
    assert reverse("projects:amendment", args=[authorised.case.number, waiting.pk]) in shown
    assert "36 mois" in shown.replace("\xa0", " ")


def test_a_batch_costs_the_same_queries_whatever_it_judges(authorised, coordinator):
    def queries() -> int:
        proposal = propose(coordinator, SHORTER, at=authorised.now)
        proposals.examine(proposal, at=authorised.now)
        study = studies.ask(proposal, last=0, by=coordinator, at=authorised.now)
        with CaptureQueriesContext(connection) as seen:
            studies.advance(study.pk, at=authorised.now)
        study.refresh_from_db()
        assert study.result["found"]["amendments"]["judged"] == judged
        return len(seen)

    ask(authorised, "period", months=36)
    entering = network.person("Yann Kerbrat", at=authorised.now)
    ask(authorised, "holder", email=entering.email, status="senior", in_network=True)
    draft(authorised.holder, ["chu-brest"], at=NOW)
    judged = 2
    of_two = queries()
    more = Walk(draft(authorised.holder, ["chu-brest"], at=NOW), at=NOW).until("authorised")
    ask(more, "period", months=36)
    entering = network.person("Maud Le Bihan", at=authorised.now)
    ask(more, "member", act="join", email=entering.email)
    draft(authorised.holder, ["chu-brest"], at=NOW)
    judged = 4
    assert queries() == of_two


def test_what_an_establishment_s_own_version_goes_on_judging_changes_in_nothing(
    walk, coordinator, other, client
):
    stricter = (("value = 300", "value = 1400"),)
    own = text_of(version="1-chu-brest", since="2026-03-01", changes=stricter)
    session = network.next_session(network.seat_committee(at=NOW), NOW)
    bound = Walk(draft(walk.holder, ["chu-brest"], at=NOW), at=NOW)
    bound.submit()
    walk.submit()
    draft(walk.holder, ["chu-brest"], at=NOW)
    adopt(own, session, coordinator, other, establishment="chu-brest")
    for value, stays in ((1300, True), (1450, False)):
        changes = (("value = 300", f"value = {value}"),)
        proposal = propose(coordinator, changes, at=NOW + timedelta(days=15))
        found = finish(proposal, by=coordinator, at=NOW + timedelta(days=15)).result["found"]
        assert (found["open"]["judged"], found["open"]["local"]) == (2, int(stays))
        assert (found["drafts"]["judged"], found["drafts"]["local"]) == (1, int(stays))
        changed = {walk.case.number} if stays else {walk.case.number, bound.case.number}
        assert {row["number"] for row in found["open"]["rows"]} == changed
        assert found["decided"]["local"] == stays * bound.case.revision
        sign_in(client, coordinator)
        shown = client.get(reverse("charter_study", args=[proposal.pk])).content.decode()
        assert ("continuerait de juger" in shown) is stays


def test_the_study_of_an_own_version_counts_the_drafts_that_would_be_led_there(walk, coordinator):
    draft(walk.holder, ["chu-brest"], at=NOW)
    text = text_of(version="1-chu-brest", changes=(("value = 300", "value = 1400"),))
    proposal = proposals.propose(
        charter="utilisateur",
        text=text,
        why="",
        establishment="chu-brest",
        by=coordinator,
        at=NOW,
    )
    found = finish(proposal, by=coordinator).result["found"]
    assert (found["drafts"]["judged"], found["drafts"]["would_block"]) == (1, 1)
