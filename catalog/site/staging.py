"""An order on an engine that is not DuckDB in this process: PostgreSQL, Spark, Trino, Oracle.

The engine finds the persons and gives their rows of the order's tables, of its period and codes,
and only the columns that are needed; they are written here as Parquet, and DuckDB carries out the
order on them as on any site's files. So deliveries are made by one code, the same bytes whatever
the engine, and neither a key nor a pseudonym ever goes to it. What was fetched is removed.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.cohort import Cohort
from catalog.cohort.compiled import code_matches
from catalog.site.columns import ARROW
from catalog.site.files import private_folder
from catalog.site.perimeter import Perimeter, TablePlan
from catalog.warehouse.connection import IBIS_TYPES, PARQUET, Warehouse, connect
from catalog.warehouse.layout import TABLES, Role, Table

ROWS = 500_000
"""Rows fetched at a time."""


@dataclass
class Staged(Warehouse):
    """The rows fetched for one order: whoever is in them is of the cohort."""

    def cohort(self, cohort: Cohort) -> ir.Table:
        return self.tables["person"].select("person_id")


@contextmanager
def staged(
    engine: Warehouse,
    cohort: Cohort,
    perimeter: Perimeter,
    *,
    informed: bool,
    folder: Path,
    **options,
) -> Iterator[tuple[Warehouse, list[str]]]:
    """What `engine` has for an order, open as Parquet in `folder`, removed afterwards; and the SQL
    that it was asked. `options` are those of ``connect``. Raises WarehouseError."""
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    try:
        asked = _asked(engine, cohort, perimeter, informed=informed)
        for name, rows in asked.items():
            engine.run(lambda name=name, rows=rows: _fetch(engine, rows, folder / name))
        queries = [f"-- {name}\n{engine.backend.compile(rows)};" for name, rows in asked.items()]
        with connect(f"{PARQUET}{folder}", **options) as found:
            yield (
                Staged(
                    engine.connector, found.backend, found.tables, found.unreadable, found.memory
                ),
                queries,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _asked(
    engine: Warehouse, cohort: Cohort, perimeter: Perimeter, *, informed: bool
) -> dict[str, ir.Table]:
    """What to ask for, by table."""
    persons = engine.deliverable(cohort, informed=informed)
    plans = {plan.table.name: plan for plan in perimeter.tables}
    wanted = dict.fromkeys(["person", "objection", "information", *plans])
    if any("visit_occurrence_id" in plan.names for plan in plans.values()):
        wanted["visit_occurrence"] = None
    return {
        name: _of_table(engine.tables[name], TABLES[name], plans.get(name), perimeter, persons)
        for name in wanted
        if name in engine.tables
    }


def _of_table(
    rows: ir.Table, table: Table, plan: TablePlan | None, perimeter: Perimeter, persons: ir.Table
) -> ir.Table:
    rows = rows.semi_join(persons, "person_id")
    # Visits are named by rows of other tables, whatever their own dates.
    if plan is not None and table.name != "visit_occurrence":
        if table.date:
            day = rows[table.date].cast("date")
            rows = rows.filter(day.between(perimeter.start, perimeter.end))
        if plan.codes is not None:
            rows = rows.filter(code_matches(rows[table.code].cast("string"), plan.codes))
    return rows.select(**_columns(rows, table, plan))


def _columns(rows: ir.Table, table: Table, plan: TablePlan | None) -> dict[str, ir.Value]:
    """The columns that a table must have or delivers, of the layout's types; births whole. What
    identifies, or is free text, is not fetched, and stands empty where it must be there."""
    listed = {} if plan is None else dict.fromkeys(plan.names)
    found = {}
    for column in table.columns:
        kind = IBIS_TYPES[column.type]
        asked = column.required or column.name in listed or column.role is Role.BIRTH
        if not asked:
            continue
        if column.role in (Role.TEXT, Role.IDENTIFIER):
            found[column.name] = ibis.null(kind)
        elif column.name in rows.columns:
            found[column.name] = rows[column.name].cast(kind)
    return found


def _fetch(engine: Warehouse, rows: ir.Table, path: Path) -> None:
    schema = pa.schema(
        (column.name, ARROW[column.type])
        for column in TABLES[path.name].columns
        if column.name in rows.columns
    )
    with pq.ParquetWriter(path.with_suffix(".parquet"), schema, compression="zstd") as writer:
        for batch in batches(engine, rows):
            writer.write_table(pa.Table.from_batches([batch]).select(schema.names).cast(schema))


def batches(engine: Warehouse, rows: ir.Table) -> Iterator[pa.RecordBatch]:
    """The rows of an expression, some at a time, never all of them in memory.

    Ibis gives those of Spark whole, and through pandas, where a number beside an empty value loses
    its last digits: they are asked of Spark itself, in slices, by person.
    """
    if engine.backend.name != "pyspark":
        yield from engine.backend.to_pyarrow_batches(rows, chunk_size=ROWS)
        return
    slices = -(-engine.count(rows) // ROWS) or 1
    for number in range(slices):
        some = rows.filter(rows.person_id.abs() % slices == number)
        yield from engine.backend.raw_sql(engine.backend.compile(some)).toArrow().to_batches()
