"""A refused amendment is appealed as a refused request: in time, before other people."""

from datetime import timedelta

import pytest

from governance.models import RoleGrant
from governance.process.engine import take_step
from governance.process.refusals import NotPermitted, StepRefused, WrongState
from governance.process.standing import awaiting_the_pool, judges_of
from projects.domain import amendments
from projects.permissions import visible_to
from projects.queries.desk import desk_of
from projects.queries.work import rows_of, to_decide
from projects.reader import reader_of
from tests.people import delegate as sign
from tests.people import give, person

DAY = timedelta(days=1)


@pytest.fixture
def refused(walk):
    """An amendment of an authorised request, refused once examined; and who refused it."""
    walk.until("authorised")
    said = {"by": walk.holder, "at": walk.now}
    found = amendments.propose(
        walk.request, "period", {"months": 36}, "L'analyse demande plus de temps.", **said
    )
    officer, decider = walk.staff("case_officer"), walk.staff("delegate")
    examined = {"outcome": "examined", "reason": "Rien ne s'y oppose."}
    take_step(found.case, "examine", by=officer, at=walk.now, **examined)
    grounds = {"articles": ("U-10",), "reason": "La durée demandée n'est pas justifiée."}
    take_step(found.case, "reject", by=decider, at=walk.now, **grounds)
    found.case.refresh_from_db()
    found.decider = decider
    return found


def appeal(walk, amendment, at=None):
    said = {"by": walk.holder, "at": at or walk.now, "reason": "Le calendrier a été joint."}
    return take_step(amendment.case, "appeal", **said)


def answer(walk, amendment, step, by, **grounds):
    track = amendment.case.tracks.get(kind="appeal", status="open")
    said = {"by": by, "at": walk.now, "reason": "Relu, pièces jointes.", "track": track}
    return take_step(amendment.case, step, **said, **grounds)


def test_overturned_its_examination_resumes_and_it_can_be_accepted(walk, refused):
    appeal(walk, refused)
    judge = walk.staff("delegate", but=[refused.decider])
    answer(walk, refused, "overturn", judge)
    refused.case.refresh_from_db()
    assert refused.case.state == "examined"
    assert refused.case.deadlines.running().filter(subject="state:examined").exists()
    take_step(refused.case, "accept", by=judge, at=walk.now)
    walk.request.access_period.refresh_from_db()
    assert walk.request.access_period.months == 36


def test_upheld_it_stays_refused_and_says_on_which_article(walk, refused):
    appeal(walk, refused)
    judge = walk.staff("delegate", but=[refused.decider])
    decision = answer(walk, refused, "uphold", judge, articles=("U-10",))
    refused.case.refresh_from_db()
    assert (refused.case.state, decision.tone, decision.articles) == (
        "refused",
        "negative",
        ["U-10"],
    )
    with pytest.raises(WrongState):
        answered = refused.case.tracks.get(kind="appeal")
        take_step(refused.case, "overturn", by=judge, at=walk.now, track=answered, reason="Encore.")


def test_who_refused_it_does_not_judge_its_appeal(walk, refused):
    appeal(walk, refused)
    with pytest.raises(NotPermitted) as why:
        answer(walk, refused, "overturn", refused.decider)
    assert why.value.why == "apart"
    assert refused.decider not in judges_of(refused.case, walk.now)


def test_past_two_months_it_is_no_longer_appealed_and_one_appeal_is_open_at_a_time(walk, refused):
    with pytest.raises(StepRefused) as late:
        appeal(walk, refused, at=walk.now + 70 * DAY)
    assert [v.clause for v in late.value.verdicts] == ["appealed_in_time"]
    appeal(walk, refused)
    with pytest.raises(StepRefused) as twice:
        appeal(walk, refused)
    assert [v.clause for v in twice.value.verdicts] == ["no_other_appeal"]


def test_a_judge_finds_the_appeal_among_their_work_and_who_refused_it_does_not(walk, refused):
    appeal(walk, refused)
    judge = walk.staff("delegate", but=[refused.decider])
    waiting = rows_of(to_decide(desk_of(judge, walk.now)))
    row = next(each for each in waiting if each.step == "uphold")
    assert row.what == "Juger le recours"
    assert row.href.endswith(f"/avenants/{refused.pk}")
    refuser = rows_of(to_decide(desk_of(refused.decider, walk.now)))
    assert [each for each in refuser if each.step == "uphold"] == []


def test_where_a_single_delegate_decides_the_network_lends_a_judge_who_sees_the_request(
    walk, refused
):
    lead = refused.case.lead_id
    others = RoleGrant.objects.filter(role="delegate", establishment=lead)
    others.exclude(person=refused.decider).update(until=walk.now - DAY)
    judge = person()
    give(judge, "delegate", "chu-nantes", since=walk.now - DAY)
    sign(judge, "chu-nantes", "uphold", "overturn", since=walk.now - DAY, until=walk.now + DAY)
    assert not visible_to(judge, walk.now).filter(pk=walk.request.pk).exists()
    appeal(walk, refused)
    assert list(awaiting_the_pool(walk.now)) == [refused.case]
    assert visible_to(judge, walk.now).filter(pk=walk.request.pk).exists()
    assert reader_of(walk.request, judge, walk.now).roles == {"delegate"}
    answer(walk, refused, "overturn", judge)
    assert not visible_to(judge, walk.now).filter(pk=walk.request.pk).exists()
