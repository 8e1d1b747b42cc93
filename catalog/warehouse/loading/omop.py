"""OMOP CDM 5.3 or 5.4 tables, brought to the layout: a folder of CSV (in UTF-8, a first line of
names, compressed or not) or Parquet, one file or one folder of files a table, or a DuckDB file.
Names of files, tables and columns are in any case.

Codes are those of the ``…_source_value`` columns, whatever their terminology. Two columns that 5.4
renamed are known by their name of 5.3. Dates may be written 20190301. Records that share a number
are numbered again. Where the source holds neither ``objection`` nor ``information``, nobody
objected and everyone is taken as informed: for synthetic or public data only.

What definitions of OHDSI are run with comes too, where it is there: the vocabulary, whole at each
site; the other tables of persons (``catalog.warehouse.vocabulary``); the records' concepts.
"""

import csv
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import TABLES, Role
from catalog.warehouse.loading import LoadingError, TableWriter, deal
from catalog.warehouse.vocabulary import CONCEPTS, JOINED, RECORDED

OURS = ("objection", "information")
KNOWN = (*TABLES, *RECORDED, *CONCEPTS)
READERS = {".csv": "read_csv", ".csv.gz": "read_csv", ".parquet": "read_parquet"}
SEPARATORS = ",;\t|"
LONGEST_LINE = 100_000
"""Letters read of a first line."""
DATABASES = (".duckdb", ".db")
RENAMED = {
    "admitting_source_value": "admitted_from_source_value",
    "discharge_to_source_value": "discharged_to_source_value",
}
"""Name of a column in 5.3 -> its name in 5.4."""


def load(source: Path, root: Path, sites: Sequence[str]) -> dict[str, dict[str, int]]:
    """Write ``root/<site>/warehouse`` for each of `sites`, persons being dealt in turn over them by
    their number.

    Returns site -> table -> rows. Raises LoadingError where a table or a column that must be there
    is not, or cannot be read.
    """
    with duckdb.connect() as connection:
        try:
            readers = _tables(connection, source) if _is_database(source) else _files(source)
            _refuse_missing(source, readers)
            found = [name for name in readers if _view(connection, source, name, readers[name])]
            deal(connection, "SELECT DISTINCT person_id FROM source_person", sites)
            return {
                site: _write(
                    TableWriter(connection, root / site / "warehouse", f"OMOP: {source.name}"),
                    found,
                    number,
                )
                for number, site in enumerate(sites)
            }
        except duckdb.Error as error:
            raise LoadingError(f"{source}: {_said(error)}") from error


def _is_database(source: Path) -> bool:
    return source.is_file() and source.suffix.lower() in DATABASES


def _tables(connection: duckdb.DuckDBPyConnection, source: Path) -> dict[str, str]:
    """Table -> its name in the DuckDB file, which is only read."""
    connection.execute(f"ATTACH {quoted(str(source))} AS source (READ_ONLY)")
    listed = connection.sql(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'source'"
    ).fetchall()
    return {
        table.lower(): f'source."{schema}"."{table}"'
        for schema, table in sorted(listed)
        if table.lower() in KNOWN
    }


def _files(source: Path) -> dict[str, str]:
    """Table -> the SQL that reads its file, or all the files of its folder. Raises LoadingError
    when two of them claim to be one table: which one is meant cannot be guessed."""
    found, places = {}, {}
    for path in sorted(source.glob("*")):
        files = sorted(path.glob("*")) if path.is_dir() else [path]
        files = [file for file in files if _kind(file)]
        kinds = {_kind(file) for file in files}
        name = (path.name if path.is_dir() else path.name.removesuffix(_ending(path))).lower()
        if name not in KNOWN or not files:
            continue
        if name in places or len(kinds) != 1:
            other = places.get(name, path)
            raise LoadingError(
                f"{source}: {name} is said twice ({other.name}, {path.name}): keep one of them."
            )
        (kind,), places[name] = kinds, path
        listed = ", ".join(quoted(str(file)) for file in files)
        read = "" if kind == ".parquet" else _as_text(files, quoting=name not in CONCEPTS)
        found[name] = f"{READERS[kind]}([{listed}]{read})"
    return found


def _ending(path: Path) -> str:
    """``.parquet``, ``.csv`` or ``.csv.gz`` as the file's name ends, whatever the case; or none."""
    name = path.name.lower()
    return path.name[-len(end) :] if (end := next(filter(name.endswith, READERS), "")) else ""


def _kind(path: Path) -> str:
    return _ending(path).lower() if path.is_file() else ""


