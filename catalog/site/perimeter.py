"""What an order allows to leave: tables, columns, codes and period, read from its ``variables``.

A variable is ``{"code", "table", "column"}`` and, when it is one laboratory test or one list of
diagnoses rather than a whole column, ``"codes"``: patterns as in a cohort. Then

- a table with such variables delivers only the rows of their codes, unless one of their columns is
  authorised as a whole too;
- a column named only by such variables is empty in the rows of other codes;
- the table's own code column comes along, since rows could not be told apart without it.

The person's pseudonym is in every table; the visit's wherever visits are delivered or it is named.
A table without it delivers the pseudonym of each row, which bears the mark of the delivery
(``catalog.site.marks``); one of persons or of deaths has none.
A column that identifies, or holds free text, is refused whatever the order says.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.orders import OrderRefused
from catalog.warehouse.layout import TABLES, Column, Role, Table

NEVER = {Role.IDENTIFIER: "identifier", Role.TEXT: "free_text"}
NOT_DELIVERED = {"objection", "information"}
MOST_VARIABLES = 2_000


@dataclass(frozen=True)
class ColumnPlan:
    """A column to deliver; `codes` are the patterns of the rows it is filled in, None for all."""

    column: Column
    codes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TablePlan:
    """A table to deliver; `codes` are the patterns of its rows, None for all."""

    table: Table
    columns: tuple[ColumnPlan, ...]
    codes: tuple[str, ...] | None = None

    @property
    def names(self) -> list[str]:
        return [planned.column.name for planned in self.columns]


@dataclass(frozen=True)
class Perimeter:
    """What an order allows: the tables in the layout's order; the period, both days included."""

    start: date
    end: date
    tables: tuple[TablePlan, ...]


def read(order: dict) -> Perimeter:
    """The perimeter of an extraction order; raises OrderRefused with the JSON Pointer at fault."""
    start, end = _period(order)
    wanted: dict[str, dict[str, set[str] | None]] = {}
    coded: dict[str, set[str]] = {}
    limited: dict[str, set[str]] = {}
    variables = order["variables"]
    if len(variables) > MOST_VARIABLES:
        raise _refused(order, "/variables", "too_many")
    for place, variable in enumerate(variables):
        pointer = f"/variables/{place}"
        table, column, codes = _variable(order, variable, pointer)
        columns = wanted.setdefault(table.name, {})
        if codes is None:
            columns[column.name] = None
        else:
            coded.setdefault(table.name, set()).update(codes)
            limited.setdefault(table.name, set()).add(column.name)
            if columns.get(column.name, set()) is not None:
                columns.setdefault(column.name, set()).update(codes)
    if not wanted and order["delivery_kind"] != "aggregates":
        raise _refused(order, "/variables", "empty")
    whole = {
        name for name, columns in limited.items() if any(wanted[name][c] is None for c in columns)
    }
    plans = tuple(
        _plan(
            TABLES[name],
            wanted[name],
            None if name in whole else coded.get(name),
            "visit_occurrence" in wanted,
        )
        for name in TABLES
        if name in wanted
    )
    return Perimeter(start, end, plans)


def _refused(order: dict, pointer: str, why: str, **values: Any) -> OrderRefused:
    return OrderRefused("perimeter", order["order"], pointer=pointer, why=why, **values)


def _period(order: dict) -> tuple[date, date]:
    days = []
    for name in ("from", "to"):
        try:
            days.append(date.fromisoformat(order["period"][name]))
        except (KeyError, TypeError, ValueError) as error:
            raise _refused(order, f"/period/{name}", "date") from error
    if days[0] > days[1]:
        raise _refused(order, "/period", "upside_down")
    return days[0], days[1]


def _variable(
    order: dict, variable: Any, pointer: str
) -> tuple[Table, Column, tuple[str, ...] | None]:
    if not isinstance(variable, dict):
        raise _refused(order, pointer, "type")
    name = variable.get("table")
    table = TABLES.get(name) if isinstance(name, str) else None
    if table is None or table.name in NOT_DELIVERED:
        raise _refused(order, f"{pointer}/table", "unknown_table", table=str(name)[:60])
    name = variable.get("column")
    column = table.column(name) if isinstance(name, str) else None
    if column is None:
        raise _refused(order, f"{pointer}/column", "unknown_column", column=str(name)[:60])
    if column.role in NEVER:
        column_name = f"{table.name}.{column.name}"
        raise _refused(order, f"{pointer}/column", NEVER[column.role], column=column_name)
    codes = variable.get("codes")
    if codes is None:
        return table, column, None
    good = isinstance(codes, list) and codes and all(isinstance(c, str) and c for c in codes)
    if not good or table.code is None or any(code == ".*" for code in codes):
        raise _refused(order, f"{pointer}/codes", "codes")
    return table, column, tuple(codes)


def _plan(
    table: Table, wanted: dict[str, set[str] | None], coded: set[str] | None, visits: bool
) -> TablePlan:
    wanted = {**wanted, "person_id": None}
    if visits and table.column("visit_occurrence_id"):
        wanted["visit_occurrence_id"] = None
    if not any(column.name in wanted for column in table.marked):
        wanted |= {column.name: None for column in table.marked if column.role is Role.RECORD}
    if coded is not None or any(codes is not None for codes in wanted.values()):
        wanted[table.code] = None
    columns = tuple(
        ColumnPlan(column, _sorted(wanted[column.name]))
        for column in table.columns
        if column.name in wanted
    )
    return TablePlan(table, columns, _sorted(coded))


def _sorted(codes: set[str] | None) -> tuple[str, ...] | None:
    return None if codes is None else tuple(sorted(codes))
