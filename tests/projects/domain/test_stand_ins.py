"""A seat's stand-in: called, counted and heard only when the titular does not sit."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from governance.charters.facts import today
from governance.domain import committees, convocations
from governance.domain.committees import SessionRefusal
from governance.models import Mandate, Message, Minutes
from projects.demonstration import network
from projects.queries.agenda import seat_words
from projects.queries.bodies import compositions
from projects.queries.minutes import told
from projects.queries.session_account import account_of
from tests.people import person

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def item(walk):
    walk.until("committee")
    return walk.case.items.select_related("session__body").get()


@pytest.fixture
def session(item):
    return item.session


@pytest.fixture
def titular(session):
    """Who holds the patients' seat."""
    return session.body.mandates.filter(seat="patients").select_related("person").first()


@pytest.fixture
def stand_in(session, titular):
    return Mandate.objects.create(
        body=session.body,
        person=person("committee_member"),
        seat=titular.seat,
        since=titular.since,
        stands_in_for=titular,
    )


@pytest.fixture
def opened(session, item, walk):
    """The session open, these members there and without interest."""

    def start(*mandates):
        walk.now = session.starts_at
        committees.open_session(session, at=walk.now)
        session.refresh_from_db()
        for mandate in mandates:
            committees.attend(session, mandate, at=walk.now)
            committees.declare_interest(item, mandate, "none", at=walk.now)
        return session

    return start


def refused(act) -> str:
    with pytest.raises(SessionRefusal) as refusal:
        act()
    return refusal.value.code


def test_beside_the_titular_a_stand_in_neither_counts_nor_votes(
    opened, item, titular, stand_in, walk
):
    opened(titular, stand_in)
    room = committees.presence_at(item)
    assert (room.staying, room.waiting, room.undeclared) == ([titular], [stand_in], [])
    assert (
        refused(lambda: committees.vote(item, stand_in, "favourable", at=walk.now))
        == "titular_sits"
    )


def test_a_stand_in_holds_the_seat_of_an_absent_titular(opened, item, titular, stand_in, walk):
    opened(stand_in)
    room = committees.presence_at(item)
    assert room.staying == [stand_in] and room.patients
    committees.vote(item, stand_in, "favourable", at=walk.now)
    committees.attend(item.session, titular, at=walk.now)
    committees.declare_interest(item, titular, "none", at=walk.now)
    assert committees.presence_at(item).staying == [titular]
    assert refused(lambda: committees.vote(item, titular, "deferred", at=walk.now)) == "seat_voted"


@pytest.mark.parametrize("secret", [False, True])
def test_a_seat_has_one_voice(opened, item, titular, stand_in, walk, secret):
    session = opened(titular, stand_in)
    item.secret = secret
    item.save(update_fields=["secret"])
    committees.vote(item, titular, "favourable", at=walk.now)
    committees.leave_session(session.attendances.get(mandate=titular), at=walk.now)
    assert committees.presence_at(item).staying == [stand_in]
    assert (
        refused(lambda: committees.vote(item, stand_in, "favourable", at=walk.now)) == "seat_voted"
    )


def test_a_stand_in_sits_for_the_item_that_the_titular_leaves(
    opened, session, item, titular, stand_in, walk
):
    opened()
    for mandate, ground in ((titular, "service"), (stand_in, "none")):
        committees.attend(session, mandate, at=walk.now)
        committees.declare_interest(item, mandate, ground, at=walk.now)
    room = committees.presence_at(item)
    assert (room.staying, room.out, room.waiting) == ([stand_in], [titular], [])
    committees.vote(item, stand_in, "favourable", at=walk.now)


def test_conflicts_are_each_persons_own(opened, session, item, titular, stand_in, walk):
    opened()
    committees.attend(session, stand_in, at=walk.now)
    committees.declare_interest(item, stand_in, "funding", at=walk.now)
    assert refused(lambda: committees.vote(item, stand_in, "favourable", at=walk.now)) == "conflict"
    committees.attend(session, titular, at=walk.now)
    committees.declare_interest(item, titular, "none", at=walk.now)
    assert committees.presence_at(item).staying == [titular]


