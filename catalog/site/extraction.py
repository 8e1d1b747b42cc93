"""Writing the delivered tables: one query and one Parquet file a table.

The same order on the same warehouse gives the same bytes: rows are sorted by person (in the order
of pseudonyms) and by the key of the table, and cut every ROWS rows, whatever the engine's threads.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.site import columns, marks
from catalog.site.files import sync
from catalog.site.perimeter import Perimeter, TablePlan
from catalog.site.pseudonyms import ProjectKeys
from catalog.site.selection import Selection
from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import Role

ROWS = 122_880
"""Rows in a row group."""
COMPRESSION = "zstd"


@dataclass(frozen=True)
class Written:
    """A table written: its query and its number of rows."""

    name: str
    query: str
    rows: int


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    perimeter: Perimeter,
    selection: Selection,
    keys: ProjectKeys,
    folder: Path,
    *,
    present: Callable[[str], set[str]],
) -> Iterator[Written]:
    """Write ``<table>.parquet`` into `folder` for each table of `perimeter`, in turn.

    `present` gives the columns that a table of the warehouse has. Between two tables the caller may
    stop.
    """
    files: dict[str, str] = {}
    # Births last: whether a person is over 89 depends on the dates delivered of them.
    for plan in sorted(perimeter.tables, key=columns.has_births):
        if columns.has_births(plan):
            births = columns.births_query(
                perimeter, present(plan.table.name), files, shifted=selection.shifted
            )
            connection.execute(f"CREATE OR REPLACE TEMP TABLE births AS {births}")
        query = table_query(plan, perimeter, shifted=selection.shifted)
        recorded = any(planned.column.role is Role.RECORD for planned in plan.columns)
        parameters = marks.parameters(keys, "record") if recorded else {}
        reader = connection.execute(query, parameters).to_arrow_reader(ROWS)
        path = folder / f"{plan.table.name}.parquet"
        files[plan.table.name] = f"read_parquet({quoted(str(path))})"
        yield Written(plan.table.name, query, _write(path, plan, selection, reader))


def table_query(plan: TablePlan, perimeter: Perimeter, *, shifted: bool) -> str:
    """The SQL of a delivered table, persons and visits being numbers."""
    roles = {planned.column.role for planned in plan.columns}
    listed = ", ".join(
        f'{columns.sql(planned, plan, perimeter, shifted=shifted)} AS "{planned.column.name}"'
        for planned in plan.columns
    )
    joins = f"{plan.table.name} AS t JOIN chosen AS c USING (person_id)"
    if Role.VISIT in roles:
        joins += " LEFT JOIN visits AS v USING (visit_occurrence_id)"
    if Role.BIRTH in roles:
        joins += " LEFT JOIN births AS b USING (person_id)"
    key = plan.table.key if plan.table.key != "person_id" else plan.table.date
    order = "c.number" + (f", t.{key}" if key else "")
    where = columns.kept(plan, perimeter)
    return f"SELECT {listed} FROM {joins} WHERE {where} ORDER BY {order}"


def _write(path: Path, plan: TablePlan, selection: Selection, batches: Iterable) -> int:
    schema = pa.schema(
        (planned.column.name, _written_type(planned.column.role, columns.delivered_type(planned)))
        for planned in plan.columns
    )
    values = {Role.PERSON: selection.persons, Role.VISIT: selection.visits}
    coded = [values.get(planned.column.role) for planned in plan.columns]
    rows = 0
    # Arrow's schema is left out: a reader finds plain texts, not how they were written.
    # So are statistics: rows stand in the order of a random draw, none could be skipped by them.
    options = {"compression": COMPRESSION, "store_schema": False, "write_statistics": False}
    with pq.ParquetWriter(path, schema, **options) as writer:
        for group in _cut(batches):
            rows += group.num_rows
            arrays = [
                column.cast(field.type) if names is None else _named(column, names)
                for column, names, field in zip(group.columns, coded, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROWS)
    sync(path)
    return rows


def _written_type(role: Role, kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), kind) if role in (Role.PERSON, Role.VISIT) else kind


def _named(numbers: pa.ChunkedArray, names: pa.Array) -> pa.DictionaryArray:
    """`numbers` with the names in their place; only those that occur are in the dictionary."""
    encoded = numbers.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return pa.DictionaryArray.from_arrays(encoded.indices, pc.take(names, encoded.dictionary))


def _cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of `batches`, ROWS at a time, however they come."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= ROWS:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROWS)
            waiting = table.slice(ROWS).to_batches()
            count -= ROWS
    if count:
        yield pa.Table.from_batches(waiting)
