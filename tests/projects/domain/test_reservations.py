"""The reservations of an opinion, lifted one by one: answered, checked, cited by the decision."""

import json
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from governance.charters.facts import today
from governance.domain import erasures
from governance.domain.roles import grant_role
from governance.models import Leaf
from governance.models.outbox import Message as Outgoing
from governance.outbox import HANDLERS
from governance.process.refusals import BadDetails, NotPermitted, StepRefused
from governance.process.standing import Bench
from governance.process.table import REQUEST
from projects.demonstration import network
from projects.domain import reservations
from projects.domain.reservations import Answer, Check
from projects.models import Reservation
from projects.notices.asked import asked_to_take
from projects.notices.words import words_of
from projects.queries.desk import desk_of
from projects.queries.mine import mine
from projects.queries.work import to_decide
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

WORDS = [{"text": "Bornez la période.", "articles": ["U-15"]}, {"text": "Citez vos sources."}]


@pytest.fixture
def reserved(establishments, holder):
    """A request whose opinion has two reservations."""
    walk = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    walk.until("committee")
    walk.give_opinion("reserved", details={"reservations": WORDS})
    return walk


@pytest.fixture
def chair(reserved):
    return network.staff("committee_chair", None, at=reserved.now)


def rows(walk) -> list[Reservation]:
    return list(reservations.of_opinion(walk.case))


def say(walk, *numbers, text="C'est fait."):
    answers = {number: Answer(text) for number in numbers}
    return reservations.answer(walk.request, answers, by=walk.holder, at=walk.now)


def find(walk, by, **found):
    checks = {
        int(number[1:]): Check(accepted, "Relu avec soin.") for number, accepted in found.items()
    }
    reservations.check(walk.request, checks, by=by, at=walk.now)


def lift(walk, by):
    track = walk.case.tracks.get(kind="opinion")
    return walk.take("lift_reservations", by, track=track)


def work_of(walk, person) -> set[str]:
    return {what for _case, _track, what, *_rest in to_decide(desk_of(person, walk.now))}


def test_each_reservation_keeps_its_sentence_its_articles_and_who_asked_it(reserved):
    first, second = rows(reserved)
    assert (first.number, first.text, first.articles) == (1, "Bornez la période.", ["U-15"])
    assert (second.number, second.articles, second.state) == (2, [], "open")
    opinion = reserved.case.decisions.get(step="give_opinion")
    assert first.asked_by == opinion.by


def test_a_reservation_is_asked_by_a_member_who_voted(establishments, holder):
    walk = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    walk.until("committee")
    asked = [{"text": "Bornez.", "asked_by": holder.pk}]
    with pytest.raises(BadDetails):
        walk.give_opinion("reserved", details={"reservations": asked})


@pytest.mark.parametrize(
    "asked",
    [
        [],
        "",
        "  \n ",
        [{"text": ""}],
        [{"text": "x" * 1001}],
        [{"text": "Bornez.", "articles": ["Z-99"]}],
        [{"text": "Bornez.", "articles": "U-15"}],
        ["Bornez."],
        [{"text": "Bornez."}] * 21,
        {"text": "Bornez."},
    ],
)
def test_reservations_ill_written_are_refused(establishments, holder, asked):
    walk = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    walk.until("committee")
    with pytest.raises(BadDetails) as refused:
        walk.give_opinion("reserved", details={"reservations": asked})
    assert set(refused.value.errors) == {"reservations"}
    assert not Reservation.objects.exists()


def test_the_step_waits_for_every_answer_then_for_every_check(reserved, chair):
    with pytest.raises(StepRefused) as refused:
        lift(reserved, chair)
    lacking = {verdict.clause for verdict in refused.value.verdicts}
    assert lacking == {"reservations_answered", "reservations_accepted"}
    say(reserved, 1, 2)
    with pytest.raises(StepRefused) as refused:
        lift(reserved, chair)
    assert [verdict.clause for verdict in refused.value.verdicts] == ["reservations_accepted"]
    find(reserved, chair, n1=True, n2=False)
    with pytest.raises(StepRefused):
        lift(reserved, chair)
    say(reserved, 2, text="Voici les sources.")
    find(reserved, chair, n2=True)
    decision = lift(reserved, chair)
    assert reserved.case.tracks.get(kind="opinion").status == "favourable"
    opinion = reserved.case.decisions.get(step="give_opinion")
    cited = [[opinion.index, 1, ["U-15"]], [opinion.index, 2, []]]
    assert decision.details == {"lifted": cited}
    leaf = json.loads(bytes(Leaf.objects.get(index=decision.attestation.leaf_index).bytes))
    assert leaf["lifted"] == cited
    kept = [(a.accepted, a.reason) for a in rows(reserved)[1].answers.all()]
    assert kept == [(False, "Relu avec soin."), (True, "Relu avec soin.")]


