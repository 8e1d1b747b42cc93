"""What the portal does of an objection: a box handed over, a receipt, what the site answered."""

import base64
import json
import os
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from nacl.public import PrivateKey, SealedBox

from catalog.domain.keys import register_sealing_key, register_site_key
from catalog.domain.objections import (
    ObjectionRefused,
    ask_lift,
    hand_over_again,
    keep_delivery,
    receive_boxes,
)
from catalog.domain.orders import issue_order, sweep_orders
from catalog.models import ObjectedDelivery, Objection, SealingKey, SiteOrder
from catalog.orders import sign_sealing_key
from catalog.queries.objections import (
    decided_deliveries,
    followed,
    measured,
    pending_at,
    pending_deliveries,
)
from catalog.sealed import STATEMENT_BYTES, receipt_hash, receipt_number, spelled
from catalog.site.keys import encode
from governance.models import Establishment
from tests import outbox
from tests.people import NOW, establishment, person
from tests.projects.site_program import SiteProgram

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _broker(broker):
    """The messages of these orders go nowhere."""


@pytest.fixture
def rennes(db):
    establishment("chu-rennes")
    return SiteProgram("chu-rennes", at=NOW)


@pytest.fixture
def brest(db):
    establishment("chu-brest")
    return SiteProgram("chu-brest", at=NOW)


@pytest.fixture
def places(rennes, brest):
    """Two sites for which citizens may seal."""
    for place in (rennes, brest):
        seal_for(place)
    return {"chu-rennes": rennes, "chu-brest": brest}


def seal_for(place) -> None:
    public = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
    signature = sign_sealing_key(public, place.key, site=place.slug)
    register_sealing_key(place.slug, f"{public} {signature}", at=place.at)


def box() -> str:
    """Anything sealed, of the right length; only a site could say more of it."""
    sealed = SealedBox(PrivateKey.generate().public_key).encrypt(os.urandom(STATEMENT_BYTES))
    return base64.b64encode(sealed).decode()


def applied(place, objection, *, at, **more):
    return place.says(objection.order, "objection", at=at, outcome="applied", **more)


def test_each_establishment_gets_its_box_and_the_person_one_number(places, rennes):
    boxes = {slug: box() for slug in places}
    number = receive_boxes(boxes, at=rennes.at)
    assert receipt_number(spelled(number)) == number and len(number) == 16
    rows = Objection.objects.filter(receipt=receipt_hash(number))
    assert {row.establishment_id: row.sealed for row in rows} == boxes
    for row in rows:
        assert row.order.kind == "object"
        assert row.order.body["sealed"] == boxes[row.establishment_id]
        assert row.order.issued_by is None


def test_the_number_itself_stands_nowhere(places, rennes):
    number = receive_boxes({"chu-rennes": box()}, at=rennes.at)
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{number}%"]
            )
            assert cursor.fetchone() == (0,), table


def test_the_same_boxes_again_give_the_same_number_and_change_nothing(places, rennes):
    boxes = {slug: box() for slug in places}
    number = receive_boxes(boxes, at=rennes.at)
    assert receive_boxes(dict(reversed(boxes.items())), at=rennes.at + HOUR) == number
    assert Objection.objects.count() == SiteOrder.objects.count() == 2


def test_a_box_used_in_another_objection_is_refused(places, rennes):
    used = box()
    receive_boxes({"chu-rennes": used}, at=rennes.at)
    with pytest.raises(ObjectionRefused, match="replayed"):
        receive_boxes({"chu-rennes": used, "chu-brest": box()}, at=rennes.at)
    assert Objection.objects.count() == 1


@pytest.mark.parametrize(
    "junk", ["", "x", "é", "A" * 5000, "A" * 2796 + "=", " " * 2796, "A" * 2795 + "\n"]
)
def test_junk_is_refused_and_nothing_is_written(places, rennes, junk):
    with pytest.raises(ObjectionRefused, match="junk"):
        receive_boxes({"chu-rennes": junk, "chu-brest": box()}, at=rennes.at)
    assert not Objection.objects.exists() and not SiteOrder.objects.exists()


def test_an_establishment_without_a_sealing_key_or_that_left_takes_none(places, rennes):
    with pytest.raises(ObjectionRefused, match="site"):
        receive_boxes({"chu-rennes": box(), "nowhere": box()}, at=rennes.at)
    Establishment.objects.filter(pk="chu-rennes").update(active=False)
    with pytest.raises(ObjectionRefused, match="site"):
        receive_boxes({"chu-rennes": box()}, at=rennes.at)
    with pytest.raises(ObjectionRefused, match="nothing"):
        receive_boxes({}, at=rennes.at)


