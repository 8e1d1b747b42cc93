"""Several people at once on one request: exactly one decides, the others get a clear answer."""

from collections import Counter
from threading import Barrier, Thread

from django.db import connection

from governance.models import Decision, Leaf
from governance.process.engine import take_step
from governance.process.refusals import Refusal, StaleCase, WrongState
from projects.demonstration import network
from tests.projects.walks import draft


def at_once(*calls):
    """Run each call in a thread of its own, all let go together; what each gave or raised."""
    ready, answers = Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            ready.wait()
            answers[place] = call()
        except Refusal as refusal:
            answers[place] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def kinds(answers) -> Counter:
    return Counter(type(answer) for answer in answers)


def test_of_eight_people_who_take_one_step_exactly_one_wins(committed_walk):
    walk = committed_walk
    walk.submit()
    officers = [network.hire("case_officer", "chu-rennes", at=walk.now) for _ in range(8)]
    answers = at_once(
        *(lambda by=by: take_step(walk.case, "admit", by=by, at=walk.now) for by in officers)
    )
    assert kinds(answers) == {Decision: 1, WrongState: 7}
    assert list(Decision.objects.order_by("index").values_list("step", flat=True)) == [
        "submit",
        "admit",
    ]
    assert Leaf.objects.count() == 2


def test_of_eight_who_looked_at_the_same_revision_the_others_are_told_it_is_stale(committed_walk):
    walk = committed_walk
    walk.submit()
    officers = [network.hire("case_officer", "chu-rennes", at=walk.now) for _ in range(8)]
    walk.case.refresh_from_db()
    answers = at_once(
        *(
            lambda by=by: take_step(walk.case, "admit", by=by, at=walk.now, expect_revision=1)
            for by in officers
        )
    )
    assert kinds(answers) == {Decision: 1, StaleCase: 7}


def test_a_click_sent_eight_times_at_once_is_one_decision_given_eight_times(committed_walk):
    walk = committed_walk
    walk.submit()
    officer = walk.staff("case_officer")
    answers = at_once(
        *[lambda: take_step(walk.case, "admit", by=officer, at=walk.now, key="clic")] * 8
    )
    assert kinds(answers) == {Decision: 8}
    assert len({answer.pk for answer in answers}) == 1
    assert walk.case.decisions.count() == 2


def test_two_delegates_who_authorise_at_once_make_one_authorisation(committed_walk):
    walk = committed_walk.until("preparation")
    walk.agree()
    walk.complete_formalities()
    first = walk.staff("delegate")
    second = network.hire("delegate", "chu-rennes", at=walk.now)
    network.staff("delegate", "chu-rennes", at=walk.now, but=[first])
    walk.meet_conditions()
    answers = at_once(
        *(
            lambda by=by: take_step(
                walk.case, "authorise", by=by, at=walk.now, details={"months": 24}
            )
            for by in (first, second)
        )
    )
    assert kinds(answers) == {Decision: 1, WrongState: 1}
    assert walk.case.decisions.filter(step="authorise").count() == 1


def test_requests_decided_at_once_leave_a_ledger_without_gap(committed_walk):
    walk = committed_walk
    others = [draft(walk.holder, ["chu-rennes"], at=walk.now) for _ in range(3)]
    cases = [walk.case, *(other.case for other in others)]
    answers = at_once(
        *(
            lambda case=case: take_step(case, "withdraw", by=walk.holder, at=walk.now)
            for case in cases
        )
    )
    assert kinds(answers) == {Decision: 4}
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2, 3]