def test_only_the_holder_answers_and_only_who_may_lift_checks(reserved, chair):
    with pytest.raises(PermissionDenied):
        reservations.answer(reserved.request, {1: Answer("Fait.")}, by=chair, at=reserved.now)
    say(reserved, 1)
    for person in (reserved.holder, reserved.staff("case_officer"), reserved.staff("delegate")):
        with pytest.raises(PermissionDenied):
            find(reserved, person, n1=True)
    rapporteur = network.staff("rapporteur", None, at=reserved.now)
    find(reserved, rapporteur, n1=True)
    assert rows(reserved)[0].state == "lifted"


def test_a_checker_in_conflict_checks_nothing(reserved, chair):
    say(reserved, 1)
    reserved.case.conflicts.create(person=chair, ground="service", declared_at=reserved.now)
    with pytest.raises(PermissionDenied):
        find(reserved, chair, n1=True)


def test_who_checked_an_answer_authorises_no_more_whoever_lifts(reserved, chair):
    step, delegate = REQUEST.step("authorise"), reserved.staff("delegate")
    other = network.staff("delegate", "chu-rennes", at=reserved.now, but=[delegate.pk])
    rapporteur = network.staff("rapporteur", None, at=reserved.now)
    at = reserved.now
    grant_role(person=delegate, role="committee_chair", since=at, by=None, at=at)
    say(reserved, 1, 2)
    assert Bench(delegate, reserved.case, reserved.now).standing(step, None).delegation
    find(reserved, delegate, n1=False)
    say(reserved, 1)
    find(reserved, rapporteur, n1=True, n2=True)
    lift(reserved, rapporteur)
    reserved.agree()
    reserved.complete_formalities()
    with pytest.raises(NotPermitted, match="apart"):
        reserved.authorise()
    told = asked_to_take(step, ["delegate"], reserved.case, reserved.request, "/", at=reserved.now)
    assert [each.person for each in told] == [other]
    assert "authorise" in work_of(reserved, other) - work_of(reserved, delegate)


def test_the_delay_runs_while_the_answers_wait_to_be_checked(reserved, chair):
    def clocks():
        found = reserved.case.deadlines.filter(subject="track:opinion:").order_by("pk")
        return [(today(d.started_at), today(d.due_at), d.stopped_at) for d in found]

    def day(number):
        reserved.now = datetime(2026, 3, number, 10, tzinfo=UTC)

    day(9)
    say(reserved, 1)
    assert clocks() == []
    day(10)
    say(reserved, 2)
    assert clocks() == [(date(2026, 3, 10), date(2026, 3, 17), None)]
    day(12)
    find(reserved, chair, n1=True, n2=False)
    ((*_first, stopped),) = clocks()
    assert stopped == reserved.now
    day(20)
    say(reserved, 2)
    assert clocks()[1:] == [(date(2026, 3, 20), date(2026, 3, 25), None)]
    day(21)
    find(reserved, chair, n2=True)
    lift(reserved, chair)
    assert clocks()[1][2] == reserved.now


def test_the_words_go_with_those_of_the_opinion_what_was_found_stays(
    reserved, chair, settings, tmp_path
):
    settings.ERASURE_LOG = tmp_path / "erasures.log"
    say(reserved, 1)
    find(reserved, chair, n1=True)
    say(reserved, 2)
    opinion = reserved.case.decisions.get(step="give_opinion")
    assert erasures.erase("reason", opinion.pk, by=chair, at=reserved.now)
    first, second = rows(reserved)
    assert (first.text, first.state, second.text, second.state) == ("", "lifted", "", "answered")
    answers = [(a.text, a.reason, a.accepted) for row in rows(reserved) for a in row.answers.all()]
    assert answers == [("", "", True), ("", "", None)]
    assert erasures.apply_again(at=reserved.now) == 0
    # What is left to check is checked all the same.
    find(reserved, chair, n2=True)
    lift(reserved, chair)


