"""Alike for an article: what its checks read, and nothing else."""

import copy
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.charters.alike import Judged, alike, likeness
from governance.charters.canonical import canonical_bytes, facts_from
from governance.charters.later import Later
from tests.governance.charters.complete import ABSENT, AT, CHARTERS, COMPLETE, facts

ARTICLES = sorted({article.code for charter in CHARTERS for article in charter.articles})
S = "sites/chu-rennes/"


def judged(*changes, site=None, at=AT) -> Judged:
    return Judged(facts(*changes), CHARTERS, at, site)


def differing(one: Judged, other: Judged) -> set[str]:
    """The articles for which they are not alike."""
    return {code for code in ARTICLES if not alike(code, one, other)}


@settings(deadline=None)
@given(st.sampled_from(ARTICLES), st.booleans())
def test_facts_are_alike_to_themselves_however_they_are_kept(article, stored):
    kept = copy.deepcopy(COMPLETE)
    if stored:
        kept = facts_from(canonical_bytes(kept))
    else:
        kept = Later({name: lambda value=value: value for name, value in kept.items()})
    assert alike(article, judged(), Judged(kept, CHARTERS, AT))


CHANGES = st.sampled_from(
    [
        ("request/purpose/code", "care_evaluation"),
        ("request/holder/status", "trainee"),
        ("request/protocol/statistical_plan", False),
        ("request/public_interest_length", 12),
        ("request/access/months", 90),
        ("request/delivery/kind", ABSENT),
        ("sites/ico/warehouse/purposes_cover", False),
        ("members/m1/breach_open", True),
        ("results/r1/cites_number", False),
    ]
)


@settings(deadline=None, max_examples=30)
@given(CHANGES, CHANGES, CHANGES)
def test_likeness_is_an_equivalence(first, second, third):
    one, two, three = judged(first), judged(second), judged(third)
    for article in ARTICLES:
        assert alike(article, one, two) == alike(article, two, one)
        if alike(article, one, two) and alike(article, two, three):
            assert alike(article, one, three)


@settings(deadline=None)
@given(st.integers(300, 1500), st.integers(1, 36), st.integers(0, 300))
def test_numbers_and_days_count_by_what_is_concluded_of_them(length, months, days):
    other = judged(
        ("request/public_interest_length", length),
        ("request/access/months", months),
        at=AT + timedelta(minutes=days),
    )
    assert differing(judged(), other) == set()


@pytest.mark.parametrize(
    ("change", "articles"),
    [
        (("request/public_interest_length", 12), {"U-03"}),
        (("request/protocol/statistical_plan", False), {"U-05"}),
        (("request/holder/status", "trainee"), {"U-01", "U-15", "U-16", "P-12"}),
        (("request/purpose/code", "care_evaluation"), {"U-02", "U-15", "U-16", "P-12"}),
        (("sites/ico/warehouse/purposes_cover", False), {"P-13"}),
        (("members/m1/breach_open", True), {"U-08"}),
    ],
)
def test_a_fact_counts_for_the_articles_that_look_at_it(change, articles):
    assert differing(judged(), judged(change)) == articles


@settings(deadline=None)
@given(st.text("abcdefgh", min_size=1, max_size=8))
def test_names_and_how_often_a_thing_is_found_do_not_count(name):
    variables = [{"code": name, "reason_length": 60, "objective": True}] * 3
    other = facts(("request/variables", variables))
    other["members"] = {name: other["members"]["m1"]}
    other["sites"] = {name: other["sites"]["ico"]}
    assert differing(judged(), Judged(other, CHARTERS, AT)) == set()


@settings(deadline=None)
@given(st.sampled_from(["agreed", "agreed_with_limits", "declined", "pending"]))
def test_what_the_decision_itself_says_does_not_count(answer):
    one = judged(site="chu-rennes")
    other = judged(
        (S + "agreement/answer", answer),
        (S + "agreement/ground", "not_held"),
        ("item/findings/U-15/finding", "not_satisfied"),
        site="chu-rennes",
    )
    assert differing(one, other) == set()


def test_the_site_that_answers_is_compared_with_the_site_that_answered():
    lacking = (S + "feasibility/counted", False)
    assert "P-02" not in differing(judged(site="ico"), judged(lacking, site="chu-brest"))
    assert "P-02" in differing(judged(site="ico"), judged(lacking, site="chu-rennes"))


def test_an_article_that_does_not_exist_is_alike_to_nothing():
    assert not alike("U-99", judged(), judged())
    assert [code.split(":")[0] for code in likeness(judged())] == ARTICLES


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_facts_of_the_wrong_type_are_compared_without_failing(junk):
    for path in ("request/variables", "sites", "request/route", "members", "item"):
        strange = judged((path, junk))
        assert likeness(strange) == likeness(strange)
