"""How establishments are credited and associated: agreed, done, then the request may close."""

import pytest
from django.core.exceptions import ValidationError

from governance.process.outlook import open_steps
from projects.domain import recognition
from projects.process.facts.recognition import CITED
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

WORDS = "Le médecin qui a préparé les données relit et signe l'article."


@pytest.fixture
def ended(holder, order_key):
    """Results are awaited; the lead establishment delivered, the other one did not."""
    walk = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at("results", walk)
    return walk


def agree(walk, code="associated", site=LEAD):
    by = walk.staff("case_officer")
    return recognition.agree(walk.request, site, code, WORDS, by=by, at=walk.now).track


def give(walk, track, text="Elle a relu le manuscrit et le signe."):
    return recognition.give(track, text, by=walk.holder, at=walk.now)


def lacking(walk):
    """Whether P-11 stands between the request and its closure."""
    steps = open_steps(walk.case, walk.staff("case_officer"), walk.now)
    found = next(each for each in steps if each.step.code == "close")
    return {verdict.article for verdict in found.obstacles} & {"P-11"}


def test_what_was_agreed_holds_the_closure_until_it_is_done(ended):
    assert not lacking(ended), "nothing agreed is nothing owed"
    track = agree(ended)
    assert lacking(ended) == {"P-11"}
    agree(ended, site=OTHER)
    give(ended, track, "Trop court.")
    assert lacking(ended) == {"P-11"}
    give(ended, track)
    assert not lacking(ended), "who delivered nothing is owed nothing"
    agree(ended, "acknowledged")
    assert lacking(ended) == {"P-11"}, "what is agreed anew must be done anew"
    agree(ended, CITED)
    assert not lacking(ended), "it may be taken back to the citation"
    with pytest.raises(ValidationError):
        give(ended, track)


def test_an_unknown_answer_is_refused_and_a_closed_request_changes_no_more(ended):
    for said, wrong in (({"site": "nowhere"}, "site"), ({"code": "paid"}, "code")):
        with pytest.raises(ValidationError) as refused:
            agree(ended, **said)
        assert list(refused.value.error_dict) == [wrong]
    assert not ended.case.records.filter(kind="recognition_agreed").exists()
    ended.recognise()
    ended.until("closed")
    track = ended.case.tracks.get(key=LEAD)
    with pytest.raises(ValidationError):
        agree(ended)
    with pytest.raises(ValidationError):
        give(ended, track)
