"""Orders are signed rows that reach their site, or end by saying that they did not."""

from datetime import timedelta

import pytest

from catalog.domain import orders
from catalog.domain.keys import KeyUnavailable, create_order_key, load_order_key
from catalog.domain.orders import OrderImpossible, cancel_order, issue_order, sweep_orders
from catalog.models import SiteOrder
from catalog.orders import key_id, verify_order
from governance.models import Message
from tests.catalog.making import NOW, STEMI

BODY = {"cohort": STEMI, "number": None}


def issue(site, by=None, at=NOW):
    return issue_order("count", site.slug, BODY, by=by, at=at)


def sent(order):
    orders.send({"order": str(order.pk)})
    order.refresh_from_db()
    return order


@pytest.fixture
def queue_of_rennes(broker):
    """What waits for CHU Rennes: pairs (task, envelope), oldest first."""
    return lambda: broker.waiting("site.chu-rennes")


def test_an_order_is_signed_for_its_site_and_valid_for_a_while(rennes, ines):
    order = issue(rennes, by=ines)
    public = load_order_key().public_key()
    read = verify_order(order.envelope, {key_id(public): public}, site="chu-rennes", at=NOW)
    assert read.body == order.body
    assert (read.id, read.kind, read.hash) == (str(order.pk), "count", order.hash)
    assert order.valid_until - order.issued_at == timedelta(hours=1)


def test_an_order_waits_in_the_outbox_of_its_own_transaction(rennes, ines):
    order = issue(rennes, by=ines)
    message = Message.objects.get()
    assert (message.kind, message.payload) == ("site_order", {"order": str(order.pk)})
    assert order.state == SiteOrder.State.WAITING


def test_the_outbox_hands_the_envelope_to_the_queue_of_the_site(rennes, queue_of_rennes):
    order = sent(issue(rennes))
    assert queue_of_rennes() == [("site.order", order.envelope)]
    assert (order.state, order.sends) == (SiteOrder.State.SENT, 1)


def test_an_order_that_ended_is_not_sent(rennes, queue_of_rennes):
    order = issue(rennes)
    orders.end(order, SiteOrder.State.CANCELLED, at=NOW)
    sent(order)
    assert queue_of_rennes() == []


def test_a_cancellation_names_what_it_cancels_and_travels_apart(rennes, ines, broker):
    target = issue(rennes)
    order = sent(cancel_order(target, by=ines, at=NOW))
    assert (order.kind, order.body["target"]) == ("cancel", str(target.pk))
    assert broker.waiting("site.chu-rennes.control") == [("site.order", order.envelope)]


def test_what_has_ended_cannot_be_cancelled(rennes, ines):
    target = issue(rennes)
    orders.end(target, SiteOrder.State.DONE, at=NOW)
    with pytest.raises(OrderImpossible) as refused:
        cancel_order(target, by=ines, at=NOW)
    assert refused.value.reason == "ended"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("burn", "unknown_kind"), ("cancel", "no_target"), ("destroy", "no_target")],
)
def test_an_order_that_means_nothing_is_not_given(rennes, kind, reason):
    with pytest.raises(OrderImpossible) as refused:
        issue_order(kind, "chu-rennes", {}, by=None, at=NOW)
    assert refused.value.reason == reason
    assert not SiteOrder.objects.exists()


def test_a_site_that_left_the_network_gets_no_order(rennes):
    rennes.place.active = False
    rennes.place.save()
    with pytest.raises(OrderImpossible) as refused:
        issue(rennes)
    assert refused.value.reason == "inactive_site"


def test_the_sweep_sends_again_what_the_site_does_not_answer(rennes, queue_of_rennes):
    order = sent(issue(rennes))
    assert sweep_orders(at=NOW + timedelta(minutes=4)) == 0
    assert sweep_orders(at=NOW + timedelta(minutes=5)) == 1
    assert Message.objects.count() == 2
    order.refresh_from_db()
    assert order.lease_until == NOW + timedelta(minutes=15)
    sent(order)
    assert queue_of_rennes() == [("site.order", order.envelope)] * 2


def test_the_sweep_gives_up_an_order_that_is_no_longer_valid(rennes, monkeypatch):
    told = []
    monkeypatch.setitem(orders.HANDLERS, "count", lambda order, report: told.append(report["kind"]))
    order = issue(rennes)
    sweep_orders(at=NOW + timedelta(hours=1))
    order.refresh_from_db()
    assert (order.state, order.ended_at) == (SiteOrder.State.EXPIRED, NOW + timedelta(hours=1))
    assert told == ["expired"]
    assert sweep_orders(at=NOW + timedelta(hours=2)) == 0


def test_an_order_is_sent_again_when_redis_was_emptied(rennes, broker, queue_of_rennes):
    """The broker forgot: the row remembers."""
    order = sent(issue(rennes))
    broker.empty()
    assert queue_of_rennes() == []
    sweep_orders(at=order.lease_until)
    sent(order)
    assert queue_of_rennes() == [("site.order", order.envelope)]


def test_without_a_key_nothing_is_ordered_and_the_message_says_what_to_do(rennes, settings):
    settings.ORDER_KEY_FILE += ".absent"
    with pytest.raises(KeyUnavailable, match="order_key create"):
        issue(rennes)


def test_a_key_that_others_can_read_is_refused(settings, tmp_path):
    (tmp_path / "order.key").chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        load_order_key()


def test_a_file_that_is_no_key_is_refused(settings, tmp_path):
    (tmp_path / "order.key").write_text("not a key")
    with pytest.raises(KeyUnavailable, match="no private key"):
        load_order_key()


def test_a_key_is_never_overwritten(settings):
    with pytest.raises(FileExistsError):
        create_order_key()
