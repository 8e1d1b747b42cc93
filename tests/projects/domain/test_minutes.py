"""The minutes of a session: drawn from its rows, completed, approved by another, then for ever."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from governance.domain import committees, files
from governance.domain import minutes as domain
from governance.domain.committees import SessionRefusal
from governance.domain.minutes import MinutesRefusal, is_as_attested
from governance.models import Leaf, Message, Minutes, MinutesPaper
from projects.demonstration import network
from projects.documents.minutes import make
from projects.domain import opinions
from projects.notices.minutes import tell_of_minutes
from projects.queries.minutes import barred_from, told
from projects.queries.session_account import account_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REASONS = "Question, méthode, puissance et faisabilité examinées en séance avec soin."


@pytest.fixture
def item(walk):
    walk.until("committee")
    return walk.case.items.select_related("session__body").get()


@pytest.fixture
def session(item):
    return item.session


@pytest.fixture
def seats(item):
    return list(item.session.body.mandates.select_related("person").order_by("pk"))


@pytest.fixture
def chair(seats):
    return next(seat.person for seat in seats if seat.chair)


@pytest.fixture
def secretary(walk):
    return network.hire("committee_secretary", None, at=walk.now)


@pytest.fixture
def held(walk, item, session, seats, chair):
    """A session of eight: one absent, one in conflict, one gone before the end; six vote."""
    at = walk.now = session.starts_at
    committees.open_session(session, at=at)
    session.refresh_from_db()
    for seat in seats[:-1]:
        committees.attend(session, seat, at=at)
        committees.declare_interest(item, seat, "service" if seat == seats[-2] else "none", at=at)
    for clause in ("U-15", "U-16"):
        committees.record_finding(item, clause, "sound", REASONS, by=seats[0].person, at=at)
    for seat in seats[:6]:
        committees.vote(item, seat, "unfavourable" if seat == seats[5] else "reserved", at=at)
    opinions.sign(
        item,
        "reserved",
        reservations="Préciser les exclusions.\nRevoir la puissance.",
        by=chair,
        at=at + 30 * MINUTE,
    )
    committees.leave_session(session.attendances.get(mandate=seats[2]), at=at + 45 * MINUTE)
    committees.close_session(session, at=at + HOUR)
    session.refresh_from_db()
    walk.now = at + 2 * HOUR
    return session


@pytest.fixture
def submitted(held, walk, secretary):
    return domain.submit(held, account_of(held), by=secretary, at=walk.now)


@pytest.fixture
def approved(submitted, walk, chair):
    domain.approve(submitted, by=chair, at=walk.now)
    return submitted


def paper_of(minutes) -> MinutesPaper:
    make({"minutes": minutes.pk})
    return MinutesPaper.objects.get(minutes=minutes)


def text_of(paper) -> str:
    pages = PdfReader(io.BytesIO(files.read(paper.file))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_account_is_what_happened(held, seats, item, walk):
    said = told(Minutes(session=held, version=1), walk.now)
    assert len(said.present) == 7
    assert [each.name for each in said.absent] == [str(seats[-1].person)]
    (gone,) = [each for each in said.present if each.came[0][1] is not None]
    assert gone.name == str(seats[2].person)
    (point,) = said.points
    assert (point.number, point.outcome) == (
        walk.case.number,
        "Avis favorable avec réserves",
    )
    assert point.out == [(str(seats[-2].person), "C'est mon service")]
    assert sorted(point.counted) == sorted(str(seat.person) for seat in seats[:6])
    assert point.tally == [("Favorable avec réserves", 5), ("Défavorable", 1)]
    assert point.reservations == ["Préciser les exclusions.", "Revoir la puissance."]
    assert [f["reasons"] for f in point.findings] == [REASONS, REASONS]


def test_a_member_who_leaves_and_comes_back_is_told_so_and_not_counted_in_between(
    walk, item, session, seats, chair
):
    at = walk.now = session.starts_at
    committees.open_session(session, at=at)
    session.refresh_from_db()
    for seat in seats:
        committees.attend(session, seat, at=at)
        committees.declare_interest(item, seat, "none", at=at)
    gone = seats[2]
    committees.leave_session(session.attendances.get(mandate=gone), at=at + 10 * MINUTE)
    committees.leave_session(session.attendances.get(mandate=gone), at=at + 15 * MINUTE)
    with pytest.raises(SessionRefusal, match="absent"):
        committees.vote(item, gone, "favourable", at=at + 20 * MINUTE)
    for clause in ("U-15", "U-16"):
        committees.record_finding(item, clause, "sound", REASONS, by=seats[0].person, at=at)
    for seat in seats:
        if seat != gone:
            committees.vote(item, seat, "favourable", at=at + 20 * MINUTE)
    committees.close_vote(item, by=chair, at=at + 25 * MINUTE)
    committees.attend(session, gone, remote=True, at=at + 30 * MINUTE)
    committees.attend(session, gone, remote=True, at=at + 35 * MINUTE)
    opinions.sign(item, "favourable", by=chair, at=at + 40 * MINUTE)
    committees.close_session(session, at=at + HOUR)
    session.refresh_from_db()
    said = told(Minutes(session=session, version=1), at + HOUR)
    (back,) = [each for each in said.present if each.name == str(gone.person)]
    assert back.came == [(at, at + 10 * MINUTE), (at + 30 * MINUTE, None)]
    (point,) = said.points
    assert str(gone.person) not in point.counted and len(point.counted) == len(seats) - 1


def test_an_open_vote_is_told_voice_by_voice(held, seats):
    (point,) = account_of(held)["items"]
    assert point["tally"] == {"reserved": 5, "unfavourable": 1}
    assert {"mandate": seats[5].pk, "choice": "unfavourable"} in point["voices"]


def test_a_secret_vote_is_told_as_a_count_and_nothing_else(walk, item, session, seats, secretary):
    at = session.starts_at
    committees.open_session(session, at=at)
    session.refresh_from_db()
    committees.make_secret(item, secret=True, by=secretary, at=at)
    for seat in seats[:4]:
        committees.attend(session, seat, at=at)
        committees.declare_interest(item, seat, "none", at=at)
        committees.vote(item, seat, "favourable", at=at)
    assert account_of(session)["items"][0]["tally"] == {}
    patients = next(seat for seat in seats if seat.seat == "patients")
    committees.attend(session, patients, at=at)
    committees.declare_interest(item, patients, "none", at=at)
    item.refresh_from_db()
    committees.close_vote(item, by=secretary, at=at)
    (point,) = account_of(session)["items"]
    assert (point["secret"], point["tally"]) == (True, {"favourable": 4})
    assert "voices" not in point


def test_an_account_takes_a_constant_number_of_queries(held, django_assert_num_queries):
    with django_assert_num_queries(11):
        account_of(held)


def test_an_item_without_an_opinion_is_said_put_off(walk, item, session):
    committees.open_session(session, at=session.starts_at)
    session.refresh_from_db()
    committees.close_session(session, at=session.starts_at + HOUR)
    session.refresh_from_db()
    said = told(Minutes(session=session, version=1), session.starts_at + HOUR)
    assert said.points[0].outcome == "Pas d'avis rendu : le point est reporté"
    assert said.present == []


def test_no_minutes_while_the_session_lasts(session, secretary, walk):
    with pytest.raises(MinutesRefusal, match="not_closed"):
        domain.submit(session, account_of(session), by=secretary, at=walk.now)
    assert not Minutes.objects.exists()


def test_only_the_secretary_writes_and_submits(held, chair, walk):
    with pytest.raises(PermissionDenied):
        domain.write_remarks(held, {"general": "Moi"}, by=chair, at=walk.now)
    with pytest.raises(PermissionDenied):
        domain.submit(held, account_of(held), by=chair, at=walk.now)


def test_remarks_are_on_the_session_and_its_items_and_nothing_else(held, item, secretary, walk):
    domain.write_remarks(
        held,
        {"general": " Calme. ", str(item.pk): "Débat long."},
        by=secretary,
        at=walk.now,
    )
    assert domain.latest(held).remarks == {"general": "Calme.", str(item.pk): "Débat long."}
    for wrong in ({"999999": "Ailleurs"}, {"general": "x" * 5001}):
        with pytest.raises(ValidationError):
            domain.write_remarks(held, wrong, by=secretary, at=walk.now)


def test_what_is_submitted_is_frozen(submitted, held, secretary, walk, item):
    walk.request.plain_title = "Un autre titre"
    walk.request.save()
    submitted.refresh_from_db()
    assert told(submitted, walk.now).points[0].title != "Un autre titre"
    with pytest.raises(MinutesRefusal, match="submitted"):
        domain.write_remarks(held, {"general": "Trop tard"}, by=secretary, at=walk.now)


def test_the_chair_sends_back_and_the_secretary_submits_again(submitted, chair, secretary, walk):
    with pytest.raises(ValidationError):
        domain.send_back(submitted, " ", by=chair, at=walk.now)
    domain.send_back(submitted, "Nommer l'invité.", by=chair, at=walk.now)
    submitted.refresh_from_db()
    assert (submitted.state, submitted.returned, submitted.account) == (
        "draft",
        "Nommer l'invité.",
        {},
    )
    again = domain.submit(
        submitted.session, account_of(submitted.session), by=secretary, at=walk.now + HOUR
    )
    assert (again.pk, again.version, again.returned) == (submitted.pk, 1, "")


def test_the_one_who_submitted_does_not_approve(held, chair, walk):
    network.grant_role(
        person=chair,
        role="committee_secretary",
        establishment=None,
        since=walk.now - HOUR,
        by=None,
        at=walk.now - HOUR,
    )
    mine = domain.submit(held, account_of(held), by=chair, at=walk.now)
    with pytest.raises(MinutesRefusal, match="own"):
        domain.approve(mine, by=chair, at=walk.now)


def test_a_member_does_not_approve(submitted, seats, walk):
    member = next(seat.person for seat in seats if not seat.chair)
    with pytest.raises(PermissionDenied):
        domain.approve(submitted, by=member, at=walk.now)


def test_the_next_session_approves_when_it_has_its_quorum(submitted, held, seats, secretary, walk):
    following = committees.call_session(
        held.body,
        starts_at=walk.now + timedelta(days=20),
        closes_for_deposit_at=walk.now + timedelta(days=10),
        place="",
        by=secretary,
        at=walk.now,
    )
    for session in (held, following):
        with pytest.raises(MinutesRefusal, match="no_such_session"):
            domain.approve(submitted, by=secretary, at=walk.now, session=session)
    at = following.starts_at
    committees.open_session(following, at=at)
    following.refresh_from_db()
    for seat in seats[:3]:
        committees.attend(following, seat, at=at)
    with pytest.raises(MinutesRefusal, match="no_such_session"):
        domain.approve(submitted, by=secretary, at=at, session=following)
    committees.attend(following, seats[3], at=at)
    domain.approve(submitted, by=secretary, at=at, session=following)
    assert (submitted.state, submitted.approved_in) == ("approved", following)


def test_approved_minutes_never_change(approved):
    for change in (
        lambda: Minutes.objects.filter(pk=approved.pk).update(remarks={"general": "Récrit"}),
        lambda: Minutes.objects.filter(pk=approved.pk).update(state="draft"),
        lambda: Minutes.objects.filter(pk=approved.pk).delete(),
        lambda: MinutesPaper.objects.filter(pk=paper_of(approved).pk).update(leaf_index=0),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_what_is_approved_is_what_was_submitted(submitted, walk, chair):
    with pytest.raises(DatabaseError), transaction.atomic():
        Minutes.objects.filter(pk=submitted.pk).update(
            state="approved", approved_at=walk.now, approved_by=chair, remarks={"general": "Autre"}
        )


def test_the_paper_is_tagged_french_and_attested(approved, seats):
    paper = paper_of(approved)
    assert paper_of(approved) == paper
    assert is_as_attested(paper)
    reader = PdfReader(io.BytesIO(files.read(paper.file)))
    root = reader.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "fr"
    said = text_of(paper)
    for part in ("Compte rendu de séance", str(seats[0].person), "Préciser les exclusions."):
        assert part.replace(" ", "") in said.replace(" ", "")
    leaf = bytes(Leaf.objects.get(pk=paper.leaf_index).bytes).decode()
    assert '"kind":"minutes"' in leaf
    assert str(seats[0].person) not in leaf
    decision = approved.session.items.get().decision
    assert f'"opinions":[{decision.attestation.leaf_index}]' in leaf


def test_a_correction_is_a_new_version_with_its_reason(approved, held, secretary, chair, walk):
    first = paper_of(approved)
    with pytest.raises(ValidationError):
        domain.correct(held, "", by=secretary, at=walk.now)
    second = domain.correct(held, "Un invité oublié.", by=secretary, at=walk.now)
    with pytest.raises(MinutesRefusal, match="not_approved"):
        domain.correct(held, "Encore.", by=secretary, at=walk.now)
    domain.submit(held, account_of(held), by=secretary, at=walk.now)
    second.refresh_from_db()
    domain.approve(second, by=chair, at=walk.now)
    paper = paper_of(second)
    assert (
        f'"corrects":{first.leaf_index}'
        in bytes(Leaf.objects.get(pk=paper.leaf_index).bytes).decode()
    )
    assert "Un invité oublié." in text_of(paper)
    assert paper.file.name.endswith("-v2.pdf")


def test_an_erased_motive_is_told_no_more(approved, held, walk):
    reason = held.items.get().decision.reason
    type(reason).objects.filter(pk=reason.pk).update(text="", details={}, erased_at=walk.now)
    assert told(approved, walk.now).points[0].reservations == []


def test_who_left_for_an_item_is_not_told_its_votes(approved, held, seats, walk, item):
    barred = barred_from(held, seats[-2].person)
    assert barred == {item.pk}
    assert told(approved, walk.now, barred).points[0].tally == []
    assert barred_from(held, walk.holder) == {item.pk}
    assert barred_from(held, seats[0].person) == set()


def test_the_chair_is_told_and_then_the_members(approved, chair, secretary, seats):
    for message in list(Message.objects.filter(kind="minutes")):
        tell_of_minutes(message.payload)
    told_of = {"submitted": set(), "approved": set()}
    for notice in Message.objects.filter(kind="notice", payload__key="minutes"):
        told_of[notice.payload["values"]["what"]].add(notice.payload["person"])
    assert told_of["submitted"] == {chair.pk}
    assert told_of["approved"] == {seat.person_id for seat in seats} - {chair.pk}
