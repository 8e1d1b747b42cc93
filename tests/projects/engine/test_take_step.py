"""What ``take_step`` refuses, saying why, and writing nothing."""

from contextlib import contextmanager

import pytest

from governance.models import Conflict, Decision, Leaf, Message, Participation, StepKey
from governance.process.clocks import add_working_days
from governance.process.engine import take_step
from governance.process.outlook import open_steps
from governance.process.refusals import (
    ArticleNeeded,
    KeyReused,
    NotPermitted,
    ReasonNeeded,
    StaleCase,
    StepRefused,
    UnknownArticle,
    UnknownStep,
    WrongState,
)
from projects.demonstration import network
from projects.domain import team
from tests.people import DAY, delegate, give, person
from tests.projects.walks import Walk, draft

REFUSING = {"articles": ("U-01",), "reason": "Pas de référent local."}


@contextmanager
def refuses(walk, refusal, **said):
    """The step is refused as said, and nothing is written."""
    before = _written(walk)
    with pytest.raises(refusal) as raised:
        yield raised
    assert _written(walk) == before
    assert {name: getattr(raised.value, name) for name in said} == said


def _written(walk):
    walk.case.refresh_from_db()
    models = (Decision, Leaf, Message, StepKey)
    return [model.objects.count() for model in models] + [walk.case.state, walk.case.revision]


def test_a_step_is_taken_from_its_states_only_and_with_an_answer_it_has(walk):
    walk.until("instruction")
    officer = walk.staff("case_officer")
    with refuses(walk, WrongState):
        walk.take("admit", officer)
    with refuses(walk, UnknownStep):
        walk.take("authorize", officer)
    with refuses(walk, WrongState):
        walk.take("state_feasibility", walk.staff("methodologist"), outcome="feasible")
    site = walk.case.tracks.get(kind="site")
    with refuses(walk, UnknownStep):
        walk.take("state_feasibility", walk.staff("methodologist"), track=site)
    with refuses(walk, WrongState):
        walk.take("qualify", walk.staff("regulatory_officer"), track=site)


def test_the_list_of_what_lacks_is_the_same_before_the_attempt_and_at_it(walk):
    walk.until("instruction")
    officer = walk.staff("case_officer")
    shown = next(
        each.obstacles
        for each in open_steps(walk.case, officer, walk.now)
        if each.step.code == "to_committee"
    )
    with refuses(walk, StepRefused) as refused:
        take_step(walk.case, "to_committee", by=officer, at=walk.now)
    assert tuple(refused.value.verdicts) == shown
    codes = {verdict.clause for verdict in shown}
    assert codes == {"route_set", "every_feasibility_stated", "some_site_feasible"}


def test_a_negative_decision_needs_an_article_of_its_charters_and_reasons(walk):
    walk.submit()
    director = walk.staff("delegate")
    with refuses(walk, ArticleNeeded):
        walk.take("refuse", director, reason="Non.")
    with refuses(walk, UnknownArticle):
        walk.take("refuse", director, articles=("U-99",), reason="Non.")
    with refuses(walk, ReasonNeeded):
        walk.take("refuse", director, articles=("U-01",), reason="  ")


def test_a_delegate_without_a_delegation_for_that_step_and_place_decides_nothing(walk):
    walk.submit()
    without = person(("delegate", "chu-rennes"), ("delegate", "chu-brest"))
    with refuses(walk, NotPermitted, why="delegation"):
        walk.take("refuse", without, **REFUSING)
    since, until = walk.now - 30 * DAY, walk.now + 30 * DAY
    for slug, step, end in (
        ("chu-rennes", "authorise", until),
        ("chu-brest", "refuse", until),
        ("chu-rennes", "refuse", walk.now),
    ):
        delegate(without, slug, step, since=since, until=end)
        with refuses(walk, NotPermitted, why="delegation"):
            walk.take("refuse", without, **REFUSING)
    delegate(without, "chu-rennes", "refuse", since=since, until=until)
    assert walk.take("refuse", without, **REFUSING).delegation.steps == ["refuse"]


def test_a_role_counts_where_it_was_granted_and_while_it_runs(walk):
    walk.submit()
    with refuses(walk, NotPermitted, why="role"):
        walk.take("admit", person(("case_officer", "chu-brest")))
    former = person()
    give(former, "case_officer", "chu-rennes", until=walk.now)
    with refuses(walk, NotPermitted, why="role"):
        walk.take("admit", former)
    with refuses(walk, NotPermitted, why="role"):
        walk.take("admit", None)
    assert walk.take("admit", person("case_officer")).acting_as == "case_officer"


def test_nobody_decides_on_a_request_of_their_own_team_even_once_they_left_it(walk):
    officer = walk.staff("case_officer")
    row = team.join(walk.request, officer, Participation.Part.MEMBER, at=walk.now)
    walk.submit()
    with refuses(walk, NotPermitted, why="party"):
        walk.take("admit", officer)
    team.leave(row, at=walk.now)
    with refuses(walk, NotPermitted, why="party"):
        walk.take("admit", officer)