def _as_text(files: list[Path], *, quoting: bool) -> str:
    """How the files of CSV of a table are read: as their first line says, which must be the same.
    Nothing is guessed from the others: one that is cut short would change how all are read. Athena,
    which gives the vocabulary, separates by tabs and writes quotes as they are: no `quoting` then.
    """
    first = _first_line(files[0])
    for other in files[1:]:
        if _first_line(other) != first:
            raise LoadingError(f"{files[0]} and {other} have not the same first line.")
    separator = max(SEPARATORS, key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
    if not any(names):
        raise LoadingError(f"{files[0]} is empty: leave it out.")
    if len({name.lower() for name in names}) != len(names):
        raise LoadingError(f"{files[0]}: two columns have one name.")
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    said = f"columns = {{{columns}}}, delim = {quoted(separator)}, header = true"
    marks = '"' if quoting or separator != "\t" else ""
    return f", auto_detect = false, quote = '{marks}', escape = '{marks}', {said}"


def _first_line(path: Path) -> str:
    open_file = gzip.open if _kind(path) == ".csv.gz" else open
    try:
        with open_file(path, "rb") as content:
            line = content.readline(LONGEST_LINE)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadingError(f"{path}: it cannot be read ({error}).") from error
    try:
        return line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise LoadingError(f"{path} is not in UTF-8: write it again so, then load it.") from error


def _said(error: duckdb.Error) -> str:
    """What DuckDB says of a file: the first line, and of a CSV its cause and where it stands."""
    first, *lines = str(error).splitlines()
    told = [line for line in lines if line.startswith(("Expected", "Invalid", "Value", "  file"))]
    return " ".join(line.strip() for line in [first, *told])


def _refuse_missing(source: Path, found: dict[str, str]) -> None:
    missing = [
        name for name, table in TABLES.items() if table.required and name not in (*OURS, *found)
    ]
    if missing:
        raise LoadingError(
            f"{source}: {', '.join(missing)} missing (CSV, Parquet or DuckDB, OMOP CDM 5.x)."
        )


def _view(connection, source: Path, name: str, reader: str) -> bool:
    """Make ``source_<name>``, every column under its name of 5.4; False where nothing is in it."""
    relation = connection.sql(f"SELECT * FROM {reader}")
    present = {column.lower() for column in relation.columns}
    if name in CONCEPTS:
        return _vocabulary(connection, source, name, reader, present)
    if "person_id" not in present:
        if _only_a_header(relation):
            return False
        raise LoadingError(f"{source}: {name}.person_id is missing.")
    renamed = [
        f"{old} AS {new}" for old, new in RENAMED.items() if old in present and new not in present
    ]
    every = f"* REPLACE ({_numbered(name)})" if _taken_twice(relation, name, present) else "*"
    listed = ", ".join([every, *renamed])
    connection.execute(f"CREATE VIEW source_{name} AS SELECT {listed} FROM {reader} AS t")
    return True


def _vocabulary(connection, source: Path, name: str, reader: str, present: set[str]) -> bool:
    """The same of a table of the vocabulary: its columns that are read. No text is NULL, as a
    concept without a reason to be invalid is valid."""
    listed = []
    for column, kind in CONCEPTS[name].items():
        if column in present:
            read = f"nullif(trim({column}::VARCHAR), '')" if kind == "VARCHAR" else column
        elif column in JOINED:
            raise LoadingError(f"{source}: {name}.{column} is missing.")
        else:
            read = f"NULL::{kind}"
        listed.append(f"{read} AS {column}")
    connection.execute(f"CREATE VIEW source_{name} AS SELECT {', '.join(listed)} FROM {reader}")
    return True


def _taken_twice(relation: duckdb.DuckDBPyRelation, name: str, present: set[str]) -> bool:
    """Whether several records of a table have one number: they are then numbered again, as nothing
    refers to a record by it. Persons and visits, referred to, are left as they are."""
    table = TABLES.get(name)
    if table is None or table.key not in present or table.column(table.key).role is not Role.RECORD:
        return False
    rows, numbers = relation.aggregate(
        f"count({table.key}), count(DISTINCT {table.key})"
    ).fetchone()
    return rows != numbers


def _numbered(name: str) -> str:
    """Its records numbered in an order of their own: their number first, then all they say."""
    key = TABLES[name].key
    return f"row_number() OVER (ORDER BY {key}, person_id, t::VARCHAR) AS {key}"


def _only_a_header(relation: duckdb.DuckDBPyRelation) -> bool:
    """Whether the one row is the names of columns, as where an empty CSV was read as data."""
    rows = relation.limit(2).fetchall()
    return len(rows) == 1 and "person_id" in {str(value).lower() for value in rows[0]}


def _write(writer: TableWriter, found: list[str], site: int) -> dict[str, int]:
    rows = {}
    for name in (each for each in KNOWN if each in found):
        if name in CONCEPTS:
            rows[name] = writer.copy(name, f"SELECT * FROM source_{name}")
            continue
        theirs = (
            f"SELECT t.* FROM source_{name} AS t SEMI JOIN "
            f"(SELECT person_id FROM dealt WHERE site = {site}) USING (person_id)"
        )
        rows[name] = (writer.write if name in TABLES else writer.copy)(name, theirs)
    made = {} if any(name in found for name in OURS) else writer.everyone()
    return rows | made
