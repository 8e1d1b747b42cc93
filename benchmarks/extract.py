"""What a site's extraction costs beside the bare DuckDB ``COPY`` of the same result.

A synthetic warehouse is made, then three things are done in turn on it, with the same engine
settings, persons being found by the same query (cohort, objectors and not informed out):

- `ours`: the whole of an order, from the cohort to the delivery moved to its space: pseudonyms,
  dates shifted, ages grouped, rows sorted, files read again and checked, hashed, manifest signed;
- `as_they_are`: for each table one ``COPY (SELECT …) TO file``, whole in itself, of the same rows
  and columns, identifiers and dates as they are, in no order;
- `same_result`: the very rows of `ours`, which is verified: the pseudonyms of persons and visits
  made once, in tables, then for each table one ``COPY`` that joins them, shifts dates and groups
  ages, in no order.

`with_pseudonymisation` is the ratio of `ours` to `as_they_are`. `without_pseudonymisation` is that
of `ours` to `same_result`: both make the same pseudonyms, so that what these cost is no part of the
difference, and what is left is the order of rows, the reading again, the checks, the hashes, the
move. `persons_once` is the first ratio again, to COPYs that share a table of persons found once.

Times are those of processors, user and system, which other work on the machine disturbs least: the
medians of RUNS runs, each side in turn. Those of the clock are given beside them.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.material.site import HEART, STUDY, BenchSite, make_site, rows_of
from catalog.cohort import parse
from catalog.orders import Order
from catalog.site import births, columns, keys, marks, perimeter, pseudonyms
from catalog.site.delivery import open_warehouse
from catalog.site.extraction import table_query
from catalog.site.selection import persons_query, select
from catalog.warehouse.connection import Warehouse, quoted
from catalog.warehouse.layout import Role

RUNS = 7
LIMITS = {"without_pseudonymisation": 1.3, "with_pseudonymisation": 2.0}


def ours(site: BenchSite, order: Order, _folder: Path) -> int:
    with site.delivered(order) as (_, manifest):
        return rows_of(manifest)


def as_they_are(site: BenchSite, order: Order, folder: Path, *, once: bool = False) -> int:
    allowed = perimeter.read(order.body)
    with open_warehouse(site.settings) as warehouse:
        persons = persons_query(warehouse, parse(order.body["cohort"]), informed=True)
        if once:
            warehouse.duckdb.execute(f"CREATE TEMP TABLE found AS {persons}")
            persons = "SELECT person_id FROM found"
        return sum(
            _copy(warehouse, plan, _raw(plan, allowed, persons), folder) for plan in allowed.tables
        )


def persons_once(site: BenchSite, order: Order, folder: Path) -> int:
    return as_they_are(site, order, folder, once=True)


def same_result(site: BenchSite, order: Order, folder: Path) -> int:
    allowed, settings = perimeter.read(order.body), site.settings
    secret = keys.site_secret(settings.keys)
    own = pseudonyms.derive(secret, site=settings.site, project=order.body["project"])
    own = marks.with_mark(own, secret, site=settings.site, order=order.hash)
    rows = 0
    with open_warehouse(settings) as warehouse:
        cohort = parse(order.body["cohort"])
        select(warehouse, cohort, keys=own, informed=True, shifted=True, with_visits=True)
        for plan in sorted(allowed.tables, key=births.has_births):
            if births.has_births(plan):
                _births(warehouse, allowed, folder)
            rows += _copy(warehouse, plan, _pseudonymised(plan, allowed), folder)
    return rows


def _copy(warehouse: Warehouse, plan: perimeter.TablePlan, query: str, folder: Path) -> int:
    path = quoted(str(folder / f"{plan.table.name}.parquet"))
    copied = f"COPY ({query}) TO {path} (FORMAT parquet, COMPRESSION zstd)"
    (rows,) = warehouse.duckdb.execute(copied).fetchone()
    return rows


def _raw(plan: perimeter.TablePlan, allowed: perimeter.Perimeter, persons: str) -> str:
    visit = "visit_occurrence_id"
    listed = ", ".join(f"v.{name}" if name == visit else f"t.{name}" for name in plan.names)
    joins = f"{plan.table.name} AS t JOIN ({persons}) AS p USING (person_id)"
    if visit in plan.names:
        joins += f" LEFT JOIN visit_occurrence AS v USING ({visit})"
    return f"SELECT {listed} FROM {joins} WHERE {columns.kept(plan, allowed)}"


def _pseudonymised(plan: perimeter.TablePlan, allowed: perimeter.Perimeter) -> str:
    numbered, _, _order = table_query(plan, allowed, shifted=True).rpartition(" ORDER BY ")
    return numbered.replace("c.number", "c.pseudonym").replace("v.number", "v.pseudonym")


def _births(warehouse: Warehouse, allowed: perimeter.Perimeter, folder: Path) -> None:
    """Births as delivered, from the last dates that the files copied so far have."""
    dates = {
        plan.table.name: [
            each.column.name for each in plan.columns if each.column.role is Role.DATE
        ]
        for plan in allowed.tables
    }
    last = " UNION ALL ".join(
        f"SELECT person_id, max(greatest({', '.join(names)})) AS day "
        f"FROM read_parquet({quoted(str(folder / f'{table}.parquet'))}) GROUP BY person_id"
        for table, names in dates.items()
        if names
    )
    warehouse.duckdb.execute(
        f"CREATE TEMP TABLE last_dates AS SELECT number, max(day) AS day FROM ({last}) AS d "
        "JOIN chosen ON pseudonym = d.person_id GROUP BY number"
    )
    query = births.query(allowed, set(warehouse.tables["person"].columns), shifted=True)
    warehouse.duckdb.execute(f"CREATE TEMP TABLE births AS {query}")


def same_rows(site: BenchSite, order: Order, folder: Path) -> bool:
    """Whether ``same_result``, in `folder`, holds the rows of the delivery, and no other."""
    with site.delivered(order) as (place, manifest), open_warehouse(site.settings) as warehouse:
        for table in manifest["tables"]:
            ours, theirs = (
                f"FROM read_parquet({quoted(str(side / table['file']))})"
                for side in (place, folder)
            )
            (apart,) = warehouse.duckdb.execute(
                f"SELECT count(*) FROM (({ours} EXCEPT ALL {theirs}) "
                f"UNION ALL ({theirs} EXCEPT ALL {ours}))"
            ).fetchone()
            if apart:
                return False
    return True


SIDES = {
    "ours": ours,
    "as_they_are": as_they_are,
    "persons_once": persons_once,
    "same_result": same_result,
}
OURS_TO = {
    "without_pseudonymisation": "same_result",
    "with_pseudonymisation": "as_they_are",
    "persons_once": "persons_once",
}


def _timed(side: str, *arguments) -> dict[str, float]:
    processors, clock = time.process_time(), time.perf_counter()
    rows = SIDES[side](*arguments)
    return {
        "rows": rows,
        "processors": time.process_time() - processors,
        "clock": time.perf_counter() - clock,
    }


def measured(site: BenchSite, folder: Path, *, runs: int) -> dict:
    """The medians of so many runs, each side in turn, and the ratios."""
    order = site.order(HEART, STUDY)
    found = [{side: _timed(side, site, order, folder) for side in SIDES} for _ in range(runs)]
    medians = {
        unit: {side: median(run[side][unit] for run in found) for side in SIDES}
        for unit in ("processors", "clock")
    }
    return {
        "rows": found[0]["ours"]["rows"],
        "same_rows": same_rows(site, order, folder),
        "seconds": {
            unit: {side: round(value, 2) for side, value in each.items()}
            for unit, each in medians.items()
        },
        "ratios": _ratios(medians["processors"]),
        "ratios_by_the_clock": _ratios(medians["clock"]),
    }


def _ratios(took: dict[str, float]) -> dict[str, float]:
    return {name: round(took["ours"] / took[side], 2) for name, side in OURS_TO.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./guichet bench extract", description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=1, help="threads of the engine, every side")
    parser.add_argument("--runs", type=int, default=RUNS)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="guichet-extract-"))
    try:
        site = make_site(work / "site", persons=arguments.patients, threads=arguments.threads)
        (work / "copies").mkdir()
        found = measured(site, work / "copies", runs=arguments.runs)
    finally:
        shutil.rmtree(work)
    within = all(found["ratios"][name] <= limit for name, limit in LIMITS.items())
    said = {"benchmark": "extract", "warehouse_rows": site.rows, "threads": arguments.threads}
    print(
        json.dumps(
            said | found | {"limits": LIMITS, "within_limits": within and found["same_rows"]}
        )
    )


if __name__ == "__main__":
    main()