def test_a_titular_from_afar_who_does_not_count_leaves_the_seat(
    opened, session, item, titular, stand_in, walk
):
    session.body.remote_counts = False
    session.body.save(update_fields=["remote_counts"])
    opened(stand_in)
    committees.attend(session, titular, remote=True, at=walk.now)
    item.refresh_from_db()
    room = committees.presence_at(item)
    assert (room.staying, room.apart) == ([stand_in], [titular])


def test_a_stand_in_is_called_when_the_titular_does_not_come(session, titular, stand_in, walk):
    at = session.starts_at - 5 * 24 * HOUR
    members = session.body.mandates.count()
    assert convocations.call_members(session, at=at) == members - 1
    assert not session.convocations.filter(mandate=stand_in).exists()
    mine = session.convocations.select_related("mandate", "session").get(mandate=titular)
    Message.objects.all().delete()
    convocations.answer(mine, "excused", by=titular.person, at=at)
    called = session.convocations.select_related("mandate", "session").get(mandate=stand_in)
    assert [m.payload["convocation"] for m in Message.objects.filter(kind="convocation")] == [
        called.pk
    ]
    convocations.answer(called, "in_person", by=stand_in.person, at=at)
    everybody = list(session.body.mandates.all())
    assert convocations.forecast(session, everybody).coming == [stand_in]
    convocations.answer(mine, "in_person", by=titular.person, at=at)
    assert convocations.forecast(session, everybody).coming == [titular]


def test_the_minutes_say_who_stood_in_and_await_no_other(
    opened, session, item, titular, stand_in, walk
):
    other = session.body.mandates.exclude(pk__in=[titular.pk, stand_in.pk]).first()
    unneeded = Mandate.objects.create(
        body=session.body,
        person=person(first_name="Rémi", last_name="Inutile"),
        seat=other.seat,
        since=other.since,
        stands_in_for=other,
    )
    opened(stand_in, other)
    committees.attend(session, titular, at=walk.now + 5 * MINUTE)
    committees.declare_interest(item, titular, "none", at=walk.now + 5 * MINUTE)
    committees.close_session(session, at=walk.now + HOUR)
    said = told(Minutes(session=session, version=1), walk.now + HOUR)
    (stood,) = [m for m in said.present if m.name == str(stand_in.person)]
    assert stood.seat == f"représentant des patients, suppléant de {titular.person}"
    assert str(unneeded.person) not in {m.name for m in said.members}
    (told_item,) = account_of(session)["items"]
    assert stand_in.pk not in told_item["counted"] and titular.pk in told_item["counted"]


def test_a_stand_in_is_named_to_the_seat_of_a_titular(session, titular, walk):
    administrator = network.hire("administrator", None, at=walk.now)
    other = session.body.mandates.exclude(seat=titular.seat).first()

    def name(**said):
        asked = {
            "person": person(),
            "seat": titular.seat,
            "since": today(walk.now),
            "act": "D-1",
            "stands_in_for": titular,
        } | said
        return committees.name_member(session.body, **asked, by=administrator, at=walk.now)

    for wrong, field in (
        ({"seat": other.seat}, "seat"),
        ({"chair": True, "since": today(walk.now)}, "chair"),
        ({"stands_in_for": Mandate(pk=0, body=session.body)}, "stands_in_for"),
    ):
        with pytest.raises(ValidationError) as refusal:
            name(**wrong)
        assert field in refusal.value.message_dict
    named = name()
    assert seat_words(named).endswith(f"suppléant de {titular.person}")
    for again in ({}, {"stands_in_for": named}):
        with pytest.raises(ValidationError) as refusal:
            name(**again)
        assert set(refusal.value.message_dict) == {"stands_in_for"}
    (shown,) = [c for c in compositions(walk.now) if c.body == session.body]
    assert [(n, m) for seat, n, m in shown.seats if seat == "Représentant des patients"][0][1] == 1


def test_the_database_refuses_a_stand_in_who_chairs(stand_in):
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.filter(pk=stand_in.pk).update(chair=True)
