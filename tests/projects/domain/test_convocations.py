"""Members are called once, again when the session moves; papers and calendars are theirs alone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from icalendar import Calendar

from governance.domain import committees, convocations, session_documents, session_feeds
from governance.domain.committees import SessionRefusal
from governance.models import Message, SessionFeed, StoredFile
from portal.notices.delivery import keep
from portal.notices.delivery import mail as send_mail
from portal.notices.models import Notice
from projects.demonstration import network
from projects.documents.session_calendar import feed_of
from projects.notices.convocations import tell_of_convocation
from projects.notices.standing import no_longer
from projects.queries.agenda import hand_of
from projects.queries.convocations import calling_of, documents_for

DAY = timedelta(days=1)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def item(walk):
    walk.until("committee")
    return walk.case.items.select_related("session__body").get()


@pytest.fixture
def session(item):
    return item.session


@pytest.fixture
def seats(session):
    return list(session.body.mandates.select_related("person").order_by("pk"))


@pytest.fixture
def secretary(walk):
    return network.hire("committee_secretary", None, at=walk.now)


def move(session, secretary, at, *, days=7, place="Salle 2", **said):
    return convocations.move_session(
        session,
        starts_at=session.starts_at + days * DAY,
        closes_for_deposit_at=session.closes_for_deposit_at,
        place=place,
        by=secretary,
        at=at,
        **said,
    )


def paper(session, secretary, at, *, item=None, content=PDF):
    upload = SimpleUploadedFile("note.pdf", content)
    return session_documents.add_document(
        session, upload, title="Note", item=item, by=secretary, at=at
    )


def test_nobody_is_called_before_the_day_then_each_once(session, seats, walk):
    at = session.starts_at - convocations.CALLED_BEFORE
    assert convocations.call_due(at=at - DAY) == 0
    assert convocations.call_due(at=at) == len(seats)
    assert convocations.call_due(at=at + DAY) == 0
    assert Message.objects.filter(kind="convocation").count() == len(seats)


def test_a_member_named_since_is_called_the_next_night(session, seats, walk):
    at = session.starts_at - 10 * DAY
    convocations.call_due(at=at)
    newcomer = network.hire("committee_member", None, at=at)
    session.body.mandates.create(person=newcomer, seat="law", since=at.date())
    assert convocations.call_due(at=at + DAY) == 1


def test_a_session_that_moves_calls_again_and_asks_anew(session, seats, secretary, walk):
    at = walk.now
    convocations.call_now(session, by=secretary, at=at)
    first = session.convocations.get(mandate=seats[0])
    convocations.answer(first, "in_person", by=seats[0].person, at=at)
    move(session, secretary, at)
    first.refresh_from_db()
    assert (session.moves, first.told, first.answer) == (1, 1, "")
    assert Message.objects.filter(kind="convocation").count() == 2 * len(seats)
    move(session, secretary, at, days=0)
    assert session.moves == 1


def test_a_session_moved_before_anybody_is_called_calls_nobody(session, secretary, walk):
    move(session, secretary, walk.now)
    assert not session.convocations.exists()


def test_a_move_into_the_past_or_once_open_is_refused(session, secretary, seats, walk):
    with pytest.raises(ValidationError):
        move(session, secretary, walk.now, days=-60)
    with pytest.raises(PermissionDenied):
        move(session, seats[1].person, walk.now)
    committees.open_session(session, at=session.starts_at)
    session.refresh_from_db()
    for act in (
        lambda: move(session, secretary, walk.now),
        lambda: convocations.call_now(session, by=secretary, at=walk.now),
    ):
        with pytest.raises(SessionRefusal, match="opened"):
            act()


def test_only_the_member_answers_and_until_it_opens(session, seats, secretary, walk):
    convocations.call_now(session, by=secretary, at=walk.now)
    mine = session.convocations.get(mandate=seats[0])
    with pytest.raises(SessionRefusal, match="no_mandate"):
        convocations.answer(mine, "excused", by=seats[1].person, at=walk.now)
    with pytest.raises(ValueError, match="peut-être"):
        convocations.answer(mine, "peut-être", by=seats[0].person, at=walk.now)
    convocations.answer(mine, "excused", by=seats[0].person, at=walk.now)
    committees.open_session(session, at=session.starts_at)
    mine.session.refresh_from_db()
    with pytest.raises(SessionRefusal, match="opened"):
        convocations.answer(mine, "in_person", by=seats[0].person, at=session.starts_at)


def test_the_quorum_is_forecast_from_the_answers(session, seats, secretary, walk):
    convocations.call_now(session, by=secretary, at=walk.now)
    patients = next(seat for seat in seats if seat.seat == "patients")
    others = [seat for seat in seats if seat != patients]

    def says(seat, what):
        mine = session.convocations.get(mandate=seat)
        convocations.answer(mine, what, by=seat.person, at=walk.now)

    for seat in others[:3]:
        says(seat, "in_person")
    says(others[3], "remote")
    says(others[4], "excused")
    ahead = convocations.forecast(session, seats)
    assert (len(ahead.coming), len(ahead.excused), ahead.short) == (4, 1, 0)
    assert ahead.seats_missing == ["patients"]
    says(patients, "in_person")
    assert convocations.forecast(session, seats).holds
    type(session.body).objects.update(remote_counts=False)
    session.body.refresh_from_db()
    assert len(convocations.forecast(session, seats).coming) == 4


def test_the_mail_says_when_where_what_and_carries_the_calendar(session, seats, secretary, walk):
    convocations.call_now(session, by=secretary, at=walk.now)
    message = Message.objects.filter(kind="convocation").first()
    tell_of_convocation(message.payload)
    (notice,) = Message.objects.filter(kind="notice", payload__key="convocation")
    notice.payload["at"] = notice.created_at.isoformat()
    keep(notice.payload)
    kept = Notice.objects.get(key="convocation")
    send_mail({"notice": kept.pk})
    (sent,) = mail.outbox
    assert "vous y êtes convoqué" in sent.subject
    assert walk.case.number in sent.body
    assert session.place in sent.body
    ((name, content, media_type),) = sent.attachments
    assert (name, media_type) == (f"seance-{session.pk}.ics", "text/calendar")
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event["dtstart"].dt == session.starts_at
    assert event["sequence"] == 0
    assert no_longer([kept]) == set()
    mine = session.convocations.get(mandate__person=kept.person)
    convocations.answer(mine, "remote", by=kept.person, at=walk.now)
    assert no_longer([kept]) == {kept.pk}


def test_a_convocation_told_after_the_session_moved_is_not(session, secretary, walk):
    convocations.call_now(session, by=secretary, at=walk.now)
    message = Message.objects.filter(kind="convocation").first()
    move(session, secretary, walk.now)
    tell_of_convocation(message.payload)
    assert not Message.objects.filter(kind="notice", payload__key="convocation").exists()


def test_papers_are_for_those_who_sit_and_not_for_who_leaves(session, item, seats, secretary, walk):
    whole, of_item = (
        paper(session, secretary, walk.now),
        paper(session, secretary, walk.now, item=item),
    )

    def given(person):
        return documents_for(session, person, hand_of(session, person, walk.now))

    assert given(seats[0].person) == [of_item, whole] or given(seats[0].person) == [whole, of_item]
    walk.case.conflicts.create(person=seats[1].person, ground="team", declared_at=walk.now)
    assert given(seats[1].person) == [whole]
    assert given(walk.staff("case_officer")) == []
    session_documents.withdraw_document(whole, by=secretary, at=walk.now)
    assert given(seats[1].person) == []
    assert StoredFile.objects.get(pk=whole.file_id).erased_at is not None


def test_papers_are_checked_and_the_secretarys_to_give(session, seats, secretary, walk):
    for content in (b"", b"MZ\x90\x00 pas un document"):
        with pytest.raises(ValidationError):
            paper(session, secretary, walk.now, content=content)
    with pytest.raises(PermissionDenied):
        paper(session, seats[0].person, walk.now)
    at = session.starts_at
    committees.open_session(session, at=at)
    session.refresh_from_db()
    committees.close_session(session, at=at + DAY)
    session.refresh_from_db()
    with pytest.raises(SessionRefusal, match="closed"):
        paper(session, secretary, at + DAY)
    assert not session.documents.exists()


def test_an_item_taken_off_the_agenda_takes_its_papers(session, item, secretary, walk):
    given = paper(session, secretary, walk.now, item=item)
    committees.remove_item(item, by=secretary, at=walk.now)
    assert not session.documents.exists()
    assert StoredFile.objects.get(pk=given.file_id).erased_at is not None


def hold(session, at):
    """The session opens and closes with nothing dealt with."""
    committees.open_session(session, at=at)
    session.refresh_from_db()
    return committees.close_session(session, at=at + DAY / 8)


def titles(item) -> list[str]:
    return [d.title for d in item.documents.filter(withdrawn_at=None)]


def test_papers_follow_an_item_that_is_put_off(session, item, secretary, walk):
    kept, withdrawn = (paper(session, secretary, walk.now, item=item) for _ in range(2))
    session_documents.withdraw_document(withdrawn, by=secretary, at=walk.now)
    paper(session, secretary, walk.now)
    later = network.next_session(session.body, session.starts_at + DAY)
    (again,) = hold(session, session.starts_at)
    assert again.session == later and titles(again) == ["Note"]
    copy = again.documents.get()
    assert copy.file_id == kept.file_id
    session_documents.withdraw_document(copy, by=secretary, at=later.starts_at - DAY)
    assert StoredFile.objects.get(pk=kept.file_id).erased_at is None
    assert titles(item) == ["Note"]


def test_papers_follow_to_a_session_called_long_after(session, item, secretary, walk):
    paper(session, secretary, walk.now, item=item)
    assert hold(session, session.starts_at) == []
    at = session.closed_at + DAY
    later = committees.call_session(
        session.body,
        starts_at=at + 30 * DAY,
        closes_for_deposit_at=at + 20 * DAY,
        place="Salle 1",
        by=secretary,
        at=at,
    )
    (again,) = later.items.all()
    assert titles(again) == ["Note"]
    committees.remove_item(again, by=secretary, at=at)
    assert titles(item) == ["Note"]
    assert StoredFile.objects.get(session_documents__item=item).erased_at is None


def test_the_papers_of_an_opinion_given_do_not_come_back(session, item, secretary, walk):
    paper(session, secretary, walk.now, item=item)
    walk.give_opinion()
    committees.close_session(item.session, at=walk.now)
    network.next_session(session.body, walk.now)
    walk.take(
        "return_to_committee",
        walk.staff("case_officer"),
        track=walk.case.tracks.get(kind="opinion"),
        reason="Le protocole a changé.",
    )
    assert titles(committees.item_before(walk.case)) == []


def test_a_calendar_is_read_by_its_secret_which_is_kept_nowhere(session, seats, walk):
    member = seats[0].person
    secret = session_feeds.make_feed(member, at=walk.now)
    assert secret not in SessionFeed.objects.get().secret_sha256
    assert session_feeds.reader_of(secret) == member
    assert list(session_feeds.sessions_of(member, at=walk.now)) == [session]
    second = session_feeds.make_feed(member, at=walk.now)
    assert session_feeds.reader_of(secret) is None
    session_feeds.take_back(member)
    assert session_feeds.reader_of(second) is None


def test_a_calendar_holds_the_sessions_of_ones_seats_and_of_what_one_keeps(
    session, seats, secretary, walk
):
    assert list(session_feeds.sessions_of(secretary, at=walk.now)) == [session]
    assert list(session_feeds.sessions_of(walk.staff("case_officer"), at=walk.now)) == []
    assert not session_feeds.follows(walk.holder, at=walk.now)
    type(seats[0]).objects.filter(pk=seats[0].pk).update(
        until=session.starts_at.date() - DAY, since=session.starts_at.date() - 50 * DAY
    )
    assert list(session_feeds.sessions_of(seats[0].person, at=walk.now)) == []


def test_the_calendar_names_no_dossier_and_says_that_a_session_moved(
    session, item, secretary, walk
):
    move(session, secretary, walk.now)
    content = feed_of([session], lambda each: "https://guichet.example/seances/1", walk.now)
    assert walk.case.number.encode() not in content
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert event["sequence"] == 1
    assert calendar["version"] == "2.0"
    assert all(name in event for name in ("uid", "dtstamp", "dtstart", "dtend"))


def test_a_sessions_preparation_takes_a_constant_number_of_queries(
    session, seats, secretary, walk, django_assert_max_num_queries
):
    convocations.call_now(session, by=secretary, at=walk.now)
    hand = hand_of(session, seats[0].person, walk.now)
    with django_assert_max_num_queries(4):
        calling_of(session, seats[0].person, hand, seats, at=walk.now)
