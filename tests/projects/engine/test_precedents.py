"""A negative decision that requests alike were spared says what differs, and it is published."""

import json

import pytest

from governance.models import Decision, Leaf
from governance.process.amendments import AMENDMENT
from governance.process.engine import take_step
from governance.process.precedents import COMPARED, OTHER_WAY
from governance.process.refusals import DifferenceNeeded
from governance.process.shape import NEGATIVE, POSITIVE
from governance.process.table import REQUEST
from projects.models import Request
from projects.queries import register
from tests.projects.walks import Walk, draft

from ..conftest import NOW

SAID = "Le bénéfice annoncé est celui d'un seul service."
REFUSING = {"articles": ("U-03",), "reason": "L'intérêt public n'est pas montré."}


@pytest.fixture
def admitted(walk):
    """A request found admissible: it is published."""
    walk.submit()
    return walk.admit()


@pytest.fixture
def other(holder):
    """Another request, alike, deposited."""
    made = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    made.wait(days=10)
    made.submit()
    return made


def refuse(walk, **said):
    asked = REFUSING | said
    return take_step(walk.case, "refuse", by=walk.staff("delegate"), at=walk.now, **asked)


def test_every_step_that_can_answer_no_is_compared_with_steps_that_answer_yes():
    for process in (REQUEST, AMENDMENT):
        answers_no = {s.code for s in process.steps if any(o.tone == NEGATIVE for o in s.outcomes)}
        # A body's answer is not ours, and a delay that ran out is not judged; of an amendment, what
        # is said before it is decided is not published.
        assert answers_no - set(OTHER_WAY) == {"record_answer", "drop", "advise"} & answers_no
    for code in COMPARED:
        rule = REQUEST.step(code) or AMENDMENT.step(code)
        assert any(o.tone == POSITIVE for o in rule.outcomes), code


def test_it_is_refused_until_it_says_what_differs(admitted, other):
    with pytest.raises(DifferenceNeeded) as refusal:
        refuse(other)
    assert refusal.value.precedents == [admitted]
    with pytest.raises(DifferenceNeeded):
        refuse(other, difference="  ")
    other.case.refresh_from_db()
    assert other.case.state == "admissibility"
    made = refuse(other, difference=f" {SAID} ")
    assert made.departs_from == [admitted.attestation.leaf_index]
    assert made.reason.details["difference"] == SAID


def test_what_differs_is_published_with_the_decision_and_the_leaf_names_the_precedents(
    admitted, other
):
    made = refuse(other, difference=SAID)
    project = register.project(other.case.number, at=other.now)
    assert any(SAID in event.text for event in project.story)
    leaf = json.loads(bytes(Leaf.objects.get(index=made.attestation.leaf_index).bytes))
    assert leaf["departs_from"] == [admitted.attestation.leaf_index]
    assert SAID not in json.dumps(leaf, ensure_ascii=False)


def test_a_decision_that_is_not_public_is_no_precedent(admitted, other):
    Request.objects.filter(pk=admitted.case_id).update(public_since=None)
    made = refuse(other)
    assert made.departs_from == [] and "difference" not in made.reason.details


def test_requests_that_differ_for_the_articles_cited_are_no_precedents(admitted, other):
    section = other.request.sections.get(code="purpose")
    section.answers |= {"purpose": "care_evaluation"}
    section.save()
    assert refuse(other, articles=("U-02",)).departs_from == []


@pytest.mark.parametrize("beside", ["C-02", "U-09", "P-05"])
def test_citing_one_more_article_does_not_spare_the_difference(admitted, other, beside):
    with pytest.raises(DifferenceNeeded) as refusal:
        refuse(other, articles=("U-03", beside))
    assert refusal.value.precedents == [admitted]


def test_what_differs_is_left_aside_where_nothing_was_answered_otherwise(other):
    made = refuse(other, difference=SAID)
    assert made.departs_from == [] and "difference" not in made.reason.details


def test_looking_for_precedents_is_one_query_however_many_there_are(
    admitted, other, holder, django_assert_max_num_queries
):
    def asked():
        with django_assert_max_num_queries(60) as found, pytest.raises(DifferenceNeeded):
            refuse(other)
        return len(found)

    asked()  # who refuses is named and given their role
    with_one = asked()
    for _ in range(4):
        more = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
        more.submit()
        more.admit()
    assert asked() == with_one
    with pytest.raises(DifferenceNeeded) as refusal:
        refuse(other)
    assert len(refusal.value.precedents) == 3


def test_only_decisions_that_may_be_precedents_keep_their_likeness(admitted, other):
    refuse(other, difference=SAID)
    kept = Decision.objects.exclude(likeness=[])
    assert [d.step for d in kept] == ["admit"]
    assert {each.split(":")[0] for each in admitted.likeness} >= {"U-01", "P-13", "C-12"}
