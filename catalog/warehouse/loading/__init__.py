"""Bringing data in other forms to the layout of a warehouse, as Parquet files.

``eicu`` reads the eICU demo, ``clif`` the MIMIC-IV demo in CLIF, ``omop`` a folder or a DuckDB file
of OMOP CDM 5.x tables. ``TableWriter`` is what they write with.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import TABLES, Column, Role
from catalog.warehouse.vocabulary import type_of

FOUND = (Role.PERSON, Role.VISIT, Role.RECORD, Role.DATE)
"""What a row is found by: where one cannot be read, the row would silently be lost."""


class LoadingError(Exception):
    """Data that cannot be brought to the layout; the text says what lacks and where."""


class TableWriter:
    """Writes the tables of a warehouse in `folder`, all columns of the layout, each of its type.

    `source` says in every file where its data come from.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, source: str):
        self.connection, self.folder, self.source = connection, folder, source
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, query: str) -> int:
        """Replace the table `name` by the rows of `query`: the layout's columns, NULL where it
        lacks them, then the numbers of concepts that it has besides. Gives how many rows there are.
        """
        given = self._given(query)
        required = [column for column in TABLES[name].columns if column.required]
        self._refuse_unreadable(name, query, given, required)
        listed = [f"{_read(column, given)} AS {column.name}" for column in TABLES[name].columns]
        listed += [
            f"TRY_CAST({other} AS BIGINT) AS {other}"
            for other in given
            if other.endswith("_concept_id") and TABLES[name].column(other) is None
        ]
        return self._copy(name, listed, query, TABLES[name].key)

    def copy(self, name: str, query: str) -> int:
        """Replace a table that the layout leaves aside by the rows of `query`, whatever its
        columns, each of the type that its name says."""
        given = self._given(query)
        columns = [Column(each, type_of(each, kind), Role.VALUE) for each, kind in given.items()]
        read = [column for column in columns if column.name.endswith(("_id", "_date"))]
        self._refuse_unreadable(name, query, given, read)
        listed = [f"{_read(column, given)} AS {column.name}" for column in columns]
        return self._copy(name, listed, query, "ALL")

    def _copy(self, name: str, listed: list[str], query: str, order: str) -> int:
        path, partial = self.folder / f"{name}.parquet", self.folder / f".{name}.partial"
        (rows,) = self.connection.execute(
            f"COPY (SELECT {', '.join(listed)} FROM ({query}) ORDER BY {order})"
            f" TO {quoted(str(partial))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{source: {quoted(self.source)}}})"
        ).fetchone()
        partial.replace(path)
        return rows

    def _given(self, query: str) -> dict[str, str]:
        """The columns of `query`, in lower case, with their types."""
        relation = self.connection.sql(query)
        types = map(str, relation.types)
        return dict(zip((name.lower() for name in relation.columns), types, strict=True))

    def _refuse_unreadable(
        self, name: str, query: str, given: dict[str, str], required: list[Column]
    ) -> None:
        """Raise LoadingError where a column that must be there is not, or holds what is not of its
        type where a row is found by it."""
        for column in required:
            if column.name not in given:
                raise LoadingError(f"{name}.{column.name} is missing from {self.source}.")
        found = (*FOUND, Role.VALUE) if name not in TABLES else FOUND
        doubtful = [c for c in required if c.role in found and given[c.name] != c.type]
        if not doubtful:
            return
        counted = ", ".join(
            f"count({column.name}) - count({_read(column, given)})" for column in doubtful
        )
        lost = self.connection.sql(f"SELECT {counted} FROM ({query})").fetchone()
        for column, values in zip(doubtful, lost, strict=True):
            if values:
                raise LoadingError(
                    f"{name}.{column.name}: {values} values of {self.source} are not {column.type}."
                )

    def everyone(self) -> dict[str, int]:
        """For data that hold neither objection nor information: nobody objected, and everyone in
        the table of persons is taken as informed."""
        persons = f"read_parquet({quoted(str(self.folder / 'person.parquet'))})"
        return {
            "objection": self.write(
                "objection", f"SELECT person_id, NULL AS since FROM {persons} WHERE false"
            ),
            "information": self.write(
                "information",
                f"SELECT person_id, DATE '1970-01-01' AS informed_on, {quoted(self.source)} "
                f"AS channel FROM {persons}",
            ),
        }


def deal(connection: duckdb.DuckDBPyConnection, persons: str, sites: Sequence[str]) -> None:
    """Make ``dealt (person_id, site)``: the persons of the query `persons` dealt in turn over
    `sites` by their number."""
    connection.execute(
        f"CREATE TEMP TABLE dealt AS SELECT person_id, "
        f"(row_number() OVER (ORDER BY person_id) - 1) % {len(sites)} AS site FROM ({persons})"
    )


def _read(column: Column, given: dict[str, str]) -> str:
    """The SQL of a column as its type, NULL where it is absent or cannot be read."""
    if column.name not in given:
        return f"NULL::{column.type}"
    read = f"TRY_CAST({column.name} AS {column.type})"
    if column.type in ("DATE", "TIMESTAMP") and given[column.name] == "VARCHAR":
        packed = f"try_strptime({column.name}, '%Y%m%d')"
        return f"coalesce({read}, {packed}::{column.type})"
    return read
