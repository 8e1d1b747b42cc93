"""The committee: agendas, presence, interests, votes, the opinion that comes out of them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from governance.domain import committees
from governance.domain.committees import SessionRefusal
from governance.models import Item
from governance.process.refusals import ArticleNeeded, BadDetails, ReasonNeeded, StepRefused
from projects.demonstration import network
from projects.domain import opinions
from projects.queries.agenda import Point

HOUR = timedelta(hours=1)
REASONS = "Question, méthode, puissance et faisabilité examinées en séance avec soin."


@pytest.fixture
def before(walk):
    """A request on the agenda of a session of eight members, not open yet."""
    walk.until("committee")
    return walk


@pytest.fixture
def item(before):
    return before.case.items.select_related("session__body").get()


@pytest.fixture
def secretary(before):
    return network.hire("committee_secretary", None, at=before.now)


@pytest.fixture
def members(item):
    return list(item.session.body.mandates.select_related("person").order_by("pk"))


@pytest.fixture
def held(before, item, members):
    """The session is open, everybody is there, has declared, and the findings are written."""
    before.now = item.session.starts_at
    committees.open_session(item.session, at=before.now)
    item.session.refresh_from_db()
    for mandate in members:
        committees.attend(item.session, mandate, at=before.now)
        committees.declare_interest(item, mandate, "none", at=before.now)
    for clause in committees_judge():
        committees.record_finding(
            item, clause, "sound", REASONS, by=members[0].person, at=before.now
        )
    return before


def committees_judge():
    return ("U-15", "U-16")


def chair_of(members):
    return next(m for m in members if m.chair)


def all_vote(item, members, *choices, at):
    for mandate, choice in zip(members, choices, strict=False):
        committees.vote(item, mandate, choice, at=at)


def sign(held, item, members, outcome, **said):
    return opinions.sign(item, outcome, by=chair_of(members).person, at=held.now + HOUR, **said)


def test_the_opinion_is_the_one_the_votes_give(held, item, members):
    all_vote(item, members, *["favourable"] * 5, *["unfavourable"] * 3, at=held.now)
    with pytest.raises(BadDetails):
        sign(held, item, members, "unfavourable", articles=("U-15",), reason="Non.")
    decision = sign(held, item, members, "favourable")
    item.refresh_from_db()
    assert item.decision == decision
    assert decision.to_state == "preparation"


def test_a_tie_gives_no_opinion_but_to_defer(held, item, members):
    all_vote(item, members, *["favourable"] * 4, *["unfavourable"] * 4, at=held.now)
    assert committees.outcomes_open(item) == ("deferred",)
    with pytest.raises(BadDetails):
        sign(held, item, members, "favourable")


def test_without_a_vote_there_is_no_opinion(held, item, members):
    assert committees.outcomes_open(item) == ()
    with pytest.raises(BadDetails):
        sign(held, item, members, "favourable")


def test_a_member_who_votes_twice_has_one_voice_the_last(held, item, members):
    committees.vote(item, members[0], "favourable", at=held.now)
    committees.vote(item, members[0], "reserved", at=held.now)
    assert dict(committees.tally(item)) == {"reserved": 1}


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda item, m, at: item.declarations.filter(mandate=m).delete(), "undeclared"),
        (lambda item, m, at: committees.declare_interest(item, m, "service", at=at), "conflict"),
        (
            lambda item, m, at: committees.leave_session(
                item.session.attendances.get(mandate=m), at=at
            ),
            "absent",
        ),
        (lambda item, m, at: committees.close_session(item.session, at=at), "closed"),
    ],
)
def test_who_may_not_vote_is_told_why(held, item, members, prepare, code):
    prepare(item, members[3], held.now)
    with pytest.raises(SessionRefusal) as refusal:
        committees.vote(item, members[3], "favourable", at=held.now)
    assert refusal.value.code == code


def test_an_interest_declared_after_the_vote_takes_the_vote_away(held, item, members):
    committees.vote(item, members[2], "favourable", at=held.now)
    committees.declare_interest(item, members[2], "co_signatory", at=held.now)
    assert not item.votes.exists()
    assert held.case.conflicts.get().person == members[2].person
    with pytest.raises(SessionRefusal, match="conflict"):
        committees.record_finding(item, "U-15", "sound", REASONS, by=members[2].person, at=held.now)


def test_the_quorum_is_that_of_the_item_not_of_the_session(held, item, members):
    all_vote(item, members, *["favourable"] * 8, at=held.now)
    chair = chair_of(members)
    for mandate in [m for m in members if m != chair][:5]:
        committees.declare_interest(item, mandate, "service", at=held.now)
    room = committees.presence_at(item)
    assert (room.present, room.required, room.short) == (3, 4, 1)
    with pytest.raises(StepRefused) as refused:
        sign(held, item, members, "favourable")
    assert "C-05" in [v.clause for v in refused.value.verdicts]


def test_no_opinion_without_a_representative_of_patients(held, item, members):
    all_vote(item, members, *["favourable"] * 8, at=held.now)
    patients = next(m for m in members if m.seat == "patients")
    committees.leave_session(item.session.attendances.get(mandate=patients), at=held.now)
    with pytest.raises(StepRefused) as refused:
        sign(held, item, members, "favourable")
    assert [v.key for v in refused.value.verdicts] == ["no_patient_representative"]


def test_after_the_opinion_nothing_of_the_item_moves(held, item, members):
    all_vote(item, members, *["favourable"] * 8, at=held.now)
    sign(held, item, members, "favourable")
    for act in (
        lambda: committees.vote(item, members[0], "unfavourable", at=held.now),
        lambda: committees.declare_interest(item, members[0], "team", at=held.now),
        lambda: committees.record_finding(
            item, "U-15", "unsound", REASONS, by=members[0].person, at=held.now
        ),
    ):
        with pytest.raises(SessionRefusal, match="decided"):
            act()


def test_an_unfavourable_opinion_cites_an_article_and_says_why(held, item, members):
    all_vote(item, members, *["unfavourable"] * 8, at=held.now)
    with pytest.raises(ArticleNeeded):
        sign(held, item, members, "unfavourable", reason="La puissance manque.")
    with pytest.raises(ReasonNeeded):
        sign(held, item, members, "unfavourable", articles=("U-15",))
    decision = sign(held, item, members, "unfavourable", articles=("U-15",), reason="Peu puissant.")
    assert decision.to_state == "committee"


def test_signing_twice_gives_the_same_opinion(held, item, members):
    all_vote(item, members, *["favourable"] * 8, at=held.now)
    assert sign(held, item, members, "favourable") == sign(held, item, members, "favourable")


def test_what_is_not_dealt_with_goes_on_the_next_agenda_with_its_rapporteur(held, item, secretary):
    following = committees.call_session(
        item.session.body,
        starts_at=held.now + timedelta(days=21),
        closes_for_deposit_at=held.now + timedelta(days=11),
        place="Salle 2",
        by=secretary,
        at=held.now,
    )
    committees.name_rapporteur(item, secretary, by=secretary, at=held.now)
    committees.close_session(item.session, at=held.now)
    again = following.items.get()
    assert (again.case, again.rapporteur) == (held.case, secretary)
    assert committees.item_before(held.case) == again


def test_a_deferred_opinion_goes_on_the_next_agenda(held, item, members, secretary):
    following = committees.call_session(
        item.session.body,
        starts_at=held.now + timedelta(days=21),
        closes_for_deposit_at=held.now + timedelta(days=11),
        place="",
        by=secretary,
        at=held.now,
    )
    all_vote(item, members, *["deferred"] * 8, at=held.now)
    sign(held, item, members, "deferred")
    assert [i.case for i in following.items.all()] == [held.case]


def test_nothing_is_decided_on_a_session_that_is_over(held, item, members):
    all_vote(item, members, *["favourable"] * 8, at=held.now)
    committees.close_session(item.session, at=held.now)
    assert committees.item_before(held.case) is None
    assert list(committees.waiting_before(item.session.body)) == [held.case]
    with pytest.raises(StepRefused):
        sign(held, item, members, "favourable")


def test_a_new_session_begins_with_all_that_waits(before, item, secretary):
    committees.remove_item(item, by=secretary, at=before.now)
    session = committees.call_session(
        item.session.body,
        starts_at=before.now + timedelta(days=60),
        closes_for_deposit_at=before.now + timedelta(days=50),
        place="",
        by=secretary,
        at=before.now,
    )
    assert [i.case for i in session.items.all()] == [before.case]


def test_an_agenda_changes_until_the_session_opens(before, item, secretary):
    with pytest.raises(SessionRefusal, match="too_early"):
        committees.open_session(item.session, at=before.now)
    committees.open_session(item.session, at=item.session.starts_at)
    for act in (
        lambda: committees.remove_item(item, by=secretary, at=before.now),
        lambda: committees.move_item(item, earlier=True, by=secretary, at=before.now),
        lambda: committees.add_item(item.session, before.case, by=secretary, at=before.now),
    ):
        with pytest.raises(SessionRefusal, match="opened"):
            act()
    assert Item.objects.count() == 1


def test_only_the_secretary_composes(before, item, members):
    for person in (members[1].person, before.holder, before.staff("case_officer")):
        with pytest.raises(PermissionDenied):
            committees.remove_item(item, by=person, at=before.now)


@pytest.mark.parametrize(("days", "closes"), [(-1, -2), (10, 11)])
def test_a_session_upside_down_is_refused(before, item, secretary, days, closes):
    with pytest.raises(ValidationError):
        committees.call_session(
            item.session.body,
            starts_at=before.now + timedelta(days=days),
            closes_for_deposit_at=before.now + timedelta(days=closes),
            place="",
            by=secretary,
            at=before.now,
        )


def test_the_chair_decides_alone_on_an_internal_study_and_nothing_else(internal):
    item = internal.case.items.get()
    members = list(item.session.body.mandates.select_related("person"))
    chair = chair_of(members)
    committees.mark_delegated(item, delegated=True, by=chair.person, at=internal.now)
    item.refresh_from_db()
    assert committees.outcomes_open(item) == ("favourable", "reserved")
    for clause in committees_judge():
        committees.record_finding(item, clause, "sound", REASONS, by=chair.person, at=internal.now)
    decision = sign(internal, item, members, "favourable")
    item.refresh_from_db()
    assert item.decision == decision
    assert item.session.opened_at is None


def test_the_voie_rapide_needs_its_route_and_its_delegation(before, item, members):
    chair = chair_of(members)
    committees.mark_delegated(item, delegated=True, by=chair.person, at=before.now)
    for clause in committees_judge():
        committees.record_finding(item, clause, "sound", REASONS, by=chair.person, at=before.now)
    with pytest.raises(StepRefused) as refused:
        sign(before, item, members, "favourable")
    assert [v.key for v in refused.value.verdicts] == ["route_not_delegated"]
    body = item.session.body
    body.chair_alone_since, body.chair_alone_until, body.chair_alone_act = None, None, ""
    body.save()
    item.refresh_from_db()
    with pytest.raises(SessionRefusal, match="no_standing_delegation"):
        committees.mark_delegated(item, delegated=True, by=chair.person, at=before.now)


def test_before_the_session_opens_nobody_is_said_to_be_absent(before, item, members):
    lacking = Point(item, members[0].person, before.now).lacking()
    assert lacking[0] == "La séance n'est pas ouverte."
    assert all(sentence.startswith("Il manque le constat") for sentence in lacking[1:])