def test_nothing_is_written_when_one_answer_is_refused(reserved, chair):
    with pytest.raises(ValidationError) as refused:
        reservations.answer(
            reserved.request, {1: Answer("Fait."), 2: Answer("  ")}, by=reserved.holder, at=NOW
        )
    assert set(refused.value.message_dict) == {"text_2"}
    assert {row.state for row in rows(reserved)} == {"open"}
    say(reserved, 1, 2)
    with pytest.raises(ValidationError) as refused:
        reservations.check(
            reserved.request,
            {1: Check(True, "Relu avec soin."), 2: Check(False, "non")},
            by=chair,
            at=reserved.now,
        )
    assert set(refused.value.message_dict) == {"reason_2"}
    assert {row.state for row in rows(reserved)} == {"answered"}


def test_what_waits_for_nobody_takes_no_answer_nor_check(reserved, chair):
    with pytest.raises(ValidationError):
        find(reserved, chair, n1=True)
    say(reserved, 1)
    for numbers in ((1,), (9,)):
        with pytest.raises(ValidationError):
            say(reserved, *numbers)
    for nothing in (lambda: say(reserved), lambda: find(reserved, chair)):
        with pytest.raises(ValidationError):
            nothing()
    say(reserved, 2)
    find(reserved, chair, n1=True, n2=True)
    lift(reserved, chair)
    with pytest.raises(ValidationError):
        say(reserved, 1)


def test_a_paper_of_another_request_shows_nothing(reserved, establishments, holder):
    other = draft(holder, ["chu-rennes"], at=NOW)
    paper = other.attachments.first()
    with pytest.raises(ValidationError) as refused:
        reservations.answer(
            reserved.request, {1: Answer("Fait.", paper)}, by=reserved.holder, at=reserved.now
        )
    assert set(refused.value.message_dict) == {"paper_1"}


def test_the_holder_is_told_the_date_of_the_reservations_and_not_of_an_agreement(reserved):
    expected = mine(reserved.holder, reserved.now).expected
    told = [each for each in expected if each.what == "répondre aux réserves du comité"]
    running = {d.subject: d.due_at for d in reserved.request.case.deadlines.running()}
    assert [each.until for each in told] == [running.pop("state:preparation")]
    assert min(running.values()) < told[0].until


def test_my_work_says_what_is_left_to_the_checker_and_to_the_holder(reserved, chair):
    def expected():
        return [each.what for each in mine(reserved.holder, reserved.now).expected]

    assert "répondre aux réserves du comité" in expected()
    assert not work_of(reserved, chair) & {"reserves", "lift_reservations"}
    say(reserved, 1)
    assert work_of(reserved, chair) == {"reserves"}
    say(reserved, 2)
    assert "répondre aux réserves du comité" not in expected()
    find(reserved, chair, n1=True, n2=True)
    assert work_of(reserved, chair) == {"lift_reservations"}


def test_another_opinion_has_reservations_of_its_own(reserved, chair):
    say(reserved, 1)
    network.next_session(network.seat_committee(at=reserved.now), reserved.now)
    reserved.take(
        "return_to_committee",
        reserved.staff("case_officer"),
        track=reserved.case.tracks.get(kind="opinion"),
        reason="Le protocole a changé.",
    )
    assert reservations.waiting_track(reserved.case) is None
    reserved.give_opinion("reserved", details={"reservations": "Une seule."})
    assert [(row.number, row.state, row.text) for row in rows(reserved)] == [
        (1, "open", "Une seule.")
    ]


def handle(kind: str) -> None:
    HANDLERS[kind].function(Outgoing.objects.filter(kind=kind).order_by("-id").first().payload)


def notices(kind: str) -> list[dict]:
    found = Outgoing.objects.filter(kind="notice").order_by("id")
    return [m.payload for m in found if m.payload["key"] == kind]


def test_answers_are_told_to_who_checks_and_findings_to_the_holder(reserved, chair):
    say(reserved, 1, 2, text="Page 4 du protocole.")
    handle("reservations_answered")
    asked = notices("reservations_answered")
    assert chair.pk in {n["person"] for n in asked}
    assert all(n["asked"] and n["address"].endswith("/reserves") for n in asked)
    assert "Page 4 du protocole." in words_of([asked[0]["cause"]])[asked[0]["cause"]].text
    find(reserved, chair, n1=True, n2=False)
    handle("reservations_checked")
    (told,) = notices("reservations_checked")
    assert told["person"] == reserved.holder.pk
    assert told["asked"] and told["values"]["refused"] == 1 and told["values"]["left"] == 1
    assert "2. Relu avec soin." in words_of([told["cause"]])[told["cause"]].text
