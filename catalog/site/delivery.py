"""One extraction, from the order to the space: written aside, read again, signed, then moved.

``spaces/.partial/<hash>/`` is private to the order and forgotten by a crash; the delivery appears
in ``spaces/<number>/<first digits of the hash>/`` in one move, whole or not at all.
"""

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from catalog.cohort import CohortError, from_circe, parse
from catalog.orders import (
    ROUNDING,
    THRESHOLD,
    Order,
    OrderRefused,
    canonical,
    instant,
    manifest_holds,
    mask,
    sign_manifest,
)
from catalog.sealed import themes_of
from catalog.site import RELEASE, aggregates, marks, perimeter, pseudonyms
from catalog.site.extraction import write_tables
from catalog.site.failures import Failed
from catalog.site.files import private_folder, sync, write
from catalog.site.inspection import Inspection
from catalog.site.linkage import Linkage, forget, keep, linked_keys, register
from catalog.site.objections import Register, leave_out
from catalog.site.perimeter import Perimeter
from catalog.site.room import refuse_small_disk
from catalog.site.selection import persons_query, select
from catalog.site.settings import SiteSettings
from catalog.site.spill import own_folder
from catalog.site.staging import staged
from catalog.warehouse.check import refuse_wrong_types
from catalog.warehouse.connection import Warehouse, connect
from catalog.warehouse.errors import WarehouseError

DIGITS = 16
"""Digits of an order's hash that name its folder."""

IDENTIFIERS = {
    "visits_and_records": {"digits_of_project": marks.BODY, "digits_of_delivery": marks.TAG}
}
"""What a manifest says of identifiers to who would join two deliveries of one project."""

Progress = Callable[[dict], None]
"""Called between two tables with what was done; raises to stop there."""


