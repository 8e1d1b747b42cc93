"""Rows a second of a site's extraction, against the same joins and filters as bare DuckDB COPYs.

A synthetic warehouse is made, then both are run in turn on it with the same engine settings:

- ours: the whole of an order, from the cohort to the delivery moved to its space: pseudonyms, dates
  shifted, ages grouped, rows sorted, files read again and checked, hashed, manifest signed;
- bare: for each table one ``COPY (SELECT the same columns FROM table JOIN persons LEFT JOIN
  visits WHERE period) TO file``, persons being the same query (cohort, objectors and not informed
  out) written where it stands; identifiers as they are, in no order.

The ratio is of the best times by the clock of RUNS runs each; that of processors' seconds is given
beside it, for a machine that has other work.
"""

import argparse
import json
import shutil
import tempfile
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.cohort import parse
from catalog.demo_warehouse.generate import generate
from catalog.orders import VERSION, canonical, instant, sign_order, verify_order
from catalog.site import columns, keys, perimeter
from catalog.site.delivery import Extraction, open_warehouse
from catalog.site.provision import provision
from catalog.site.selection import persons_query
from catalog.site.settings import SiteSettings, load
from catalog.warehouse.connection import quoted

SITE = "chu-nantes"
RUNS = 3
LIMIT = 2.0
COHORT = {"all": [{"condition": ["I10", "I21.*", "I48.*", "I50.*"]}]}
VARIABLES = {
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


def _body() -> dict:
    at = datetime.now(UTC)
    return {
        "version": VERSION,
        "kind": "extract",
        "order": str(uuid.uuid4()),
        "site": SITE,
        "issued": instant(at),
        "valid_until": instant(at + timedelta(days=1)),
        "number": "2026-0001",
        "project": str(uuid.uuid4()),
        "cohort": COHORT,
        "delivery_kind": "pseudonymised",
        "variables": [
            {"code": f"{table}.{column}", "table": table, "column": column}
            for table, names in VARIABLES.items()
            for column in names
        ],
        "period": {"from": "2015-01-01", "to": "2025-12-31"},
        "true_dates": False,
        "objections_before": instant(at),
        "launched_by": "benchmark",
    }


def ours(settings: SiteSettings, portal: Ed25519PrivateKey) -> int:
    """Carry one order out, and remove what it delivered; how many rows there were."""
    order = verify_order(
        sign_order(canonical(_body()), portal),
        keys.portal_keys(settings.keys),
        site=SITE,
        at=datetime.now(UTC),
    )
    extraction = Extraction(
        settings=settings,
        order=order,
        secret=keys.site_secret(settings.keys),
        key=keys.site_key(settings.keys),
        clock=lambda: datetime.now(UTC),
    )
    manifest = extraction.run()
    shutil.rmtree(settings.spaces / extraction.space)
    return sum(table["rows"] for table in manifest["tables"])


def bare(settings: SiteSettings, folder: Path) -> int:
    """The same joins and filters, bare; how many rows there were."""
    allowed = perimeter.read(_body())
    rows = 0
    with open_warehouse(settings) as warehouse:
        persons = persons_query(warehouse, parse(COHORT), informed=True)
        for plan in allowed.tables:
            path = quoted(str(folder / f"{plan.table.name}.parquet"))
            (written,) = warehouse.duckdb.execute(
                f"COPY ({_bare_query(plan, allowed, persons)}) TO {path} "
                "(FORMAT parquet, COMPRESSION zstd)"
            ).fetchone()
            rows += written
    return rows


def _bare_query(plan: perimeter.TablePlan, allowed: perimeter.Perimeter, persons: str) -> str:
    visit = "visit_occurrence_id"
    listed = ", ".join(f"v.{name}" if name == visit else f"t.{name}" for name in plan.names)
    joins = f"{plan.table.name} AS t JOIN ({persons}) AS p USING (person_id)"
    if visit in plan.names:
        joins += f" LEFT JOIN visit_occurrence AS v USING ({visit})"
    return f"SELECT {listed} FROM {joins} WHERE {columns.kept(plan, allowed)}"


def _timed(function, *arguments) -> tuple[int, float, float]:
    processors, clock = time.process_time(), time.perf_counter()
    rows = function(*arguments)
    return rows, time.perf_counter() - clock, time.process_time() - processors


def main() -> None:
    parser = argparse.ArgumentParser(prog="./guichet bench extract", description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=1, help="threads of the engine, both sides")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    work = Path(tempfile.mkdtemp(prefix="guichet-extract-"))
    try:
        portal = Ed25519PrivateKey.generate()
        provision(SITE, work / SITE, portal_key=portal.public_key())
        settings = load(SITE, folder=work / SITE, environment={})
        settings = replace(settings, threads=arguments.threads)
        began = time.perf_counter()
        made = generate(work / SITE / "warehouse", site=SITE, persons=arguments.patients, seed=2019)
        seconds = time.perf_counter() - began
        (work / "bare").mkdir()
        runs = [
            (_timed(ours, settings, portal), _timed(bare, settings, work / "bare"))
            for _ in range(RUNS)
        ]
    finally:
        shutil.rmtree(work)
    (rows, *_), (bare_rows, *_) = runs[0]
    best = {
        side: {unit: min(run[number][place] for run in runs) for unit, place in _UNITS.items()}
        for number, side in enumerate(("ours", "bare"))
    }
    ratio, of_processors = (best["ours"][unit] / best["bare"][unit] for unit in _UNITS)
    result = {
        "benchmark": "extract",
        "warehouse_rows": sum(made.values()),
        "warehouse_rows_per_second": round(sum(made.values()) / seconds),
        "threads": arguments.threads,
        "rows": rows,
        "same_rows": rows == bare_rows,
        "rows_per_second": round(rows / best["ours"]["clock"]),
        "bare_rows_per_second": round(rows / best["bare"]["clock"]),
        "seconds": {side: {u: round(v, 2) for u, v in each.items()} for side, each in best.items()},
        "ratio": round(ratio, 2),
        "ratio_processors": round(of_processors, 2),
        "limits": {"ratio": LIMIT},
        "within_limits": ratio <= LIMIT and rows == bare_rows,
    }
    print(json.dumps(result))


_UNITS = {"clock": 1, "processors": 2}


if __name__ == "__main__":
    main()
