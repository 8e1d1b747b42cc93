"""The demonstration's researcher has counts to read, and they come from the sites' own programs."""

import pytest
from django.utils import timezone

from catalog.cohort import parse
from catalog.domain.demonstration_sites import provision_demonstration
from catalog.models import SavedCohort
from catalog.warehouse import ohdsi
from catalog.warehouse.connection import connect
from governance.models import Establishment
from projects.demonstration import counts

pytestmark = pytest.mark.django_db
SITES = ("chu-rennes",)


def test_both_cohorts_are_kept_and_counted_by_the_sites_that_are_there(tmp_path, settings):
    settings.SITES_ROOT = tmp_path / "sites"
    settings.ORDER_KEY_FILE = tmp_path / "order.key"
    for slug in (*SITES, "chu-brest"):
        Establishment.objects.create(slug=slug, name=slug, short_name=slug)
    at = timezone.now()
    provision_demonstration(at=at - counts.AGO * 2, patients=8_000, sites=SITES)
    counts.tell(at)
    first, second = SavedCohort.objects.order_by("created_at")
    assert (first.owner, second.owner.email) == (second.owner, "marion.le-gall@demo.example")
    for cohort in (first, second):
        (asked,) = cohort.versions.get().counts.all()
        assert {each.establishment_id for each in asked.sites.all()} == set(SITES)
        for each in asked.sites.all():
            exact = _by_hand(each.establishment_id, asked.definition, settings)
            assert each.state == "answered" and (each.persons or 0) - exact in range(-10, 16)
    assert asked.sites.get(establishment="chu-rennes").persons, "something is there to be read"


def _by_hand(slug, definition, settings) -> int:
    """The exact figure. What a site says may be off by ten persons, then is rounded, as it bounds
    what a step and another tell together."""
    with connect(f"parquet:{settings.SITES_ROOT / slug / 'warehouse'}") as warehouse:
        if "PrimaryCriteria" in definition:
            found = ohdsi.persons(warehouse, definition)
        else:
            found = warehouse.cohort(parse(definition))
        return len(warehouse.numbers(warehouse.may_be_delivered(found)))
