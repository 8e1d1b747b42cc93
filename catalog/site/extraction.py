"""Writing the delivered tables: one query and one Parquet file a table.

The same order on the same warehouse gives the same bytes: rows are sorted by person (in the order
of pseudonyms) and by the key of the table, and cut every ROWS rows, whatever the engine's threads.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.site import births, columns, marks
from catalog.site.files import sync
from catalog.site.perimeter import Perimeter, TablePlan
from catalog.site.pseudonyms import ProjectKeys
from catalog.site.selection import Selection
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
    last = births.LastDates(len(selection.persons))
    # Births last: whether a person is over 89 depends on the dates delivered of them.
    for plan in sorted(perimeter.tables, key=births.has_births):
        if births.has_births(plan):
            columns_there = present(plan.table.name)
            births.make(connection, perimeter, columns_there, last, shifted=selection.shifted)
        query = table_query(plan, perimeter, shifted=selection.shifted)
        recorded = any(planned.column.role is Role.RECORD for planned in plan.columns)
        parameters = marks.parameters(keys, "record") if recorded else {}
        reader = connection.execute(query, parameters).to_arrow_reader(ROWS)
        path = folder / f"{plan.table.name}.parquet"
        yield Written(plan.table.name, query, _write(path, plan, selection, last, reader))


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


def _write(
    path: Path,
    plan: TablePlan,
    selection: Selection,
    last: births.LastDates,
    batches: Iterable[pa.RecordBatch],
) -> int:
    roles = [planned.column.role for planned in plan.columns]
    schema = pa.schema(
        (planned.column.name, _written_type(role, columns.delivered_type(planned)))
        for planned, role in zip(plan.columns, roles, strict=True)
    )
    dates = [place for place, role in enumerate(roles) if role is Role.DATE]
    rows = 0
    # Arrow's schema is left out: a reader finds plain texts, not how they were written.
    # So are statistics: rows stand in the order of a random draw, none could be skipped by them.
    options = {"compression": COMPRESSION, "store_schema": False, "write_statistics": False}
    # Nor is a dictionary tried where no value comes back.
    options["use_dictionary"] = [
        field.name for field, role in zip(schema, roles, strict=True) if role is not Role.RECORD
    ]
    with pq.ParquetWriter(path, schema, **options) as writer:
        for group in _cut(batches):
            rows += group.num_rows
            numbers = group.column(roles.index(Role.PERSON)).to_numpy()
            last.see(numbers, (group.column(place) for place in dates))
            arrays = []
            for role, field, column in zip(roles, schema, group.columns, strict=True):
                match role:
                    case Role.PERSON:
                        arrays.append(_persons(numbers, selection.persons))
                    case Role.VISIT:
                        arrays.append(_visits(column, selection.visits))
                    case _:
                        arrays.append(column.cast(field.type))
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROWS)
    sync(path)
    return rows


def _written_type(role: Role, kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), kind) if role in (Role.PERSON, Role.VISIT) else kind


def _persons(numbers: np.ndarray, names: np.ndarray) -> pa.DictionaryArray:
    """The names of `numbers`, which are in order."""
    begins = np.diff(numbers, prepend=-1) != 0
    places = np.cumsum(begins, dtype=np.int32) - 1
    return pa.DictionaryArray.from_arrays(pa.array(places), _texts(names[numbers[begins]]))


def _visits(numbers: pa.ChunkedArray, names: np.ndarray) -> pa.DictionaryArray:
    """The names of `numbers`, null where there is none; those only that occur."""
    encoded = numbers.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return pa.DictionaryArray.from_arrays(
        encoded.indices, _texts(names[encoded.dictionary.to_numpy()])
    )


def _texts(names: np.ndarray) -> pa.StringArray:
    ends = np.arange(len(names) + 1, dtype=np.int32) * names.itemsize
    return pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(names))


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
