"""A report is believed when its site signed it, and counts once."""

import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain import orders
from catalog.domain.keys import decode, encode, register_site_key
from catalog.domain.orders import issue_order, sweep_orders
from catalog.domain.reports import KEPT, forget_reports, receive_report
from catalog.models import SiteKey, SiteOrder, SiteReport
from catalog.orders import ReportRefused, canonical, sign_report
from tests.catalog.making import NOW, STEMI


@pytest.fixture
def order(rennes):
    return issue_order("count", "chu-rennes", {"cohort": STEMI}, by=None, at=NOW)


@pytest.fixture
def told(monkeypatch):
    """The kinds of report passed on, in order."""
    heard = []
    monkeypatch.setitem(
        orders.HANDLERS, "count", lambda order, report: heard.append(report["kind"])
    )
    return heard


def refused(**report) -> str:
    with pytest.raises(ReportRefused) as error:
        receive_report(**report)
    return error.value.reason


def test_a_report_moves_its_order_and_is_passed_on(rennes, order, told):
    receive_report(**rennes.report(order, "accepted", 0))
    order.refresh_from_db()
    assert (order.state, order.sequence) == (SiteOrder.State.RUNNING, 0)
    receive_report(**rennes.report(order, "progress", 1, done=2, of=7))
    order.refresh_from_db()
    assert order.progress == {"done": 2, "of": 7}
    receive_report(**rennes.report(order, "count", 2, persons=40, masked=False))
    order.refresh_from_db()
    assert (order.state, order.ended_at) == (SiteOrder.State.DONE, NOW)
    assert order.result == {"persons": 40, "masked": False}
    assert told == ["accepted", "progress", "count"]


def test_the_same_report_twice_changes_nothing(rennes, order, told):
    report = rennes.report(order, "count", 0, persons=40, masked=False)
    assert receive_report(**report) == receive_report(**report)
    assert told == ["count"]
    assert SiteReport.objects.count() == 1


def test_another_report_under_the_same_number_is_refused(rennes, order, told):
    receive_report(**rennes.report(order, "count", 0, persons=40, masked=False))
    forged = rennes.report(order, "count", 0, persons=400, masked=False)
    assert refused(**forged) == "replayed"
    order.refresh_from_db()
    assert order.result["persons"] == 40


def test_a_late_report_does_not_move_the_progress_back(rennes, order, told):
    receive_report(**rennes.report(order, "progress", 5, done=5))
    receive_report(**rennes.report(order, "progress", 3, done=3))
    order.refresh_from_db()
    assert order.progress == {"done": 5}
    assert told == ["progress"]


def test_nothing_moves_an_order_that_has_ended(rennes, order, told):
    receive_report(**rennes.report(order, "failed", 1, reason="disk"))
    receive_report(**rennes.report(order, "count", 2, persons=40, masked=False))
    order.refresh_from_db()
    assert (order.state, order.result) == (SiteOrder.State.FAILED, {"reason": "disk"})
    assert told == ["failed"]


def test_work_done_is_not_lost_when_its_order_had_been_given_up(rennes, order, told):
    sweep_orders(at=order.valid_until)
    late = order.valid_until + timedelta(minutes=3)
    receive_report(**rennes.report(order, "count", 0, at=late, persons=40, masked=False))
    order.refresh_from_db()
    assert (order.state, order.ended_at) == (SiteOrder.State.DONE, late)
    assert told == ["expired", "count"]


def test_a_word_from_the_site_renews_the_lease(rennes, order):
    at = NOW + timedelta(minutes=55)
    receive_report(**rennes.report(order, "heartbeat", 9, at=at))
    order.refresh_from_db()
    assert (order.heartbeat_at, order.lease_until) == (at, at + orders.LEASE)


def test_an_order_under_way_is_not_given_up_while_the_site_speaks(rennes, order):
    at = order.valid_until - timedelta(minutes=1)
    receive_report(**rennes.report(order, "heartbeat", 9, at=at))
    assert sweep_orders(at=order.valid_until) == 0


def test_a_site_speaks_only_of_its_own_orders(rennes, brest, order):
    assert refused(**brest.report(order, "count", 0, persons=40, masked=False)) == "unknown_order"


def test_a_report_of_an_order_nobody_gave_is_refused(rennes):
    assert refused(**rennes.report(uuid.uuid4(), "accepted")) == "unknown_order"


def test_a_site_cannot_sign_for_another(rennes, brest, order):
    report = brest.report(order, "accepted")
    assert refused(**report | {"site": "chu-rennes"}) == "signature"


def test_what_has_no_key_is_not_a_site(rennes, order):
    assert refused(**rennes.report(order, "accepted") | {"site": "chu-x\0"}) == "unknown_site"


def test_a_changed_byte_breaks_the_signature(rennes, order):
    report = rennes.report(order, "count", 0, persons=40, masked=False)
    changed = report["payload"].replace(b"40", b"90")
    assert refused(**report | {"payload": changed}) == "signature"


def test_a_report_without_an_order_is_only_logged(rennes):
    payload = canonical(
        {
            "site": "chu-rennes",
            "order": None,
            "sequence": 0,
            "at": "2026-03-02T09:00:00Z",
            "kind": "refused",
            "body": {"reason": "signature"},
        }
    )
    signature = sign_report(payload, rennes.key)
    assert receive_report(payload, site="chu-rennes", signature=signature, at=NOW) is None


def test_a_new_key_replaces_the_old_one_from_its_instant(rennes, order):
    old = rennes.report(order, "accepted")
    rennes.key = Ed25519PrivateKey.generate()
    later = NOW + timedelta(days=1)
    register_site_key("chu-rennes", encode(rennes.key.public_key()), at=later)
    assert refused(**old | {"at": later}) == "signature"
    assert receive_report(**rennes.report(order, "accepted", at=later)).kind == "accepted"


def test_the_same_key_again_changes_nothing(rennes):
    key = encode(rennes.key.public_key())
    register_site_key("chu-rennes", key, at=NOW + timedelta(days=1))
    assert [(k.public_key, k.until) for k in SiteKey.objects.all()] == [(key, None)]


@pytest.mark.parametrize("text", ["", "not base64!", "YWJj"])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(ValueError):
        decode(text)


def test_traces_of_reports_go_long_after_their_order_ended(rennes, order):
    receive_report(**rennes.report(order, "count", 0, persons=40, masked=False))
    assert forget_reports(at=NOW + KEPT) == 0
    assert forget_reports(at=NOW + KEPT + timedelta(seconds=1)) == 1


@given(payload=st.binary(max_size=200), signature=st.text(max_size=90))
@settings(
    max_examples=60,
    deadline=None,
    # Nothing is written: one site serves every example.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_bytes_are_refused_with_a_reason(rennes, payload, signature):
    report = {"payload": payload, "site": "chu-rennes", "signature": signature, "at": NOW}
    assert refused(**report) in {"signature", "malformed"}