def test_nobody_decides_where_they_have_a_conflict_of_interest(walk):
    walk.submit()
    officer = walk.staff("case_officer")
    Conflict.objects.create(
        case=walk.case, person=officer, ground="collaboration", declared_at=walk.now
    )
    with refuses(walk, NotPermitted, why="conflict"):
        walk.take("admit", officer)


def test_who_took_the_first_of_two_steps_that_are_two_peoples_does_not_take_the_second(walk):
    walk.submit()
    director = walk.staff("delegate")
    walk.take("refuse", director, **REFUSING)
    walk.take("appeal", walk.holder, reason="J'ai trouvé un référent.")
    track = walk.case.tracks.get(kind="appeal")
    assert track.status == "open"
    with refuses(walk, NotPermitted, why="apart"):
        walk.take("overturn", director, track=track, reason="Soit.")
    other = network.staff("delegate", "chu-rennes", at=walk.now, but=[director])
    walk.take("overturn", other, track=track, reason="Le référent est là.")
    assert walk.case.state == "admissibility"


def test_a_second_appeal_waits_for_the_first_and_an_old_decision_has_none(walk):
    walk.submit()
    walk.take("refuse", walk.staff("delegate"), **REFUSING)
    walk.take("appeal", walk.holder, reason="Je conteste.")
    with refuses(walk, StepRefused) as refused:
        walk.take("appeal", walk.holder, reason="Je conteste encore.")
    assert [v.clause for v in refused.value.verdicts] == ["no_other_appeal"]
    with refuses(walk, StepRefused) as refused:
        walk.take("appeal", walk.holder, days=90, reason="Trop tard.")
    assert "appealed_in_time" in [v.clause for v in refused.value.verdicts]


def test_the_same_key_gives_the_same_decision_and_never_another_one(walk):
    walk.submit()
    asked = {"by": walk.staff("case_officer"), "at": walk.now, "key": "clic-1"}
    first = take_step(walk.case, "admit", **asked)
    assert take_step(walk.case, "admit", **asked) == first
    assert walk.case.decisions.count() == 2
    with refuses(walk, KeyReused):
        take_step(walk.case, "withdraw", by=walk.holder, at=walk.now, key="clic-1")


def test_a_key_that_served_for_a_refused_step_is_free_again(walk):
    walk.submit()
    stranger, officer = person(), walk.staff("case_officer")
    with refuses(walk, NotPermitted):
        take_step(walk.case, "admit", by=stranger, at=walk.now, key="clic-2")
    take_step(walk.case, "admit", by=officer, at=walk.now, key="clic-2")


def test_who_looked_at_an_earlier_revision_is_told_so(walk):
    walk.submit()
    with refuses(walk, StaleCase):
        take_step(walk.case, "admit", by=walk.staff("case_officer"), at=walk.now, expect_revision=0)


def test_a_track_of_another_request_moves_nothing(walk, holder):
    other = Walk(draft(holder, ["chu-rennes"], at=walk.now), at=walk.now).until("instruction")
    walk.until("instruction")
    with refuses(walk, WrongState):
        walk.take(
            "state_feasibility",
            walk.staff("methodologist"),
            outcome="feasible",
            track=other.case.tracks.get(kind="site"),
        )


def test_a_clock_that_jumps_back_stops_nothing_and_history_keeps_its_order(walk):
    walk.submit()
    walk.take("admit", walk.staff("case_officer"), days=-0.5)
    decisions = list(walk.case.decisions.order_by("index"))
    assert [d.step for d in decisions] == ["submit", "admit"]
    assert decisions[1].at < decisions[0].at
    stopped = walk.case.deadlines.get(subject="state:admissibility")
    assert stopped.stopped_at == stopped.started_at


def test_what_was_left_of_a_clock_is_what_it_has_after_a_return(walk):
    walk.until("preparation")
    site = walk.case.deadlines.running().get(subject="track:site:chu-rennes")
    point = {"section": "project", "text": "Précisez le titre."}
    walk.take("return", walk.staff("case_officer"), days=10, details={"points": [point]})
    assert not walk.case.deadlines.running().filter(subject__startswith="track:").exists()
    left = site.due_at - walk.now
    walk.case.request.points.update(state="answered")
    walk.take("resubmit", walk.holder, days=7)
    again = walk.case.deadlines.running().get(subject="track:site:chu-rennes")
    assert again.due_at == walk.now + left


def test_answered_reservations_have_five_working_days_to_be_lifted(walk):
    walk.until("committee")
    walk.give_opinion("reserved", details={"reservations": "Préciser le plan d'analyse."})
    track = walk.case.tracks.get(kind="opinion")
    chair = network.staff("committee_chair", None, at=walk.now)
    walk.answer_reservations()
    lifting = walk.case.deadlines.running().get(subject="track:opinion:")
    assert (lifting.waits_for, lifting.with_whom) == ("committee_chair", "us")
    assert lifting.due_at.date() == add_working_days(walk.now.date(), 5)
    walk.check_reservations(chair)
    walk.take("lift_reservations", chair, track=track)
    assert not walk.case.deadlines.running().filter(subject="track:opinion:").exists()
