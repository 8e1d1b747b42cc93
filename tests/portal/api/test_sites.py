"""What a site's program hears when it reports."""

import json

import pytest
from django.test import Client

from catalog.domain import orders
from catalog.domain.orders import issue_order
from catalog.models import SiteOrder, SiteReport
from catalog.orders import MAXIMUM_BYTES
from tests.catalog.making import NOW, STEMI, Site, order_key

REPORTS = "/api/v1/site/reports"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rennes(tmp_path, settings):
    order_key(tmp_path, settings)
    return Site("chu-rennes")


@pytest.fixture
def order(rennes, monkeypatch):
    monkeypatch.setitem(orders.HANDLERS, "count", lambda order, report: None)
    return issue_order("count", "chu-rennes", {"cohort": STEMI}, by=None, at=NOW)


def send(report: dict, **changed):
    sent = report | changed
    # A browser's checks would refuse the session-less POST: this client enforces them.
    return Client(enforce_csrf_checks=True).post(
        REPORTS,
        sent["payload"],
        content_type="application/json",
        headers={"X-Site": sent["site"], "X-Signature": sent["signature"]},
    )


def test_a_signed_report_is_received_and_moves_its_order(rennes, order):
    answer = send(rennes.report(order, "count", 3, persons=40, masked=False))
    assert answer.status_code == 200
    assert (answer.json()["order"], answer.json()["sequence"]) == (str(order.pk), 3)
    order.refresh_from_db()
    assert (order.state, order.result["persons"]) == (SiteOrder.State.DONE, 40)


def test_no_session_and_no_cookie(rennes, order):
    answer = send(rennes.report(order, "accepted"))
    assert not answer.cookies


def test_the_same_report_twice_is_one(rennes, order):
    report = rennes.report(order, "count", 0, persons=40, masked=False)
    assert send(report).json() == send(report).json()
    assert SiteReport.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"signature": "AAAA"}, 401, "signature"),
        ({"site": "chu-nowhere"}, 401, "unknown_site"),
        ({"site": ""}, 401, "unknown_site"),
        ({"payload": b"{}"}, 401, "signature"),
        ({"payload": b"x" * (MAXIMUM_BYTES + 1)}, 413, None),
    ],
)
def test_what_does_not_hold_is_a_problem(rennes, order, changed, status, reason):
    answer = send(rennes.report(order, "accepted"), **changed)
    said = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert said["errors"] == ({"report": [reason]} if reason else {})
    assert said["status"] == status


def test_a_replay_with_another_body_is_a_conflict(rennes, order):
    send(rennes.report(order, "count", 0, persons=40, masked=False))
    answer = send(rennes.report(order, "count", 0, persons=400, masked=False))
    assert (answer.status_code, answer.json()["errors"]) == (409, {"report": ["replayed"]})


def test_another_method_is_a_problem_too():
    answer = Client().get(REPORTS)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert json.loads(answer.content)["status"] == 405


def test_an_address_that_is_not_of_the_api_is_a_problem():
    answer = Client().get("/api/v1/nothing", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer["Content-Language"] == "en"