def test_once_answered_the_portal_keeps_neither_box_nor_envelope(places, rennes):
    sealed = box()
    number = receive_boxes({"chu-rennes": sealed}, at=rennes.at)
    objection = Objection.objects.get()
    applied(rennes, objection, at=rennes.at + HOUR)
    objection.refresh_from_db()
    order = objection.order
    assert (objection.state, objection.sealed) == ("applied", "")
    assert "sealed" not in order.body and order.envelope == {}
    said = json.dumps([order.body, order.envelope, order.result])
    assert sealed[:60] not in said
    (followed_one,) = followed(number)
    assert followed_one.state == "applied" and followed_one.answered_at == rennes.at + HOUR


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("applied", "applied"),
        ("not_found", "not_found"),
        ("ambiguous", "not_found"),
        ("unreadable", "unreadable"),
        ("replayed", "unreadable"),
    ],
)
def test_what_the_site_answers_is_what_the_person_reads(places, rennes, outcome, state):
    number = receive_boxes({"chu-rennes": box()}, at=rennes.at)
    rennes.says(Objection.objects.get().order, "objection", outcome=outcome)
    assert followed(number)[0].state == state


@pytest.mark.parametrize("outcome", ["", None, 3, ["applied"], "forgotten", {"a": 1}])
def test_an_answer_that_means_nothing_leaves_it_unanswered(places, rennes, outcome):
    number = receive_boxes({"chu-rennes": box()}, at=rennes.at)
    rennes.says(Objection.objects.get().order, "objection", outcome=outcome, deliveries={"x": 1})
    assert followed(number)[0].state == "received"


@pytest.mark.parametrize("kind", ["failed", "refused", "expired"])
def test_a_box_without_an_answer_is_handed_over_again(places, rennes, kind):
    receive_boxes({"chu-rennes": box()}, at=rennes.at)
    objection = Objection.objects.get()
    first = objection.order
    later = rennes.at + HOUR
    if kind == "expired":
        later = rennes.at + timedelta(days=31)
        sweep_orders(at=later)
    else:
        rennes.says(first, kind, at=later, reason="absent")
    first.refresh_from_db()
    assert "sealed" not in first.body
    assert hand_over_again(at=later + timedelta(minutes=1)) == 0
    assert hand_over_again(at=later + timedelta(minutes=16)) == 1
    objection.refresh_from_db()
    assert objection.order != first and objection.order.body["sealed"] == objection.sealed
    assert hand_over_again(at=later + timedelta(minutes=40)) == 0


def test_an_unknown_number_follows_nothing(places, rennes):
    receive_boxes({"chu-rennes": box()}, at=rennes.at)
    assert followed("2" * 16) == []


def test_lifting_takes_the_number_which_goes_to_the_site_and_is_forgotten(places, rennes):
    number = receive_boxes({"chu-rennes": box()}, at=rennes.at)
    assert ask_lift(number, at=rennes.at) == 0, "the site has not answered yet"
    applied(rennes, Objection.objects.get(), at=rennes.at)
    assert ask_lift(number, at=rennes.at + HOUR) == 1
    assert ask_lift(number, at=rennes.at + HOUR) == 0
    order = Objection.objects.get().order
    assert (order.body["act"], order.body["said"]) == ("lift", number)
    rennes.says(order, "objection", outcome="lifted")
    order.refresh_from_db()
    assert number not in json.dumps([order.body, order.envelope])
    assert followed(number)[0].state == "lifted"


def test_a_lift_that_the_site_refuses_leaves_the_objection_and_may_be_asked_again(places, rennes):
    number = receive_boxes({"chu-rennes": box()}, at=rennes.at)
    applied(rennes, Objection.objects.get(), at=rennes.at)
    ask_lift(number, at=rennes.at)
    rennes.says(Objection.objects.get().order, "objection", outcome="unknown")
    assert followed(number)[0].state == "applied"
    assert ask_lift(number, at=rennes.at) == 1


def test_what_waits_since_more_than_a_day_is_late(places, rennes, brest):
    receive_boxes({"chu-rennes": box(), "chu-brest": box()}, at=rennes.at)
    applied(brest, Objection.objects.get(establishment="chu-brest"), at=rennes.at)
    day = timedelta(hours=24)
    assert Objection.objects.late(rennes.at + day, day).count() == 0
    late = Objection.objects.late(rennes.at + day + HOUR, day)
    assert [row.establishment_id for row in late] == ["chu-rennes"]
    assert pending_at("chu-brest") == []
    assert pending_at("chu-rennes") == [str(late[0].pk)]


def delivery(place, *, at, number="2026-0042"):
    order = issue_order("extract", place.slug, {"number": number}, by=None, at=at)
    SiteOrder.objects.filter(pk=order.pk).update(state="done", ended_at=at)
    return order


def objected(place, order, *, at):
    """One more person of `order`'s delivery objects."""
    receive_boxes({place.slug: box()}, at=at)
    objection = Objection.objects.unanswered().get()
    applied(place, objection, at=at, deliveries=[str(order.pk), "x", 3, "0" * 36])


