"""Bringing data in other forms to the layout of a warehouse, as Parquet files.

``eicu`` reads the eICU demo, ``omop`` a folder of OMOP CDM 5.x files. ``TableWriter`` is what both
write with.
"""

from pathlib import Path

import duckdb

from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import TABLES


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
        """Replace the table `name` by the rows of `query`; columns it lacks are NULL. Gives how
        many rows there are."""
        given = {column.lower() for column in self.connection.sql(query).columns}
        listed = ", ".join(
            f"TRY_CAST({column.name if column.name in given else 'NULL'} AS {column.type}) "
            f"AS {column.name}"
            for column in TABLES[name].columns
        )
        path, partial = self.folder / f"{name}.parquet", self.folder / f".{name}.partial"
        order = TABLES[name].key
        (rows,) = self.connection.execute(
            f"COPY (SELECT {listed} FROM ({query}) ORDER BY {order}) TO {quoted(str(partial))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{source: {quoted(self.source)}}})"
        ).fetchone()
        partial.replace(path)
        return rows

    def everyone(self) -> dict[str, int]:
        """For data that hold neither objection nor information: nobody objected, and everyone in
        the table of persons is taken as informed."""
        persons = f"read_parquet({quoted(str(self.folder / 'person.parquet'))})"
        return {
            "objection": self.write("objection", f"SELECT person_id FROM {persons} WHERE false"),
            "information": self.write(
                "information",
                f"SELECT person_id, DATE '1970-01-01' AS informed_on, {quoted(self.source)} "
                f"AS channel FROM {persons}",
            ),
        }
