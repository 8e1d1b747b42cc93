"""The demonstration's weekly checks: really ordered, signed and received, once; two stories."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.domain.findings import held_again
from catalog.domain.keys import load_order_key, register_site_key
from catalog.domain.quality import ask_weekly
from catalog.models import Finding, QualityRun, SiteOrder
from catalog.queries.quality import last_runs, side_by_side, summaries
from catalog.site.provision import provision
from projects.demonstration.quality import RUNS, check_warehouses
from tests.catalog.domain.test_findings import dataset
from tests.catalog.making import order_key
from tests.people import establishment

pytestmark = pytest.mark.django_db


@pytest.fixture
def sites(tmp_path, settings):
    order_key(tmp_path, settings)
    settings.SITES_ROOT = tmp_path / "sites"
    for slug in ("chu-rennes", "ico"):
        dataset(slug)
        folder = settings.SITES_ROOT / slug
        public = provision(slug, folder, portal_key=load_order_key().public_key())
        register_site_key(slug, public, at=timezone.now() - timedelta(days=90))
    establishment("sans-cle")


def test_each_site_with_a_key_has_weeks_of_checks_and_a_trend(sites):
    for _twice in range(2):
        check_warehouses(at=timezone.now())
    assert QualityRun.objects.count() == 2 * RUNS
    assert {order.state for order in SiteOrder.objects.all()} == {"done"}
    assert {run.state for run in QualityRun.objects.all()} == {"answered"}
    runs = last_runs("chu-rennes")
    assert [each.failed for each in summaries(runs).values()] == [2, 2, 1]
    assert [place.summary is None for place in side_by_side()].count(False) == 2
    # The week's own task has nothing to ask of them on the first day.
    assert ask_weekly(at=timezone.now()) == 0


def test_one_anomaly_waits_and_another_is_proposed_as_mended(sites):
    check_warehouses(at=timezone.now())
    found = {each.dataset.establishment_id: each for each in Finding.objects.all()}
    assert set(found) == {"chu-rennes", "ico"}
    assert {each.state for each in found.values()} == {"waiting"}
    assert held_again(found["chu-rennes"]) is None
    assert held_again(found["ico"]) is not None
