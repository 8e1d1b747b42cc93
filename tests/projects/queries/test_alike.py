"""Delays and answers by group, with intervals, and nothing small, even by difference."""

import json
import uuid
from datetime import timedelta
from hashlib import sha256

import pytest

from governance.models import Case, Deadline, Decision, Delegation, FactsBlob, Leaf
from governance.models.case import Track
from governance.process.table import REQUEST
from projects.models import Request
from projects.queries.alike import Blocked, Cited, _answers, appeals_table, blocked, figures
from tests.people import NOW, person
from tests.projects.stand import stand_at

DAY = timedelta(days=1)
START = NOW - 400 * DAY


@pytest.fixture
def network(establishments):
    return establishments


def demand(kind, lead="chu-rennes", *, public_since=START):
    case = Case.objects.create(
        id=uuid.uuid4(),
        process="request",
        state="draft",
        lead_id=lead,
        opened_at=START,
        state_since=START,
    )
    Request.objects.create(case=case, requester_kind=kind, public_since=public_since)
    return case


def waited(case, days, *, ended=True, promised=15):
    start = START if ended else NOW - days * DAY
    Deadline.objects.create(
        case=case,
        subject="state:admissibility",
        waits_for="case_officer",
        with_whom="us",
        kind="promised",
        started_at=start,
        due_at=start + promised * DAY,
        stopped_at=start + days * DAY if ended else None,
    )


def answered(case, tone, *, step="give_opinion", articles=("U-15",), **by):
    facts, _new = FactsBlob.objects.get_or_create(
        sha256=sha256(b"{}").digest(), defaults={"bytes": b"{}"}
    )
    Decision.objects.create(
        case=case,
        index=case.decisions.count() + 1,
        step=step,
        outcome="unfavourable" if tone == "negative" else "favourable",
        tone=tone,
        from_state="committee",
        to_state="preparation",
        acting_as="chair",
        at=NOW - DAY,
        articles=list(articles) if tone == "negative" else [],
        facts=facts,
        **by,
    )


def found():
    return figures(REQUEST, at=NOW)


def of(rows, group):
    return next(row for row in rows if row.group == group)


def test_each_kind_has_its_delay_and_its_share_in_time(network):
    for days in range(1, 25):
        waited(demand("academic"), days)
    for _ in range(12):
        waited(demand("startup"), 10)
        waited(demand("startup"), 20)
    clock = found().clocks["state:admissibility"]
    assert of(clock.kinds, "academic").half.days == 12
    assert of(clock.kinds, "startup").nine_in_ten.days == 20
    assert of(clock.kinds, "startup").in_time is None  # 9 of the academics were late
    assert of(clock.kinds, "academic").in_time is None
    assert clock.everyone.in_time.part == 27 and clock.everyone.in_time.whole == 48


def test_a_delay_by_kind_is_hidden_under_eleven_ends(network):
    for _ in range(12):
        waited(demand("academic"), 4)
    for _ in range(10):
        waited(demand("association"), 4)
    kinds = found().clocks["state:admissibility"].kinds
    assert of(kinds, "academic").half.days == 4
    assert of(kinds, "association").half is None


def test_the_share_in_time_is_said_where_nothing_small_is_told(network):
    for kind, late in (("academic", 12), ("industry", 20)):
        for _ in range(20):
            waited(demand(kind), 4)
        for _ in range(late):
            waited(demand(kind), 30)
    clock = found().clocks["state:admissibility"]
    assert of(clock.kinds, "academic").in_time.value == pytest.approx(20 / 32)
    assert of(clock.kinds, "industry").in_time.value == pytest.approx(0.5)
    assert of(clock.establishments, "chu-rennes").in_time.whole == 72


def test_what_waits_past_its_date_is_late_once_there_are_eleven(network):
    for _ in range(20):
        waited(demand("academic"), 4)
    for _ in range(10):
        waited(demand("academic"), 40, ended=False)
    assert found().clocks["state:admissibility"].everyone.in_time.whole == 20
    waited(demand("academic"), 40, ended=False)
    assert found().clocks["state:admissibility"].everyone.in_time.whole == 31


def test_a_small_group_takes_another_with_it_so_that_no_difference_tells_it(network):
    for kind, number in (("academic", 30), ("industry", 15), ("startup", 3)):
        for _ in range(number):
            answered(demand(kind), "positive")
    table = found().answers["kind"]
    assert table.everyone.number == 48
    assert {row.group: row.number for row in table.groups} == {
        "academic": 30,
        "industry": None,
        "startup": None,
    }


def test_answers_by_establishment_and_step_and_the_articles_they_cite(network):
    for lead in ("chu-rennes", "chu-brest"):
        for tone in ("positive", "negative"):
            for _ in range(11):
                answered(demand("academic", lead), tone)
    said = found()
    assert of(said.answers["establishment"].groups, "chu-brest").part.value == 0.5
    assert of(said.answers["step"].groups, "give_opinion").number == 44
    assert said.articles == (("U-15", 22),)
    by_hospital = said.cited["establishment"]
    assert by_hospital.groups == ("chu-brest", "chu-rennes")
    assert by_hospital.numbers == {"U-15": (11, 11)}
    assert said.cited["step"] == Cited(("give_opinion",), {"U-15": (22,)})