@dataclass(frozen=True)
class Extraction:
    """An order to extract, and what is needed to carry it out."""

    settings: SiteSettings
    order: Order
    secret: bytes
    key: Ed25519PrivateKey
    clock: Callable[[], datetime]
    progress: Progress = lambda _said: None
    linkage: Linkage | None = None

    @property
    def space(self) -> Path:
        """Where the delivery is once it is made, relative to the site's spaces."""
        return Path(self.order.body["number"]) / self.order.hash[:DIGITS]

    @property
    def partial(self) -> Path:
        return self.settings.partial / self.order.hash

    def run(self) -> dict:
        """Make the delivery and give its manifest; the one there is when it was made already.

        Raises OrderRefused, Failed, WarehouseError, or what `progress` raises; nothing is then left
        of it.
        """
        made = delivered_manifest(self.settings.spaces / self.space, self.key.public_key())
        if made is not None:
            return made
        shutil.rmtree(self.partial, ignore_errors=True)
        start = self.clock()
        allowed = perimeter.read(self.order.body)
        try:
            with open_for(self.order, self.settings) as warehouse:
                private_folder(self.partial)
                manifest = self._make(warehouse, allowed, start)
            self._move()
        except BaseException:
            shutil.rmtree(self.partial, ignore_errors=True)
            forget(self.settings, self.order.hash)
            raise
        return manifest

    def _make(self, warehouse: Warehouse, allowed: Perimeter, start: datetime) -> dict:
        body = self.order.body
        cohort = read_cohort(self.order, warehouse)
        informed = not body.get("exception_examined", False)
        refuse_drift(warehouse, allowed)
        make = self._aggregates if body["delivery_kind"] == "aggregates" else self._tables
        with self._here(warehouse, cohort, allowed, informed) as (here, asked):
            queries, checks = make(here, allowed, cohort, informed)
            said = {"query": "\n\n".join([*asked, *queries]), "checks": checks}
            manifest = sign_manifest(self._said(here, start) | said, self.key)
        write(self.partial / "manifest.json", canonical(manifest))
        return manifest

    @contextmanager
    def _here(self, warehouse, cohort, allowed, informed) -> Iterator[tuple[Warehouse, list[str]]]:
        """The warehouse, where DuckDB reads it in this process, or what another engine has for this
        order; and the SQL that engine was asked."""
        if warehouse.local:
            yield warehouse, []
            return
        folder = own_folder(self.settings.spill) / self.order.hash
        engine = engine_options(self.settings)
        with staged(
            warehouse, cohort, allowed, informed=informed, folder=folder, **engine
        ) as found:
            yield found

    def _tables(self, warehouse, allowed, cohort, informed) -> tuple[list[str], dict]:
        body = self.order.body
        keys = pseudonyms.derive(self.secret, site=self.settings.site, project=body["project"])
        if self.linkage is not None:
            keys = linked_keys(self.settings, keys, body["project"])
            self._link(self.linkage, warehouse, cohort, informed)
        keys = marks.with_mark(keys, self.secret, site=self.settings.site, order=self.order.hash)
        selection = select(
            warehouse,
            cohort,
            keys=keys,
            informed=informed,
            shifted=not body["true_dates"],
            with_visits=any("visit_occurrence_id" in plan.names for plan in allowed.tables),
            linked=self.linkage is not None,
        )
        refuse_small_disk(warehouse, allowed, self.settings)
        self.progress({"done": 0, "of": len(allowed.tables) + 1, "table": "", "rows": 0})
        queries = [f"-- persons\n{selection.query};"]
        rows = 0
        written = write_tables(
            warehouse.duckdb,
            allowed,
            selection,
            keys,
            self.partial,
            present=lambda name: set(warehouse.tables[name].columns),
        )
        for number, table in enumerate(written, start=1):
            rows += table.rows
            queries.append(f"-- {table.name}\n{table.query};")
            self.progress(
                {"done": number, "of": len(allowed.tables) + 1, "table": table.name, "rows": rows}
            )
        inspection = Inspection(
            warehouse.duckdb,
            allowed,
            keys,
            selection.query,
            shifted=selection.shifted,
            informed=informed,
            folder=self.partial,
            linked=self.linkage is not None,
        )
        return queries, inspection.run()

    def _link(self, linkage: Linkage, warehouse: Warehouse, cohort, informed: bool) -> None:
        """Make ``links``, of the persons to deliver, and keep it beside the delivery."""
        query = persons_query(warehouse, cohort, informed=informed)
        found = warehouse.duckdb.execute(f"SELECT person_id FROM ({query}) ORDER BY 1").fetchall()
        links = linkage.links([person for (person,) in found])
        keep(self.settings, self.order.hash, links)
        register(warehouse.duckdb, links)

    def _aggregates(self, warehouse, allowed, cohort, informed) -> tuple[list[str], dict]:
        body, connection = self.order.body, warehouse.duckdb
        query = persons_query(warehouse, cohort, informed=informed)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS {query}")
        self.progress({"done": 0, "of": 1, "table": aggregates.NAME, "rows": 0})
        masking = masking_of(body, self.settings)
        rows = aggregates.write(connection, allowed, masking, self.partial)
        self.progress({"done": 1, "of": 1, "table": aggregates.NAME, "rows": rows})
        checks = aggregates.inspect(
            connection, allowed, masking, self.partial, persons_query=query, informed=informed
        )
        said = aggregates.queries(allowed).items()
        queries = [f"-- chosen\n{query};", *(f"-- {name}\n{text};" for name, text in said)]
        return queries, checks

    def _said(self, warehouse: Warehouse, start: datetime) -> dict:
        """The manifest, but for the query and the checks."""
        body = self.order.body
        return {
            "version": 1,
            "number": body["number"],
            "project": body["project"],
            "site": self.settings.site,
            "order": self.order.hash,
            "order_id": self.order.id,
            "delivery_kind": body["delivery_kind"],
            "true_dates": body["true_dates"],
            "period": body["period"],
            "objection_list": body["objections_before"],
            "software": software(warehouse),
            "tables": [_described(path) for path in sorted(self.partial.glob("*.parquet"))],
            "start": instant(start),
            "end": instant(self.clock()),
            "launched_by": body["launched_by"],
            **({"linkage": self._linked(warehouse)} if self.linkage is not None else {}),
            **({"identifiers": IDENTIFIERS} if body["delivery_kind"] == "pseudonymised" else {}),
        }

    def _linked(self, warehouse: Warehouse) -> dict:
        """What the manifest says of the linkage: the authorisation, and how many persons have no
        common identifier, masked as any figure."""
        (alone,) = warehouse.duckdb.execute(
            "SELECT count(*) FROM links WHERE link IS NULL"
        ).fetchone()
        masking = masking_of(self.order.body, self.settings)
        return {
            "grant": self.linkage.grant.hash,
            "decision": self.linkage.grant.body["decision"],
            "sites": self.linkage.grant.body["sites"],
            "without_identifier": mask(
                alone, threshold=masking.threshold, rounding=masking.rounding
            ),
        }

    def _move(self) -> None:
        place = self.settings.spaces / self.space
        private_folder(place.parent)
        sync(self.partial)
        self.partial.replace(place)
        sync(place.parent)


