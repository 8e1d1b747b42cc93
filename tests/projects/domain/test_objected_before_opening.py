"""Who objects between a delivery and its opening is not in the data that open."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from catalog.domain.objections import ask_comparisons
from catalog.models import ObjectedDelivery, Objection, SiteOrder
from governance.domain import nights, nonconformities
from governance.models import Lateness, Message, NonConformity
from governance.process.engine import take_step
from governance.process.outlook import Outlook
from governance.process.refusals import StepRefused
from projects.domain import accesses, extractions, openings
from projects.models import Extraction, MemberAccess
from projects.queries.deliveries import board_of
from projects.queries.desk import desk_of
from projects.queries.opening import opening_lacks
from projects.queries.work import rows_of, to_decide
from tests.projects.site_program import CHECKS, SiteProgram

HOUR = timedelta(hours=1)


@pytest.fixture
def delivered(walk, order_key):
    """A request whose copy is delivered at CHU Rennes, its notice being online since long enough
    for everything but the opening itself to be done."""
    walk.until("authorised")
    walk.now += timedelta(days=31)
    walk.engineer, walk.rennes = walk.staff("data_engineer"), SiteProgram("chu-rennes", at=walk.now)
    walk.track = walk.case.tracks.get(kind="site")
    walk.first = extractions.launch(walk.track, by=walk.engineer, at=walk.now)
    walk.rennes.delivers(walk.first.order)
    walk.take("deliver", walk.engineer, days=0.1, track=walk.track)
    walk.track.refresh_from_db()
    return walk


def objects(walk, *, found: bool):
    """Somebody objects online; with `found`, the site answers that its delivery holds them."""
    row = Objection.objects.create(
        receipt="0" * 64,
        establishment_id="chu-rennes",
        digest="1" * 64,
        sealed="x",
        received_at=walk.now - HOUR,
    )
    if found:
        Objection.objects.update(state="applied", sealed="", answered_at=walk.now)
        order = walk.first.order
        ObjectedDelivery.objects.create(
            delivery=order, found_at=walk.now - HOUR, last_found_at=walk.now - HOUR
        )
    return row


def opens(walk) -> set[str]:
    """Try to open: the clauses that hold it back, none when it opened."""
    held = openings.open_what_is_ready(walk.case, at=walk.now)
    walk.track.refresh_from_db()
    assert bool(held) == (walk.track.status == "delivered")
    assert bool(held) != MemberAccess.objects.exists()
    return {verdict.clause for verdict in held}


def test_nothing_opens_before_the_site_has_answered_who_objected(delivered):
    waiting = objects(delivered, found=False)
    assert opens(delivered) == {"C-03"}
    waiting.state, waiting.sealed, waiting.answered_at = "not_found", "", delivered.now
    waiting.save()
    assert opens(delivered) == set()


def test_a_copy_that_holds_who_objected_is_made_again_the_same_then_opens(delivered):
    objects(delivered, found=True)
    assert opens(delivered) == {"C-03"}
    with pytest.raises(StepRefused):
        take_step(delivered.case, "open_access", by=None, at=delivered.now, track=delivered.track)
    made = extractions.launch(delivered.track, by=delivered.engineer, at=delivered.now + HOUR)
    former, body = delivered.first.order.body, made.order.body
    assert {name: body[name] for name in extractions.PERIMETER} == {
        name: former[name] for name in extractions.PERIMETER
    }
    assert body["objections_before"] > former["objections_before"]
    delivered.now += 2 * HOUR
    assert opens(delivered) != set(), "not while it is made"
    delivered.rennes.delivers(made.order, at=delivered.now)
    (destroyed,) = SiteOrder.objects.filter(kind="destroy")
    assert destroyed.target == delivered.first.order
    assert opens(delivered) == set()


def test_a_copy_made_again_has_the_access_opened_without_waiting_for_the_night(delivered):
    objects(delivered, found=True)
    made = extractions.launch(delivered.track, by=delivered.engineer, at=delivered.now + HOUR)
    Message.objects.filter(kind="open_access").delete()
    delivered.rennes.delivers(made.order, at=delivered.now + 2 * HOUR)
    assert Message.objects.get(kind="open_access").payload == {"case": str(delivered.case.pk)}


@pytest.mark.parametrize("end", ["failed", "not in order"])
def test_a_copy_made_again_that_is_not_in_order_opens_nothing_and_is_made_again(delivered, end):
    objects(delivered, found=True)
    made = extractions.launch(delivered.track, by=delivered.engineer, at=delivered.now + HOUR)
    delivered.now += 2 * HOUR
    if end == "failed":
        delivered.rennes.says(made.order, "failed", at=delivered.now, reason="disk")
    else:
        checks = CHECKS | {"objectors_absent": False}
        delivered.rennes.delivers(made.order, at=delivered.now, checks=checks)
    said = opening_lacks(Outlook(delivered.case, delivered.now))
    assert opens(delivered) & {"P-07", "P-08"} <= {verdict.clause for verdict in said}
    at = delivered.now + HOUR
    assert extractions.launch(delivered.track, by=delivered.engineer, at=at).pk != made.pk


def test_a_copy_in_which_nobody_objected_is_not_made_again(delivered):
    with pytest.raises(ValidationError):
        extractions.launch(delivered.track, by=delivered.engineer, at=delivered.now)
    assert Extraction.objects.count() == 1
    assert board_of(delivered.engineer, delivered.now).waiting == []


def test_its_data_engineer_finds_the_copy_to_make_again(delivered):
    def waits() -> list[str]:
        rows = rows_of(to_decide(desk_of(delivered.engineer, delivered.now)))
        return [row.href for row in rows if row.step == "again"]

    assert waits() == []
    objects(delivered, found=True)
    place = reverse("projects:extraction_launch", args=[delivered.track.pk])
    assert waits() == [place]
    assert board_of(delivered.engineer, delivered.now).waiting == [delivered.track]
    made = extractions.launch(delivered.track, by=delivered.engineer, at=delivered.now)
    assert board_of(delivered.engineer, delivered.now).running == [delivered.track]
    delivered.rennes.delivers(made.order, at=delivered.now)
    assert waits() == []


def compares(walk, *, at):
    """The site is asked to compare its own list."""
    assert ask_comparisons(at=at) == 1
    return SiteOrder.objects.get(body__act="compare")


def test_nothing_opens_before_the_list_of_letters_was_compared_with_the_copy(delivered):
    asked = compares(delivered, at=delivered.now - 2 * HOUR)
    assert opens(delivered) == {"C-03"}
    (lacks,) = openings.open_what_is_ready(delivered.case, at=delivered.now)
    assert lacks.key == "objection_list_not_compared"
    assert accesses.at_fault(delivered.case, [lacks], delivered.now) == []
    delivered.rennes.says(asked, "objection", outcome="compared", deliveries=[])
    assert opens(delivered) == set()


def test_a_copy_that_holds_who_objected_by_letter_is_made_again(delivered):
    found = {"order": str(delivered.first.order_id), "persons": 2}
    asked = compares(delivered, at=delivered.now - 2 * HOUR)
    delivered.rennes.says(asked, "objection", outcome="compared", deliveries=[found])
    assert opens(delivered) == {"C-03"}
    assert extractions.to_make_again(delivered.track, delivered.now)


def test_an_open_copy_is_corrected_within_a_month_or_closed_until_it_is(delivered):
    assert opens(delivered) == set()
    opened_at = delivered.now
    delivered.case.refresh_from_db()
    objects(delivered, found=True)
    reader = MemberAccess.objects.get()
    found = nonconformities.watch(at=opened_at + timedelta(days=28))
    assert found["found"] == 0
    delivered.now = opened_at + timedelta(days=33)
    nonconformities.watch(at=delivered.now)
    late = NonConformity.objects.get(clause="C-03")
    assert (late.establishment_id, late.verdict["key"]) == ("chu-rennes", "objections_overdue")
    nonconformities.watch(at=delivered.now + timedelta(days=7))
    reader.refresh_from_db()
    assert reader.cut_because == "C-03"
    ObjectedDelivery.objects.update(reason="Publié.", decided_at=delivered.now)
    nonconformities.watch(at=delivered.now + timedelta(days=8))
    assert MemberAccess.objects.filter(cut_at__isnull=True).exists()


def test_what_holds_an_opening_back_is_not_late_before_the_promised_delay(delivered):
    objects(delivered, found=False)
    assert opens(delivered) == {"C-03"}
    nights.judge_deadlines(at=delivered.now)
    assert not Lateness.objects.filter(clause="C-03d").exists()
    nights.judge_deadlines(at=delivered.now + 24 * HOUR)
    assert Lateness.objects.filter(clause="C-03d", of="chu-rennes").exists()
