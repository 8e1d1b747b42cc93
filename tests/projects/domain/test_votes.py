"""Votes in session: one voice each until the vote closes, members from afar, secret ballots."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from governance.domain import committees
from governance.domain.committees import SessionRefusal
from governance.models import SecretBallot, SecretVoter, Vote
from governance.process.refusals import BadDetails, StepRefused
from projects.demonstration import network
from projects.domain import opinions
from projects.queries.agenda import Point

REASONS = "Question, méthode, puissance et faisabilité examinées en séance avec soin."


@pytest.fixture
def item(walk):
    """An item of a session that opens now."""
    walk.until("committee")
    item = walk.case.items.select_related("session__body", "case__request").get()
    walk.now = item.session.starts_at
    return item


@pytest.fixture
def members(item):
    return list(item.session.body.mandates.select_related("person").order_by("pk"))


@pytest.fixture
def chair(members):
    return next(m.person for m in members if m.chair)


@pytest.fixture
def session(walk, item, members, chair):
    """What opens the session with everybody there, declared, and the findings written."""

    def opened(**rules):
        for name, value in rules.items():
            setattr(item.session.body, name, value)
        item.session.body.save()
        committees.open_session(item.session, at=walk.now)
        item.refresh_from_db()
        for mandate in members:
            committees.attend(item.session, mandate, at=walk.now)
            committees.declare_interest(item, mandate, "none", at=walk.now)
        for clause in ("U-15", "U-16"):
            committees.record_finding(item, clause, "sound", REASONS, by=chair, at=walk.now)
        return item.session

    return opened


def refused(act) -> str:
    """The code under which `act` is refused."""
    with pytest.raises(SessionRefusal) as refusal, transaction.atomic():
        act()
    return refusal.value.code


def test_a_closed_vote_takes_no_voice_and_changes_none(session, item, members, chair, walk):
    session()
    assert refused(lambda: committees.close_vote(item, by=chair, at=walk.now)) == "no_vote"
    for mandate in members[:5]:
        committees.vote(item, mandate, "favourable", at=walk.now)
    committees.vote(item, members[0], "reserved", at=walk.now)
    with pytest.raises(PermissionDenied):
        committees.close_vote(item, by=members[3].person, at=walk.now)
    committees.close_vote(item, by=chair, at=walk.now)
    committees.close_vote(item, by=chair, at=walk.now + timedelta(minutes=5))
    assert item.vote_closed_at == walk.now
    for mandate in (members[0], members[6]):
        again = refused(lambda m=mandate: committees.vote(item, m, "unfavourable", at=walk.now))
        assert again == "vote_closed"
    assert dict(committees.tally(item)) == {"favourable": 4, "reserved": 1}
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.filter(item=item).update(choice="unfavourable")
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.filter(item=item).delete()
    opinions.sign(item, "favourable", by=chair, at=walk.now)
    item.refresh_from_db()
    assert item.vote_closed_at == walk.now
    with pytest.raises(DatabaseError), transaction.atomic():
        type(item).objects.filter(pk=item.pk).update(vote_closed_at=None)


def test_only_a_member_seated_that_day_votes_and_for_a_choice_there_is(
    session, item, members, walk
):
    session()
    stranger = network.hire("committee_member", None, at=walk.now)
    nobody = committees.mandate_of(item.session, stranger)
    assert refused(lambda: committees.vote(item, nobody, "favourable", at=walk.now)) == "no_mandate"
    over = members[2]
    over.until = item.session.starts_at.date() - timedelta(days=1)
    assert refused(lambda: committees.vote(item, over, "favourable", at=walk.now)) == "no_mandate"
    assert (
        refused(lambda: committees.vote(item, members[1], "perhaps", at=walk.now))
        == "unknown_answer"
    )
    assert not item.votes.exists()


def test_without_its_quorum_a_vote_is_not_closed(session, item, members, chair, walk):
    meeting = session()
    for mandate in members:
        committees.vote(item, mandate, "favourable", at=walk.now)
    for mandate in [m for m in members if not m.chair][:5]:
        committees.leave_session(meeting.attendances.get(mandate=mandate), at=walk.now)
    assert refused(lambda: committees.close_vote(item, by=chair, at=walk.now)) == "no_quorum"
    item.refresh_from_db()
    assert item.vote_closed_at is None


def test_members_from_afar_count_and_vote_where_the_rules_say_so(session, item, members, walk):
    meeting = session()
    for mandate in members:
        committees.attend(meeting, mandate, remote=True, at=walk.now)
    assert committees.presence_at(item).present == len(members)
    committees.vote(item, members[0], "favourable", at=walk.now)
    item.session.body.remote_counts = False
    item.session.body.save()
    room = committees.presence_at(item)
    assert (room.present, len(room.apart), room.patients) == (0, len(members), False)
    assert (
        refused(lambda: committees.vote(item, members[1], "favourable", at=walk.now))
        == "remote_not_counted"
    )


def test_a_secret_vote_says_who_voted_and_never_what(session, item, members, chair, walk):
    session(secret_votes=True)
    assert item.secret
    for mandate, choice in zip(members, ["favourable"] * 5 + ["unfavourable"] * 3, strict=True):
        committees.vote(item, mandate, choice, at=walk.now)
    assert not Vote.objects.exists()
    assert committees.voters(item) == {m.person_id for m in members}
    assert {f.name for f in SecretBallot._meta.get_fields()} == {"id", "item", "choice"}
    assert committees.tally(item) == {} and committees.outcomes_open(item) == ()
    with pytest.raises(BadDetails):
        opinions.sign(item, "favourable", by=chair, at=walk.now)
    assert (
        refused(lambda: committees.vote(item, members[0], "deferred", at=walk.now)) == "ballot_cast"
    )
    assert (
        refused(lambda: committees.make_secret(item, secret=False, by=chair, at=walk.now))
        == "vote_begun"
    )
    assert not {SecretBallot, SecretVoter, Vote} & set(admin.site._registry)
    committees.close_vote(item, by=chair, at=walk.now)
    assert dict(committees.tally(item)) == {"favourable": 5, "unfavourable": 3}
    point = Point(item, members[1].person, walk.now)
    assert point.votes == [] and point.my_vote is None
    assert {row["said"] for row in point.voices_by_member()} == {"a voté"}
    assert opinions.sign(item, "favourable", by=chair, at=walk.now).to_state == "preparation"


def test_each_ballot_writes_the_whole_box_anew(session, item, members, walk):
    """Neither its key, nor the transaction that wrote it, says which ballot was the last."""
    session(secret_votes=True)
    committees.vote(item, members[0], "favourable", at=walk.now)
    before = set(SecretBallot.objects.values_list("pk", flat=True))
    committees.vote(item, members[1], "unfavourable", at=walk.now)
    assert not before & set(SecretBallot.objects.values_list("pk", flat=True))
    written = SecretBallot.objects.extra(select={"by": "xmin::text"}).values_list("by", flat=True)
    assert len(set(written)) == 1


def test_one_item_may_have_its_vote_secret_before_anybody_votes(
    session, item, members, chair, walk
):
    session()
    with pytest.raises(PermissionDenied):
        committees.make_secret(item, secret=True, by=members[2].person, at=walk.now)
    committees.make_secret(item, secret=True, by=chair, at=walk.now)
    committees.vote(item, members[0], "favourable", at=walk.now)
    assert SecretBallot.objects.filter(item=item).count() == 1


def test_where_every_vote_is_secret_none_is_made_open(session, item, chair, walk):
    session(secret_votes=True)
    assert (
        refused(lambda: committees.make_secret(item, secret=False, by=chair, at=walk.now))
        == "secret_by_rule"
    )


def test_an_interest_said_after_a_ballot_has_everybody_vote_again(session, item, members, walk):
    session(secret_votes=True)
    for mandate in members[:3]:
        committees.vote(item, mandate, "favourable", at=walk.now)
    committees.declare_interest(item, members[1], "funding", at=walk.now)
    assert not item.secret_voters.exists() and not item.secret_ballots.exists()
    committees.vote(item, members[0], "unfavourable", at=walk.now)
    assert refused(lambda: committees.vote(item, members[1], "favourable", at=walk.now)) == (
        "conflict"
    )


def test_an_interest_said_after_the_vote_closed_opens_it_again_for_the_others(
    session, item, members, chair, walk
):
    session()
    for mandate in members:
        committees.vote(item, mandate, "favourable", at=walk.now)
    committees.close_vote(item, by=chair, at=walk.now)
    committees.declare_interest(item, members[2], "service", at=walk.now)
    item.refresh_from_db()
    assert item.vote_closed_at is None and not item.votes.exists()


def test_a_seat_that_the_rules_ask_for_is_held_or_there_is_no_opinion(
    session, item, members, chair, walk
):
    meeting = session(required_seats=["patients", "law"])
    jurists = [m for m in members if m.seat == "law"]
    for mandate in members:
        committees.vote(item, mandate, "favourable", at=walk.now)
    for mandate in jurists:
        committees.leave_session(meeting.attendances.get(mandate=mandate), at=walk.now)
    room = committees.presence_at(item)
    assert room.patients and not room.short and room.missing_seats == ["law"]
    assert "Personne ne tient ici le siège : Droit." in Point(item, chair, walk.now).lacking()
    with pytest.raises(StepRefused) as answer:
        opinions.sign(item, "favourable", by=chair, at=walk.now)
    assert [v.key for v in answer.value.verdicts] == ["seats_missing"]
    for mandate in jurists:
        committees.attend(meeting, mandate, at=walk.now)
    assert opinions.sign(item, "favourable", by=chair, at=walk.now)


def test_the_database_has_no_committee_without_its_patients(item):
    with pytest.raises(DatabaseError), transaction.atomic():
        type(item.session.body).objects.update(required_seats=["law"])