def open_warehouse(settings: SiteSettings) -> Warehouse:
    """The site's warehouse, in the memory and on the threads its settings grant."""
    return connect(settings.warehouse_address, **engine_options(settings))


def engine_options(settings: SiteSettings) -> dict[str, Any]:
    """What DuckDB may take, as ``connect`` is told."""
    return {
        "memory": settings.memory,
        "threads": settings.threads,
        "spill": own_folder(settings.spill),
    }


def open_for(order: Order, settings: SiteSettings) -> Warehouse:
    """The site's warehouse, where those who objected through the portal, to all or to what `order`
    studies, are read as objectors."""
    warehouse = open_warehouse(settings)
    number, themes = order.body.get("number"), themes_of(order.body["cohort"])
    leave_out(warehouse, Register(settings).persons(number, themes))
    return warehouse


def read_cohort(order: Order, warehouse: Warehouse):
    """The cohort of an order. Raises OrderRefused (``cohort``) with the place of each problem."""
    try:
        return parse(order.body["cohort"], known=warehouse.holds)
    except CohortError as error:
        raise _refused(order, error) from error


def _refused(order: Order, error: CohortError) -> OrderRefused:
    problem = error.problems[0]
    return OrderRefused("cohort", order.id, pointer=f"/cohort{problem.pointer}", why=problem.key)


def groups_of(order: Order, warehouse: Warehouse) -> list[np.ndarray]:
    """The numbers of those who could be delivered, left after each step of the cohort of an order
    to count: of the contract's, or of a definition of OHDSI, which is run as it is. Raises
    OrderRefused (``cohort``) and WarehouseError."""
    expression = order.body["cohort"]
    if not from_circe.is_circe(expression):
        return [
            warehouse.numbers(each) for each in warehouse.attrition(read_cohort(order, warehouse))
        ]
    from catalog.warehouse import ohdsi

    try:
        steps = [warehouse.may_be_delivered(each) for each in ohdsi.steps(warehouse, expression)]
    except CohortError as error:
        raise _refused(order, error) from error
    return [ohdsi.numbers(warehouse, each) for each in steps]


def masking_of(body: dict, settings: SiteSettings) -> aggregates.Masking:
    """The stricter of what an order asks and of what the site allows."""
    return aggregates.Masking(
        threshold=max(THRESHOLD, settings.threshold, body.get("threshold") or 0),
        rounding=max(ROUNDING, settings.rounding, body.get("rounding") or 0),
    )


def refuse_drift(warehouse: Warehouse, allowed: Perimeter) -> None:
    """Raise WarehouseError unless the warehouse has every table and column that is to be read."""
    names = [plan.table.name for plan in allowed.tables]
    needed = dict.fromkeys(["person", *names, "objection", "information"])
    warehouse.needs(*needed)
    refuse_wrong_types(warehouse, *needed)
    for plan in allowed.tables:
        present = set(warehouse.tables[plan.table.name].columns)
        for name in plan.names:
            if name not in present:
                raise WarehouseError("no_column", table=plan.table.name, column=name)
        if "visit_occurrence_id" in plan.names:
            warehouse.needs("visit_occurrence")


def software(warehouse: Warehouse) -> dict[str, str]:
    """The program, the connector and what they run on, with their versions."""
    return {
        "guichet": RELEASE,
        "connector": warehouse.connector,
        "python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "ibis-framework", "pyarrow")},
    }


def _described(path: Path) -> dict:
    file = pq.ParquetFile(path)
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "name": path.stem,
        "file": path.name,
        "rows": file.metadata.num_rows,
        "columns": file.schema_arrow.names,
        "bytes": path.stat().st_size,
        "sha256": digest,
    }


def delivered_manifest(place: Path, key: Ed25519PublicKey) -> dict | None:
    """The manifest of the delivery in `place`, None where there is none.

    Raises Failed (``check``) when its files are not those it describes.
    """
    try:
        manifest = json.loads((place / "manifest.json").read_bytes())
        described = [_described(path) for path in sorted(place.glob("*.parquet"))]
    except FileNotFoundError:
        return None
    except (ValueError, pa.ArrowException) as error:
        raise Failed("check", check="manifest") from error
    if not manifest_holds(manifest, key) or manifest["tables"] != described:
        raise Failed("check", check="manifest")
    return manifest


__all__ = [
    "Extraction",
    "OrderRefused",
    "delivered_manifest",
    "masking_of",
    "open_for",
    "open_warehouse",
    "read_cohort",
    "refuse_drift",
    "software",
]
