"""Committees and juries: their rules as data, seats named and ended, juries beside committees."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from governance.charters.facts import today
from governance.domain import committees
from governance.models import AuditEvent, Body, Session
from governance.queries.committees import bodies_known_to
from governance.queries.people import has_role
from projects.demonstration import network
from tests.people import NOW, establishment, person

LATER = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def body(db):
    return Body.objects.create(slug="cse-reseau", name="Comité du réseau")


@pytest.fixture
def secretary(db):
    return person("committee_secretary")


@pytest.fixture
def administrator(db):
    return person("administrator")


def rules(**changed):
    return {
        "quorum": 5,
        "required_seats": ["law"],
        "remote_counts": False,
        "secret_votes": True,
        "act": "D-9",
    } | changed


def seat(**changed):
    return {"seat": "law", "since": today(NOW), "act": "N-1"} | changed


def test_the_rules_are_those_the_body_deliberated(body, secretary):
    committees.set_rules(body, **rules(), by=secretary, at=NOW)
    body.refresh_from_db()
    assert (body.quorum, body.remote_counts, body.secret_votes) == (5, False, True)
    assert body.required_seats == ["law", "patients"]
    event = AuditEvent.objects.get(action="body.rules_set")
    assert (event.subject_ref, event.details["seats"]) == ("cse-reseau", ["law", "patients"])


def test_a_quorum_that_the_seats_held_can_never_make_is_refused(body, secretary, administrator):
    names = ("science", "ethics", "patients")
    for each in names:
        committees.name_member(body, person=person(), **seat(seat=each), by=administrator, at=NOW)
    with pytest.raises(ValidationError) as refused:
        committees.set_rules(body, **rules(quorum=4), by=secretary, at=NOW)
    assert "3 sièges pourvus" in refused.value.message_dict["quorum"][0]
    committees.set_rules(body, **rules(quorum=3), by=secretary, at=NOW)
    body.refresh_from_db()
    assert body.quorum == 3


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"quorum": 1}, "quorum"),
        ({"quorum": 61}, "quorum"),
        ({"required_seats": ["marketing"]}, "required_seats"),
        ({"act": "  "}, "act"),
    ],
)
def test_rules_that_are_none_change_nothing(body, secretary, changed, field):
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        committees.set_rules(body, **rules(**changed), by=secretary, at=NOW)
    assert list(refused.value.error_dict) == [field]
    body.refresh_from_db()
    assert (body.quorum, body.required_seats) == (4, ["patients"])


def test_neither_rules_nor_seats_change_while_a_session_is_open(body, secretary, administrator):
    Session.objects.create(
        body=body, starts_at=NOW, closes_for_deposit_at=NOW - 9 * DAY, opened_at=NOW
    )
    for act in (
        lambda: committees.set_rules(body, **rules(), by=secretary, at=NOW),
        lambda: committees.name_member(body, person=person(), **seat(), by=administrator, at=NOW),
    ):
        with pytest.raises(ValidationError, match="séance est ouverte"), transaction.atomic():
            act()
    assert not body.mandates.exists()


@pytest.mark.parametrize(
    ("role", "sets", "names"),
    [
        ("committee_secretary", True, False),
        ("administrator", False, True),
        ("committee_chair", False, False),
        ("committee_member", False, False),
        ("case_officer", False, False),
        ("delegate", False, False),
        ("network_coordinator", False, False),
        ("researcher", False, False),
    ],
)
def test_who_sets_the_rules_and_who_names(body, role, sets, names):
    someone, member = person(role), person()
    acts = (
        (sets, lambda: committees.set_rules(body, **rules(), by=someone, at=NOW)),
        (names, lambda: committees.name_member(body, person=member, **seat(), by=someone, at=NOW)),
        (
            names,
            lambda: committees.found_body(
                kind="jury", name="Jury", establishment=None, call="Appel", by=someone, at=NOW
            ),
        ),
    )
    for allowed, act in acts:
        if allowed:
            act()
        else:
            with pytest.raises(PermissionDenied), transaction.atomic():
                act()


def test_a_local_administrator_names_in_their_own_committee_only(body):
    local = person(("administrator", "chu-rennes"))
    rennes = committees.found_body(
        kind="establishment",
        name="Comité de Rennes",
        establishment=establishment("chu-rennes"),
        by=local,
        at=NOW,
    )
    committees.name_member(rennes, person=person(), **seat(), by=local, at=NOW)
    with pytest.raises(PermissionDenied):
        committees.name_member(body, person=person(), **seat(), by=local, at=NOW)
    assert list(bodies_known_to(local, NOW)) == [rennes]
    again = {"kind": "establishment", "name": "Autre", "establishment": rennes.establishment}
    with pytest.raises(ValidationError):
        committees.found_body(**again, by=local, at=NOW)


def test_a_seat_gives_its_role_for_its_days_and_takes_it_back(body, administrator):
    member = person()
    until = today(NOW) + 90 * DAY
    mandate = committees.name_member(
        body, person=member, **seat(chair=True, until=until), by=administrator, at=NOW
    )
    assert has_role(member, "committee_chair", None, NOW)
    assert not has_role(member, "committee_chair", None, NOW + 92 * DAY)
    committees.end_mandate(mandate, last_day=today(NOW) + DAY, by=administrator, at=NOW + DAY)
    assert has_role(member, "committee_chair", None, NOW + DAY)
    assert not has_role(member, "committee_chair", None, NOW + 3 * DAY)
    acts = AuditEvent.objects.filter(action__startswith="mandate.").order_by("pk")
    assert [a.action for a in acts] == ["mandate.named", "mandate.ended"]


def test_a_role_held_already_is_kept(body, administrator):
    member = person("committee_member")
    committees.name_member(body, person=member, **seat(), by=administrator, at=NOW)
    assert member.role_grants.count() == 1


def test_two_seats_of_a_place_keep_the_role_when_one_ends(body, administrator):
    jury = committees.found_body(
        kind="jury", name="Jury 2027", establishment=None, call="Appel", by=administrator, at=NOW
    )
    member = person()
    first, _second = (
        committees.name_member(each, person=member, **seat(), by=administrator, at=NOW)
        for each in (body, jury)
    )
    committees.end_mandate(first, last_day=today(NOW), by=administrator, at=NOW)
    assert has_role(member, "committee_member", None, NOW + 30 * DAY)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"since": today(NOW) - DAY}, "since"),
        ({"until": today(NOW) - DAY, "since": today(NOW)}, "until"),
        ({"seat": "king"}, "seat"),
        ({"act": ""}, "act"),
        ({"chair": True}, "chair"),
    ],
)
def test_a_seat_that_is_none_names_nobody(body, administrator, changed, field):
    committees.name_member(
        body, person=person(), **seat(seat="science", chair=True), by=administrator, at=NOW
    )
    member = person()
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        committees.name_member(body, person=member, **seat(**changed), by=administrator, at=NOW)
    assert list(refused.value.error_dict) == [field]
    assert not member.mandates.exists() and not member.role_grants.exists()


def test_nobody_names_themselves_sits_twice_or_ends_in_the_past(body, administrator):
    with pytest.raises(PermissionDenied):
        committees.name_member(body, person=administrator, **seat(), by=administrator, at=NOW)
    member = person()
    mandate = committees.name_member(body, person=member, **seat(), by=administrator, at=NOW)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        committees.name_member(
            body, person=member, **seat(since=today(LATER)), by=administrator, at=NOW
        )
    assert "person" in refused.value.error_dict
    for day in (today(LATER) - DAY, today(NOW) - DAY):
        with pytest.raises(ValidationError), transaction.atomic():
            committees.end_mandate(mandate, last_day=day, by=administrator, at=LATER)
    mandate.refresh_from_db()
    assert mandate.until is None


def test_a_jury_looks_at_what_its_secretary_puts_before_it_and_nothing_else(
    walk, administrator, secretary
):
    walk.until("committee")
    item = walk.case.items.select_related("session__body").get()
    jury = committees.found_body(
        kind="jury", name="Jury", establishment=None, call="Appel 2026", by=administrator, at=NOW
    )
    assert committees.body_of(walk.case) == item.session.body
    days = {"starts_at": LATER, "closes_for_deposit_at": LATER - 9 * DAY, "place": ""}
    session = committees.call_session(jury, **days, by=secretary, at=walk.now)
    assert not session.items.exists()
    with pytest.raises(committees.SessionRefusal, match="not_waiting"):
        committees.add_item(session, walk.case, by=secretary, at=walk.now)
    committees.remove_item(
        item, by=network.hire("committee_secretary", None, at=walk.now), at=walk.now
    )
    committees.add_item(session, walk.case, by=secretary, at=walk.now)
    assert committees.item_before(walk.case).session == session


def test_an_establishments_own_committee_looks_first_and_a_jury_never(body, administrator):
    place = establishment("chu-rennes")
    committees.found_body(
        kind="jury", name="Appel A", establishment=place, call="A", by=administrator, at=NOW
    )
    committees.found_body(
        kind="jury", name="Appel B", establishment=None, call="B", by=administrator, at=NOW
    )
    assert committees.committee_of("chu-rennes") == committees.committee_of(None) == body
    own = committees.found_body(
        kind="establishment", name="Rennes", establishment=place, by=administrator, at=NOW
    )
    assert committees.committee_of("chu-rennes") == own
    assert committees.committee_of("chu-brest") == body


def test_the_network_has_one_committee(body):
    with pytest.raises(IntegrityError), transaction.atomic():
        Body.objects.create(slug="un-autre", name="Un autre")
