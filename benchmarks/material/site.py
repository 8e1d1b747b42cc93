"""What the benchmarks of a site stand on: a synthetic warehouse at one site, orders, deliveries."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.demo_warehouse.generate import generate
from catalog.orders import VERSION, Order, canonical, instant, sign_order, verify_order
from catalog.site import keys
from catalog.site.delivery import Extraction
from catalog.site.provision import provision
from catalog.site.settings import SiteSettings, load

SITE = "chu-nantes"
KEY = "portal.key"
"""The portal's key, in the folder of a site that is but a benchmark's."""
HEART = {"all": [{"condition": ["I10", "I21.*", "I48.*", "I50.*"]}]}
EVERYONE = {"age": {"min": 0, "max": None}}
STUDY = {
    "person": ("gender_source_value", "year_of_birth"),
    "visit_occurrence": ("visit_concept_id", "visit_start_date", "visit_end_date"),
    "condition_occurrence": ("condition_source_value", "condition_start_date"),
    "procedure_occurrence": ("procedure_source_value", "procedure_date"),
    "drug_exposure": ("drug_source_value", "drug_exposure_start_date", "quantity"),
    "measurement": (
        *("measurement_source_value", "measurement_date"),
        *("value_as_number", "unit_source_value"),
    ),
    "death": ("death_date",),
}
WHOLE = STUDY | {"note": ("note_source_value", "note_date")}
"""Every table."""


@dataclass
class BenchSite:
    """A site in a folder, the key whose orders it trusts, and how many rows its warehouse has."""

    settings: SiteSettings
    portal: Ed25519PrivateKey
    rows: int = 0

    @classmethod
    def found(cls, settings: SiteSettings) -> "BenchSite":
        """The site that ``make_site`` made in a folder, in another process."""
        key = (settings.folder / KEY).read_bytes()
        return cls(settings, Ed25519PrivateKey.from_private_bytes(key))

    def order(self, cohort: dict, variables: dict[str, tuple[str, ...]]) -> Order:
        """An order of 2015 to 2025, signed and verified as one that is received."""
        at = datetime.now(UTC)
        body = {
            "version": VERSION,
            "kind": "extract",
            "order": str(uuid.uuid4()),
            "site": self.settings.site,
            "issued": instant(at),
            "valid_until": instant(at + timedelta(days=1)),
            "number": "2026-0001",
            "project": str(uuid.uuid4()),
            "cohort": cohort,
            "delivery_kind": "pseudonymised",
            "variables": [
                {"code": f"{table}.{column}", "table": table, "column": column}
                for table, names in variables.items()
                for column in names
            ],
            "period": {"from": "2015-01-01", "to": "2025-12-31"},
            "true_dates": False,
            "objections_before": instant(at),
            "launched_by": "benchmark",
        }
        envelope = sign_order(canonical(body), self.portal)
        trusted = keys.portal_keys(self.settings.keys)
        return verify_order(envelope, trusted, site=self.settings.site, at=at)

    def extraction(self, order: Order) -> Extraction:
        return Extraction(
            settings=self.settings,
            order=order,
            secret=keys.site_secret(self.settings.keys),
            key=keys.site_key(self.settings.keys),
            clock=lambda: datetime.now(UTC),
        )

    @contextmanager
    def delivered(self, order: Order) -> Iterator[tuple[Path, dict]]:
        """The folder and the manifest of an order carried out; removed afterwards."""
        extraction = self.extraction(order)
        manifest = extraction.run()
        place = self.settings.spaces / extraction.space
        try:
            yield place, manifest
        finally:
            shutil.rmtree(place)


def make_site(folder: Path, *, persons: int, site: str = SITE, **changed) -> BenchSite:
    """Make a site in `folder` with a synthetic warehouse of so many persons; `changed` are settings
    (``memory``, ``threads``)."""
    quiet()
    portal = Ed25519PrivateKey.generate()
    provision(site, folder, portal_key=portal.public_key())
    (folder / KEY).write_bytes(portal.private_bytes_raw())
    settings = replace(load(site, folder=folder, environment={}), **changed)
    made = generate(folder / "warehouse", site=site, persons=persons, seed=2019)
    return BenchSite(settings, portal, sum(made.values()))


def quiet() -> None:
    """Only errors are logged."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))


def rows_of(manifest: dict) -> int:
    return sum(table["rows"] for table in manifest["tables"])
