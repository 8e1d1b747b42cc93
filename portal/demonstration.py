"""The whole demonstration, in the order in which its parts stand on each other."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path

from django.conf import settings

from catalog.cohort import parse
from catalog.cohort.compiled import persons
from catalog.domain.demonstration_sites import provision_demonstration
from catalog.orders import mask
from catalog.seed import seed_catalogue
from catalog.warehouse.connection import PARQUET, Warehouse, connect
from portal.accounts.demonstration import HELD, create_accounts
from projects.demonstration import counts, network
from projects.demonstration.descriptions import describe
from projects.demonstration.neighbours import listen
from projects.demonstration.quality import check_warehouses
from projects.demonstration.seed import seed_requests


def seed(*, at: datetime) -> int:
    """Fill an empty database and the folder of the sites; return how many requests there are."""
    network.establish()
    create_accounts(at=at)
    # Warehouses made beside the migrations, at a first start, are not made twice.
    provision_demonstration(at=at - HELD, keep=True)
    seed_catalogue(at=at, sites_root=settings.SITES_ROOT)
    describe(at=at)
    check_warehouses(at=at)
    listen(at=at)
    requests = seed_requests(at=at, count=partial(_count, cache(_warehouse)))
    counts.tell(at)
    return requests


def _warehouse(slug: str) -> Warehouse:
    return connect(f"{PARQUET}{Path(settings.SITES_ROOT) / slug / 'warehouse'}")


def _count(warehouse_of, slug: str, definition: dict) -> dict:
    """The cohort counted on the synthetic warehouse of a site, masked as that site would."""
    warehouse = warehouse_of(slug)
    return mask(warehouse.count(persons(parse(definition), warehouse.tables)))
