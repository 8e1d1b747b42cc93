"""Finding the person that a statement names, in the site's own identities.

The table is ``identity (person_id, birth_name, usual_name, first_names, birth_date)`` and, where
the site links, ``identifier`` (one that all sites share, as the INS), kept apart from the
warehouse: no order can name it. ``parquet:FOLDER`` or the address of any engine, as a
warehouse. Only those born on the day said are read; names are compared without accent or case, the
birth name or the usual one with either of those said, and the first of the first names.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir

from catalog.sealed import Statement, first_of, folded
from catalog.site.settings import SiteSettings
from catalog.warehouse.connection import PARQUET, first_line
from catalog.warehouse.errors import WarehouseError

TABLE = "identity"
IDENTIFIER = "identifier"
COLUMNS = ("person_id", "birth_name", "usual_name", "first_names", "birth_date")


def find(settings: SiteSettings, statement: Statement) -> list[int]:
    """The persons whom `statement` may be about: one, several who share all of it, or none.

    Raises WarehouseError when the identities cannot be read.
    """
    said = {folded(statement.birth_name), folded(statement.usual_name)} - {""}
    first = first_of(statement.first_names)
    rows = _born_on(settings.identities_address, statement)
    return sorted(
        {
            int(person)
            for person, birth_name, usual_name, first_names, _born in rows
            if first_of(first_names or "") == first
            and said & {folded(birth_name or ""), folded(usual_name or "")}
        }
    )


def identifiers(settings: SiteSettings, persons: list[int]) -> dict[int, str]:
    """The common identifier of each of `persons` who has one.

    Raises WarehouseError when the identities cannot be read, or have no such column.
    """
    wanted = set(persons)

    def read(table: ir.Table) -> ir.Table:
        return table.filter(table[IDENTIFIER].notnull()).select("person_id", IDENTIFIER)

    rows = _read(settings.identities_address, ("person_id", IDENTIFIER), read)
    return {int(person): str(said) for person, said in rows if person in wanted}


def _born_on(address: str, statement: Statement) -> list[tuple]:
    def born(table: ir.Table) -> ir.Table:
        return table.filter(table.birth_date == ibis.literal(statement.born_on)).select(*COLUMNS)

    return _read(address, COLUMNS, born)


def _read(
    address: str, needed: tuple[str, ...], asked: Callable[[ir.Table], ir.Table]
) -> list[tuple]:
    """The rows of what is `asked` of the table, which must have the columns `needed`."""
    try:
        backend, table = _open(address)
    except (ibis.IbisError, OSError, ValueError, ImportError, duckdb.Error) as error:
        raise WarehouseError("unreachable", table=TABLE, why=first_line(error)) from error
    try:
        for name in needed:
            if name not in table.columns:
                raise WarehouseError("no_column", table=TABLE, column=name)
        found = backend.to_pyarrow(asked(table))
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))
    except duckdb.Error as error:
        raise WarehouseError("unreadable", table=TABLE, why=first_line(error)) from error
    finally:
        backend.disconnect()


def _open(address: str) -> tuple[ibis.BaseBackend, ir.Table]:
    if not address.startswith(PARQUET):
        backend = ibis.connect(address)
        return backend, backend.table(TABLE)
    file = Path(address.removeprefix(PARQUET)) / f"{TABLE}.parquet"
    if not file.is_file():
        raise WarehouseError("absent", table=TABLE, place=file.parent)
    backend = ibis.duckdb.connect()
    return backend, backend.read_parquet(file)