def test_deliveries_made_before_are_listed_until_decided(places, rennes):
    order = delivery(rennes, at=rennes.at)
    objected(rennes, order, at=rennes.at + HOUR)
    objected(rennes, order, at=rennes.at + 2 * HOUR)
    (waiting,) = pending_deliveries({"chu-rennes"})
    assert (waiting.delivery, waiting.persons) == (order, 2)
    engineer = person(("data_engineer", "chu-rennes"))
    with pytest.raises(ValidationError, match="caractères"):
        keep_delivery(waiting, reason="non", by=engineer, at=rennes.at + 3 * HOUR)
    with pytest.raises(PermissionDenied):
        keep_delivery(waiting, reason="x" * 30, by=person(), at=rennes.at + 3 * HOUR)
    reason = "L'analyse est publiée ; retirer ces lignes la rendrait invérifiable (RGPD, 17.3.d)."
    keep_delivery(waiting, reason=reason, by=engineer, at=rennes.at + 3 * HOUR)
    assert list(pending_deliveries({"chu-rennes"})) == []
    (kept,) = decided_deliveries({"chu-rennes"})
    assert (kept.delivery, kept.reason, kept.decided_by) == (order, reason, engineer)
    assert (kept.again_at, kept.destroyed_at) == (None, None)
    assert list(decided_deliveries({"chu-brest"})) == []
    with pytest.raises(ValidationError):
        keep_delivery(waiting, reason=reason, by=engineer, at=rennes.at + 3 * HOUR)
    objected(rennes, order, at=rennes.at + 4 * HOUR)
    assert pending_deliveries({"chu-rennes"}).count() == 1, "each new objection is decided too"


@pytest.mark.parametrize("how", ["destroyed", "made again"])
def test_a_delivery_destroyed_or_made_again_is_corrected(places, rennes, how):
    order = delivery(rennes, at=rennes.at)
    objected(rennes, order, at=rennes.at + HOUR)
    later = rennes.at + 2 * HOUR
    if how == "destroyed":
        done = issue_order("destroy", "chu-rennes", {}, by=None, at=later, target=order)
        SiteOrder.objects.filter(pk=done.pk).update(state="done", ended_at=later)
    else:
        delivery(rennes, at=later, number="2026-0099")
        assert pending_deliveries({"chu-rennes"}).count() == 1
        made = delivery(rennes, at=later)
        SiteOrder.objects.filter(pk=made.pk).update(ended_at=later + HOUR)
        delivery(rennes, at=later + 3 * HOUR)
    assert pending_deliveries({"chu-rennes"}).count() == 0
    (one,) = decided_deliveries({"chu-rennes"})
    ends = {"destroyed": (later, None), "made again": (None, later + HOUR)}
    assert (one.destroyed_at, one.again_at) == ends[how]


def test_no_row_ties_a_receipt_to_a_delivery(places, rennes):
    order = delivery(rennes, at=rennes.at)
    objected(rennes, order, at=rennes.at + HOUR)
    told = Objection.objects.get().order
    assert str(order.pk) not in json.dumps([told.body, told.result, told.envelope])
    fields = {field.name for field in ObjectedDelivery._meta.get_fields()}
    assert not fields & {"objection", "receipt"}


def test_another_sites_delivery_is_not_its_to_name(places, rennes, brest):
    order = delivery(brest, at=rennes.at)
    objected(rennes, order, at=rennes.at + HOUR)
    assert not ObjectedDelivery.objects.exists()


def test_delays_are_published_over_ten_objections_only(places, rennes):
    for _number in range(10):
        receive_boxes({"chu-rennes": box()}, at=rennes.at)
        applied(rennes, Objection.objects.unanswered().get(), at=rennes.at + HOUR)
    assert measured(at=rennes.at + 2 * HOUR) is None
    receive_boxes({"chu-rennes": box()}, at=rennes.at)
    applied(rennes, Objection.objects.unanswered().get(), at=rennes.at + 30 * HOUR)
    found = measured(at=rennes.at + 31 * HOUR)
    assert (found.answered, found.median, found.within) == (15, HOUR, 91)


def test_the_database_refuses_a_box_kept_after_the_answer(places, rennes):
    receive_boxes({"chu-rennes": box()}, at=rennes.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.update(state="applied", answered_at=rennes.at)


def test_a_sealing_key_that_the_site_did_not_sign_is_refused(places, rennes, brest):
    public = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
    for signature in (
        sign_sealing_key(public, brest.key, site="chu-rennes"),
        sign_sealing_key(public, rennes.key, site="chu-brest"),
        "",
        "é",
    ):
        with pytest.raises(ValueError, match="sign"):
            register_sealing_key("chu-rennes", f"{public} {signature}", at=rennes.at)
    with pytest.raises(ValueError):
        register_sealing_key("chu-rennes", "QUJD x", at=rennes.at)


def test_a_new_sealing_key_replaces_the_one_before(places, rennes):
    later = rennes.at + HOUR
    register_site_key("chu-rennes", encode(rennes.key.public_key()), at=rennes.at)
    public = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
    signature = sign_sealing_key(public, rennes.key, site="chu-rennes")
    register_sealing_key("chu-rennes", f"{public} {signature}", at=later)
    (valid,) = SealingKey.objects.filter(establishment="chu-rennes").valid(later)
    assert valid.public_key == public


def test_orders_are_handed_to_the_broker_once_written(places, rennes):
    receive_boxes({"chu-rennes": box()}, at=rennes.at)
    outbox.run()
    assert SiteOrder.objects.get().state == SiteOrder.State.SENT
