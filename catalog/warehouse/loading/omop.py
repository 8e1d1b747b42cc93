"""A folder of OMOP CDM 5.x files (CSV or Parquet, one a table, names in any case), brought to the
layout.

Codes are those of the ``…_source_value`` columns, whatever their terminology. Where the folder
holds neither ``objection`` nor ``information``, nobody objected and everyone is taken as informed:
for synthetic or public data only.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import TABLES
from catalog.warehouse.loading import LoadingError, TableWriter

OURS = ("objection", "information")


def load(source: Path, root: Path, sites: Sequence[str]) -> dict[str, dict[str, int]]:
    """Write ``root/<site>/warehouse`` for each of `sites`, persons being dealt in turn over them by
    their number.

    Returns site -> table -> rows. Raises LoadingError where a table that must be there is not.
    """
    files = _files(source)
    with duckdb.connect() as connection:
        try:
            for name, reader in files.items():
                connection.execute(f"CREATE VIEW source_{name} AS SELECT * FROM {reader}")
            connection.execute(
                f"CREATE TEMP TABLE dealt AS SELECT person_id, "
                f"(row_number() OVER (ORDER BY person_id) - 1) % {len(sites)} AS site "
                f"FROM source_person"
            )
            return {
                site: _write(
                    TableWriter(connection, root / site / "warehouse", f"OMOP: {source.name}"),
                    files,
                    number,
                )
                for number, site in enumerate(sites)
            }
        except duckdb.Error as error:
            raise LoadingError(f"{source}: {str(error).splitlines()[0]}") from error


def _files(source: Path) -> dict[str, str]:
    """Table -> the SQL that reads its file."""
    readers = {".csv": "read_csv", ".parquet": "read_parquet"}
    found = {}
    for path in sorted(source.glob("*")):
        name, reader = path.stem.lower(), readers.get(path.suffix.lower())
        if name in TABLES and reader:
            all_text = ", all_varchar = true" if reader == "read_csv" else ""
            found[name] = f"{reader}({quoted(str(path))}{all_text})"
    missing = [
        name for name, table in TABLES.items() if table.required and name not in (*OURS, *found)
    ]
    if missing:
        raise LoadingError(
            f"{source}: {', '.join(missing)} missing (CSV or Parquet, OMOP CDM 5.x)."
        )
    return found


def _write(writer: TableWriter, files: dict[str, str], site: int) -> dict[str, int]:
    rows = {
        name: writer.write(
            name,
            f"SELECT t.* FROM source_{name} AS t SEMI JOIN "
            f"(SELECT person_id FROM dealt WHERE site = {site}) USING (person_id)",
        )
        for name in TABLES
        if name in files
    }
    made = {} if any(name in files for name in OURS) else writer.everyone()
    return rows | made