def test_an_article_is_cited_by_group_only_where_every_number_may_be_said(network):
    def refused(kind, article, number):
        for _ in range(number):
            answered(demand(kind), "negative", articles=(article,))

    refused("academic", "U-15", 12)
    refused("startup", "U-15", 11)
    refused("academic", "U-16", 20)
    refused("startup", "U-16", 15)
    assert found().cited["kind"].numbers == {"U-15": (12, 11), "U-16": (20, 15)}
    refused("startup", "U-04", 12)
    refused("academic", "U-04", 3)
    # Of the academics' refusals, all less those would tell the three.
    assert found().cited["kind"].numbers == {"U-15": None, "U-16": (20, 15), "U-04": None}


def test_appeals_are_told_by_the_step_that_they_contest(network):
    delegate = person("delegate")
    signing = Delegation.objects.create(
        establishment_id="chu-rennes",
        person=delegate,
        steps=["refuse", "drop", "uphold", "overturn"],
        since=START,
        until=NOW,
        act_reference="2025-12",
    )
    signed = {"delegation": signing, "by": delegate}
    for step, answer, tone in (("refuse", "overturn", "positive"), ("drop", "uphold", "negative")):
        for _ in range(11):
            case = demand("academic")
            answered(case, "negative", step=step, **signed)
            appeal = Track.objects.create(
                case=case, kind="appeal", key="1", status="made", status_since=NOW
            )
            answered(case, "neutral", step="appeal", track=appeal)
            answered(case, tone, step=answer, track=appeal, **signed)
    by_step = found().appeals["step"]
    assert [(row.group, row.number) for row in by_step.groups] == [("drop", 11), ("refuse", 11)]
    assert [row.part.value for row in by_step.groups] == [0.0, 1.0]
    assert by_step.everyone.part.value == 0.5
    assert of(found().answers["step"].groups, "refuse").number == 11


def test_of_appeals_the_share_told_is_of_those_that_changed_the_decision():
    rows = [
        ("academic", "chu-rennes", "overturn", "positive", 11),
        ("academic", "chu-rennes", "uphold", "negative", 33),
        ("startup", "chu-brest", "uphold", "negative", 4),
    ]
    by_kind = appeals_table(rows, "kind")
    assert by_kind.everyone.part.value == pytest.approx(11 / 48)
    assert {row.group: row.number for row in by_kind.groups} == {"academic": None, "startup": None}


def test_four_queries_whatever_there_is(network, django_assert_num_queries):
    for days in range(1, 25):
        case = demand("academic")
        waited(case, days)
        answered(case, "positive")
    with django_assert_num_queries(4):
        found()


def test_how_often_an_article_blocked_and_was_mended_hides_small_figures(network):
    cases = [demand("academic") for _ in range(30)]
    for case in cases:
        answered(case, "negative", articles=("U-15",))
    for case in cases[:8]:
        answered(case, "positive")
    for _ in range(11):
        answered(demand("academic"), "negative", articles=("U-16",))
    told = blocked(REQUEST, at=NOW)
    assert told["U-15"] == Blocked(30, None), "8 mended is small"
    assert told["U-16"] == Blocked(11, None), "all less this one would tell the other"
    for case in cases[8:12]:
        answered(case, "positive")
    told = blocked(REQUEST, at=NOW)
    assert (told["U-15"], told["U-16"]) == (Blocked(30, 12), Blocked(11, 0))
    assert dict(found().articles) == {c: each.number for c, each in told.items()}


def test_an_article_seldom_cited_is_hidden_and_not_told_by_the_total(network):
    for _ in range(12):
        answered(demand("academic"), "negative", articles=("U-15",))
    answered(demand("academic"), "negative", articles=("U-16",))
    told = blocked(REQUEST, at=NOW)
    assert told["U-16"] == Blocked(None, None)
    assert told["U-15"].number is None, "the total less the others would tell it"


def test_how_often_is_one_query_whatever_there_is(network, django_assert_num_queries):
    for _ in range(3):
        answered(demand("academic"), "negative")
    with django_assert_num_queries(1):
        blocked(REQUEST, at=NOW)


@pytest.mark.usefixtures("order_key")
@pytest.mark.parametrize("state", ["access", "suspended", "refused", "dropped"])
def test_what_the_figures_of_two_days_differ_by_was_public_before(walk, state):
    stand_at(state, walk)
    at = walk.now + DAY
    public = walk.case.decisions.filter(case__request__public_since__lte=at)
    counted = public.filter(tone__in=("positive", "negative"))
    leaves = Leaf.objects.filter(index__in=[d.attestation.leaf_index for d in counted])
    said = [json.loads(bytes(leaf.bytes)) for leaf in leaves]
    assert [(leaf["number"], leaf["step"], leaf["articles"]) for leaf in said] == [
        (walk.case.number, d.step, d.articles) for d in counted
    ]
    rows = _answers(REQUEST, at)
    assert sum(number for *_group, number in rows) == counted.count()
    assert counted.exists() is (state != "dropped")


def test_an_answer_on_a_request_that_is_not_public_counts_nowhere(network):
    for _each in range(30):
        answered(demand("academic", public_since=None), "negative")
    now = found()
    assert now.articles == ()
    assert now.answers["kind"].groups == ()
    assert blocked(REQUEST, at=NOW) == {}
