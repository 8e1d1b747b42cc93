"""Objections by letter: each site that delivered is asked to compare its own list, and what it
finds waits for a decision as what came online does."""

import uuid
from datetime import timedelta

import pytest

from catalog.domain.objections import COMPARED_EVERY, ask_comparisons, keep_delivery
from catalog.domain.orders import issue_order
from catalog.models import ObjectedDelivery, SiteOrder
from catalog.queries.objections import not_compared, pending_deliveries
from tests.people import NOW, establishment, person
from tests.projects.site_program import SiteProgram

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _broker(broker):
    """The messages of these orders go nowhere."""


@pytest.fixture
def rennes(db):
    establishment("chu-rennes")
    establishment("chu-brest")
    return SiteProgram("chu-rennes", at=NOW)


@pytest.fixture
def delivery(rennes):
    order = issue_order("extract", "chu-rennes", {"number": "2026-0042"}, by=None, at=NOW)
    SiteOrder.objects.update(state="done", ended_at=NOW, envelope={})
    order.refresh_from_db()
    return order


def asked(at=NOW) -> SiteOrder:
    assert ask_comparisons(at=at) == 1
    return SiteOrder.objects.filter(body__act="compare").latest("issued_at")


def answers(rennes, order, *found, at=NOW, **more):
    said = {"outcome": "compared", "deliveries": list(found)} | more
    return rennes.says(order, "objection", at=at, **said)


def here(delivery, persons=2) -> dict:
    return {"order": str(delivery.pk), "persons": persons}


def test_nobody_is_asked_where_nothing_was_delivered(rennes):
    assert ask_comparisons(at=NOW) == 0


def test_a_site_is_asked_twice_a_day_once_it_has_answered(rennes, delivery):
    first = asked()
    assert (first.establishment_id, first.body["after"]) == ("chu-rennes", None)
    assert ask_comparisons(at=NOW + COMPARED_EVERY) == 0
    answers(rennes, first)
    assert ask_comparisons(at=NOW + COMPARED_EVERY - HOUR) == 0
    assert asked(NOW + COMPARED_EVERY).body["after"] == str(first.pk)


def test_a_comparison_that_failed_is_asked_again_from_the_last_that_was_heard(rennes, delivery):
    first = asked()
    answers(rennes, first)
    second = asked(NOW + COMPARED_EVERY)
    rennes.says(second, "failed", at=NOW + COMPARED_EVERY, reason="warehouse")
    assert asked(NOW + 2 * COMPARED_EVERY).body["after"] == str(first.pk)


def test_the_persons_found_wait_for_a_decision_beside_those_who_objected_online(rennes, delivery):
    ObjectedDelivery.objects.create(delivery=delivery, found_at=NOW, last_found_at=NOW)
    order = asked()
    answers(rennes, order, here(delivery), at=NOW + HOUR)
    (row,) = pending_deliveries({"chu-rennes"})
    assert (row.persons, row.last_found_at) == (3, NOW + HOUR)
    answers(rennes, order, here(delivery), at=NOW + HOUR)
    assert ObjectedDelivery.objects.get().persons == 3
    order.refresh_from_db()
    assert order.result == {"outcome": "compared"} and order.envelope == {}


def test_what_was_decided_stays_and_who_writes_later_waits_anew(rennes, delivery):
    answers(rennes, asked(), here(delivery))
    engineer = person(("data_engineer", "chu-rennes"))
    reason = "Publié : les retirer fausserait tous les résultats."
    keep_delivery(ObjectedDelivery.objects.get(), reason=reason, by=engineer, at=NOW)
    answers(rennes, asked(NOW + COMPARED_EVERY), here(delivery, 1), at=NOW + COMPARED_EVERY)
    rows = ObjectedDelivery.objects.order_by("pk")
    assert [(row.persons, row.reason) for row in rows] == [(2, reason), (1, "")]


@pytest.mark.parametrize(
    "junk",
    [
        "x",
        None,
        [1, "x", None],
        [{"order": "x", "persons": 1}],
        [{"order": str(uuid.uuid4()), "persons": 1}],
        [{"persons": 1}],
        [{"order": "ITS_OWN", "persons": -1}],
        [{"order": "ITS_OWN", "persons": True}],
        [{"order": "ITS_OWN", "persons": 10**12}],
        [{"order": "ITS_OWN", "persons": "2"}],
    ],
)
def test_junk_from_a_site_changes_nothing(rennes, delivery, junk):
    if isinstance(junk, list) and junk and isinstance(junk[0], dict) and "order" in junk[0]:
        junk = [junk[0] | {"order": junk[0]["order"].replace("ITS_OWN", str(delivery.pk))}]
    answers(rennes, asked(), deliveries=junk)
    assert not ObjectedDelivery.objects.exists()


def test_a_site_says_nothing_of_what_another_delivered(rennes, delivery):
    other = issue_order("extract", "chu-brest", {"number": "2026-0042"}, by=None, at=NOW)
    SiteOrder.objects.filter(pk=other.pk).update(state="done", ended_at=NOW)
    assert ask_comparisons(at=NOW) == 2
    order = SiteOrder.objects.get(body__act="compare", establishment="chu-rennes")
    answers(rennes, order, here(other))
    assert not ObjectedDelivery.objects.exists()


def test_a_list_waits_to_be_compared_until_a_comparison_asked_since_is_answered(rennes, delivery):
    sites = {"chu-rennes", "chu-brest"}

    def waiting(at, delay=HOUR):
        return not_compared(sites, at=at, delay=delay)

    assert waiting(NOW + HOUR) == set()
    first = asked()
    assert waiting(NOW + HOUR / 2) == set()
    assert waiting(NOW + HOUR) == waiting(NOW + 30 * 24 * HOUR) == {"chu-rennes"}
    rennes.says(first, "failed", at=NOW + HOUR, reason="warehouse")
    assert waiting(NOW + HOUR) == {"chu-rennes"}
    answers(rennes, asked(NOW + COMPARED_EVERY), at=NOW + COMPARED_EVERY)
    assert waiting(NOW + 2 * COMPARED_EVERY) == set()
