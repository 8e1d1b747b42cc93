"""What C-03 and P-07 read of the objections that came online."""

from datetime import timedelta

import pytest

from catalog.domain.orders import issue_order
from catalog.models import ObjectedDelivery, Objection
from projects.models import Extraction
from projects.process.facts.rows import Rows
from projects.process.facts.sites import about_sites

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def objected(site: str, *, at) -> None:
    Objection.objects.create(
        receipt="0" * 64, establishment_id=site, digest="1" * 64, sealed="x", received_at=at
    )


def overdue(walk, *, at) -> int:
    return about_sites(Rows(walk.case, at))["chu-rennes"]["objection"]["overdue"]


def test_an_objection_is_overdue_once_the_charters_delay_is_past(walk):
    objected("chu-rennes", at=walk.now)
    assert overdue(walk, at=walk.now + 24 * HOUR) == 0
    assert overdue(walk, at=walk.now + 25 * HOUR) == 1
    Objection.objects.update(state="applied", sealed="", answered_at=walk.now + HOUR)
    assert overdue(walk, at=walk.now + 25 * HOUR) == 0


def test_another_establishments_delay_is_not_this_ones(walk):
    objected("chu-brest", at=walk.now)
    assert overdue(walk, at=walk.now + 25 * HOUR) == 0


def test_a_delivery_with_objectors_is_to_be_corrected_or_its_reason_written(walk, order_key):
    walk.until("authorised")
    track = walk.case.tracks.get(kind="site")
    order = issue_order("extract", "chu-rennes", {}, by=None, at=walk.now)
    Extraction.objects.create(
        track=track, order=order, launched_at=walk.now, launched_by=walk.holder
    )
    waiting = ObjectedDelivery.objects.create(
        delivery=order, persons=2, found_at=walk.now, last_found_at=walk.now
    )
    assert Rows(walk.case, walk.now).corrections_pending == {order.pk: 2}
    waiting.reason, waiting.decided_at = "Publié : les retirer fausserait tout.", walk.now
    waiting.save()
    assert Rows(walk.case, walk.now).corrections_pending == {}
