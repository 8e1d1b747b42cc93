"""Opening a warehouse and asking it for cohorts.

The default is a folder of Parquet files read by DuckDB: ``parquet:FOLDER``, one file
(``person.parquet``) or one folder of files (``person/*.parquet``) a table. Any other address is
given to ``ibis.connect`` (``postgres://…``, ``trino://…``): such a warehouse counts. An engine that
does not answer in PATIENCE, or not at all, is a WarehouseError like any other.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np

from catalog.cohort import Cohort
from catalog.cohort.compiled import TABLES as CRITERIA
from catalog.cohort.compiled import code_matches, columns_needed, stages
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.layout import TABLES, Column

PARQUET = "parquet:"
POSTGRES = ("postgres:", "postgresql:")
PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "60000"}
"""Of a PostgreSQL, unless the address says otherwise: seconds to open, then milliseconds without a
word from its machine."""
STATEMENT = "60min"
"""How long one query of ours may last on a PostgreSQL."""

AGAIN = 0.1
"""Seconds between two interruptions of what lasts too long."""

DRIVERS = {"psycopg": "Error", "trino.exceptions": "TrinoQueryError", "oracledb": "Error"}
DRIVERS |= {"pyspark.errors": "PySparkException", "py4j.protocol": "Py4JError"}
"""Module of an engine's driver -> its errors. Only those of a driver in use are looked at."""


