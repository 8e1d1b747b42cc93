"""A refused amendment, like a refused request, says what differs from amendments alike that were
accepted; what differs is published."""

import pytest

from governance.models import Decision
from governance.process.engine import take_step
from governance.process.refusals import DifferenceNeeded
from projects.demonstration import network
from projects.domain import amendments
from projects.models import Request
from projects.queries import register
from tests.projects.walks import Walk, draft

from ..conftest import NOW

WHY = "Le temps demandé ne se justifie pas."
SAID = "Celle-ci n'a pas commencé son analyse."


@pytest.fixture
def accepted(walk):
    """The decision by which a request was given more time."""
    return decide(walk.until("authorised"), propose(walk, "period", months=30), "accept")


@pytest.fixture
def other(holder):
    """Another request, authorised too."""
    return Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW).until("authorised")


def propose(walk, kind, **change):
    amended = amendments.propose(
        walk.request, kind, change, "L'analyse demande plus.", by=walk.holder, at=walk.now
    )
    said = {"outcome": "examined", "reason": "Rien ne s'y oppose."}
    take_step(amended.case, "examine", by=walk.staff("case_officer"), at=walk.now, **said)
    return amended


def decide(walk, amended, step, **said):
    if step == "reject":
        said = {"articles": ("U-10",), "reason": WHY} | said
    return take_step(amended.case, step, by=walk.staff("delegate"), at=walk.now, **said)


def test_it_is_refused_until_it_says_what_differs(accepted, other):
    asked = propose(other, "period", months=36)
    with pytest.raises(DifferenceNeeded) as refusal:
        decide(other, asked, "reject")
    assert refusal.value.precedents == [accepted]
    asked.case.refresh_from_db()
    assert asked.case.state == "examined"
    made = decide(other, asked, "reject", difference=SAID)
    assert made.departs_from == [accepted.attestation.leaf_index]
    assert made.reason.details["difference"] == SAID


def test_what_differs_is_published_in_the_story_of_the_request(accepted, other):
    decide(other, propose(other, "period", months=36), "reject", difference=SAID)
    project = register.project(other.case.number, at=other.now)
    told = [event.text for event in project.story if SAID in event.text]
    assert len(told) == 1 and "avenants pareils" in told[0]


def test_a_change_of_another_kind_is_no_precedent(accepted, other):
    somebody = network.person("Alix Le Goff", at=NOW)
    asked = propose(other, "member", act="join", email=somebody.email)
    made = decide(other, asked, "reject", articles=("U-06",))
    assert made.departs_from == []


def test_time_beyond_what_the_article_allows_is_not_alike(accepted, other):
    made = decide(other, propose(other, "period", months=48), "reject")
    assert made.departs_from == []


def test_who_would_enter_is_compared_with_who_entered_alike(walk, other):
    def asks(of, name, in_order):
        somebody = network.person(name, at=NOW)
        if not in_order:
            somebody.trainings.all().delete()
        return propose(of, "member", act="join", email=somebody.email)

    walk.until("authorised")
    entered = decide(walk, asks(walk, "Alix Le Goff", True), "accept")
    lapsed = asks(other, "Noé Le Bris", False)
    assert decide(other, lapsed, "reject", articles=("U-06",)).departs_from == []
    with pytest.raises(DifferenceNeeded) as refusal:
        decide(other, asks(other, "Maël Le Gac", True), "reject", articles=("U-06",))
    assert refusal.value.precedents == [entered]


def test_an_amendment_of_a_request_that_is_not_public_is_no_precedent(accepted, other):
    Request.objects.filter(pk=accepted.case.parent_id).update(public_since=None)
    assert decide(other, propose(other, "period", months=36), "reject").departs_from == []


def test_only_what_is_decided_of_an_amendment_keeps_its_likeness(accepted, other):
    decide(other, propose(other, "period", months=36), "reject", difference=SAID)
    kept = Decision.objects.filter(case__process="amendment").exclude(likeness=[])
    assert [decision.step for decision in kept] == ["accept"]