@dataclass
class Warehouse:
    """An open warehouse: what it is, its Ibis backend, and its tables that are there."""

    connector: str
    backend: ibis.BaseBackend
    tables: dict[str, ir.Table]
    unreadable: dict[str, str] = field(default_factory=dict)
    memory: str = ""
    opening: Callable[[str], ir.Table | None] = lambda _name: None

    def beside(self, name: str) -> ir.Table | None:
        """A table of OMOP that the layout leaves aside (``concept``), or None."""
        return self.run(lambda: self.opening(name))

    @property
    def local(self) -> bool:
        """Whether DuckDB runs it, in this process."""
        return isinstance(getattr(self.backend, "con", None), duckdb.DuckDBPyConnection)

    @property
    def duckdb(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection underneath; raises WarehouseError for another engine."""
        if not self.local:
            raise WarehouseError("not_local", connector=self.connector)
        return self.backend.con

    def close(self) -> None:
        self.backend.disconnect()

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def needs(self, *names: str) -> None:
        """Raise WarehouseError unless every table of `names` is there with what it must have."""
        for name in names:
            if name in self.unreadable:
                raise WarehouseError("unreadable", table=name, why=self.unreadable[name])
            if name not in self.tables:
                raise WarehouseError("no_table", table=name)
            present = set(self.tables[name].columns)
            for column in TABLES[name].columns:
                if column.required and column.name not in present:
                    raise WarehouseError("no_column", table=name, column=column.name)

    def complete(self, *names: str) -> dict[str, ir.Table]:
        """The tables of `names` with every column of the layout, NULL where theirs is absent."""
        self.needs(*names)
        completed = {}
        for name in names:
            table = self.tables[name]
            absent = {
                column.name: ibis.null(IBIS_TYPES[column.type])
                for column in TABLES[name].columns
                if column.name not in table.columns
            }
            completed[name] = table.mutate(**absent) if absent else table
        return completed

    def cohort(self, cohort: Cohort) -> ir.Table:
        """The persons of `cohort`, exactly: one column ``person_id``."""
        return self._stages(cohort)[-1]

    def _stages(self, cohort: Cohort) -> list[ir.Table]:
        needed = columns_needed(cohort)
        tables = self.complete(*needed)
        for name in sorted(needed):
            self._refuse_drift(tables[name], name, needed[name])
        return stages(cohort, tables)

    def _refuse_drift(self, table: ir.Table, name: str, columns: set[str]) -> None:
        """Raise WarehouseError where a column cannot be compared as the layout says: an engine
        refuses it in its own words, or compares it as something else."""
        schema = table.schema()
        for column in TABLES[name].columns:
            if column.name in columns and not column.compares(str(schema[column.name])):
                raise wrong_type(name, column, schema)

    def deliverable(self, cohort: Cohort, *, informed: bool = True) -> ir.Table:
        """The persons of `cohort` who did not object and, unless `informed` is False (a documented
        exception was examined), were individually informed."""
        return self.may_be_delivered(self.cohort(cohort), informed)

    def attrition(self, cohort: Cohort) -> list[ir.Table]:
        """Who is left after each step of `cohort`, among those who may be delivered."""
        return [self.may_be_delivered(found, informed=True) for found in self._stages(cohort)]

    def may_be_delivered(self, found: ir.Table, informed: bool = True) -> ir.Table:
        """Those of an expression of persons who did not object and, if `informed`, were
        individually informed."""
        self.needs("objection")
        found = found.anti_join(self.tables["objection"], "person_id")
        if informed:
            self.needs("information")
            found = found.semi_join(self.tables["information"], "person_id")
        return found

    def numbers(self, found: ir.Table) -> np.ndarray:
        """The numbers of the persons of an expression, in order; they stay at the site."""
        listed = self.run(lambda: self.backend.to_pyarrow(found.select("person_id")))
        return np.sort(listed.column(0).to_numpy().astype(np.int64))

    def count(self, found: ir.Table) -> int:
        """How many persons an expression of ``cohort`` or ``deliverable`` has."""
        return int(self.run(lambda: self.backend.execute(found.count())))

    def holds(self, kind: str, pattern: str) -> bool:
        """Whether one recorded fact has a code that `pattern` matches: ``known`` of a parse."""
        name, code, _ = CRITERIA[kind]
        if name not in self.tables or code not in self.tables[name].columns:
            return False
        table = self.tables[name]
        self._refuse_drift(table, name, {code})
        found = table.filter(code_matches(table[code], (pattern,))).limit(1)
        return self.count(found) > 0

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Stop what DuckDB is asked inside after so many seconds: WarehouseError (``too_long``).
        Other engines keep their own time."""
        if not self.local:
            yield
            return
        late, done = threading.Event(), threading.Event()

        def stop() -> None:
            if not done.wait(seconds):
                late.set()
            # Again and again: an interruption between two queries is lost.
            while not done.wait(AGAIN):
                self.duckdb.interrupt()

        watch = threading.Thread(target=stop, daemon=True)
        watch.start()
        try:
            yield
        except WarehouseError as error:
            if late.is_set():
                raise WarehouseError("too_long", seconds=round(seconds)) from error
            raise
        finally:
            done.set()
            watch.join()

    def run(self, query: Callable):
        """The result of `query`, with what the engine may raise turned into a WarehouseError."""
        try:
            return query()
        except duckdb.OutOfMemoryException as error:
            raise WarehouseError("no_memory", memory=self.memory or "?") from error
        except engine_errors() as error:
            raise WarehouseError(_key(error), why=first_line(error)) from error


def engine_errors() -> tuple[type[Exception], ...]:
    """What the engines whose drivers are loaded raise, and what the system does under them."""
    loaded = [
        getattr(sys.modules[module], name)
        for module, name in DRIVERS.items()
        if module in sys.modules
    ]
    return (duckdb.Error, ibis.IbisError, OSError, *loaded)


def _key(error: Exception) -> str:
    """Whether the engine is gone or refused the query: a driver calls the first, and a query that
    it stopped, operational errors."""
    gone = {"OperationalError", "InterfaceError", "AdminShutdown", "QueryCanceled"}
    names = {kind.__name__ for kind in type(error).__mro__}
    return "unreachable" if isinstance(error, OSError) or names & gone else "query"


IBIS_TYPES = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "DOUBLE": "float64",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


def wrong_type(table: str, column: Column, schema) -> WarehouseError:
    """What is said of a column whose type, in ``schema``, does not serve for the layout's."""
    return WarehouseError(
        "wrong_type",
        table=table,
        column=column.name,
        found=str(schema[column.name]),
        expected=column.type,
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's message, without the place of a query, 200 letters at most."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]


def connect(
    address: str, *, memory: str = "1GB", threads: int | None = None, spill: Path | None = None
) -> Warehouse:
    """Open the warehouse at `address`.

    For DuckDB: `memory` the most it may hold (as DuckDB writes it), `threads` how many it runs,
    `spill` the folder where it puts what does not fit. A table that cannot be read is noted in
    ``unreadable``, and refused only by what needs it. Raises WarehouseError when there is nothing
    to open.
    """
    if address.startswith(PARQUET):
        return _parquet(Path(address.removeprefix(PARQUET)), memory, threads, spill)
    try:
        backend = _engine(address)
        present = {name.lower(): name for name in backend.list_tables()}
        tables = {name: _table(backend, present[name]) for name in TABLES if name in present}
    except (*engine_errors(), ValueError, ImportError) as error:
        raise WarehouseError("unreachable", why=first_line(error)) from error

    def opening(name: str) -> ir.Table | None:
        return _table(backend, present[name]) if name in present else None

    return Warehouse(backend.name, backend, tables, opening=opening)


def _engine(address: str) -> ibis.BaseBackend:
    """The backend of an address; raises one of ``engine_errors``, ValueError or ImportError."""
    if not address.startswith(POSTGRES):
        return ibis.connect(address)
    given = parse_qs(urlsplit(address).query)
    patience = {name: value for name, value in PATIENCE.items() if name not in given}
    backend = ibis.connect(address, **patience)
    if "options" not in given:
        backend.raw_sql(f"SET statement_timeout = '{STATEMENT}'").close()
        backend.con.commit()
    return backend


def _parquet(folder: Path, memory: str, threads: int | None, spill: Path | None) -> Warehouse:
    if not folder.is_dir():
        raise WarehouseError("absent", place=folder)
    backend = ibis.duckdb.connect()
    settings = {
        "memory_limit": memory,
        "temp_directory": str(spill or ""),
        # No file and no network beyond what a query names: nothing is fetched by itself.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "TimeZone": "UTC",
    }
    if threads:
        settings["threads"] = threads
    for name, value in settings.items():
        backend.con.execute(f"SET {name} = $value", {"value": value})
    tables, unreadable = {}, {}
    placed = _placed(folder)

    def opening(name: str) -> ir.Table | None:
        if name not in placed:
            return None
        files, *others = placed[name]
        if others:  # which one is meant cannot be guessed
            said = ", ".join(sorted(str(each[0].relative_to(folder)) for each in placed[name]))
            raise WarehouseError("unreadable", table=name, why=said)
        listed = ", ".join(quoted(str(file)) for file in files)
        backend.con.execute(
            f"CREATE VIEW IF NOT EXISTS {name} AS SELECT * FROM read_parquet([{listed}])"
        )
        return _table(backend, name)

    for name in TABLES:
        try:
            if (table := opening(name)) is not None:
                tables[name] = table
        except duckdb.Error as error:
            unreadable[name] = first_line(error)
        except WarehouseError as error:
            unreadable[name] = error.values["why"]
    if not tables and not unreadable:
        raise WarehouseError("absent", place=folder)
    return Warehouse("parquet/duckdb", backend, tables, unreadable, memory, opening)


def _table(backend: ibis.BaseBackend, name: str) -> ir.Table:
    """A table under the layout's names, whatever the case of its columns'."""
    table = backend.table(name)
    lowered = [column.lower() for column in table.columns]
    return table if list(table.columns) == lowered else table.rename(str.lower)


def _placed(folder: Path) -> dict[str, list[list[Path]]]:
    """Table -> its one file, or those of its folder, whatever the case of their names; several
    such lists where several claim to be it."""
    found: dict[str, list[list[Path]]] = {}
    for path in sorted(folder.iterdir()):
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        files = [each for each in files if each.suffix.lower() == ".parquet" and each.is_file()]
        if files:
            name = (path.name if path.is_dir() else path.stem).lower()
            found.setdefault(name, []).append(files)
    return found


def quoted(text: str) -> str:
    """`text` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
