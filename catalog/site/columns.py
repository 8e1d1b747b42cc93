"""What becomes of each column when it leaves, by its role (``catalog.warehouse.layout.Role``).

person, visit   the number of its pseudonym (``selection``); a visit that ``visit_occurrence`` does
                not hold is left empty
record          its pseudonym, marked, computed where it stands
date            moved by the shift of its person; empty outside the authorised period
birth           moved likewise, or grouped (``births``)
code, value     as it is; empty in the rows of other codes when it was authorised for some only
"""

import pyarrow as pa

from catalog.site.marks import marked_sql
from catalog.site.perimeter import ColumnPlan, Perimeter, TablePlan
from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import Role

ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
PSEUDONYMS = (Role.PERSON, Role.VISIT, Role.RECORD)


def delivered_type(planned: ColumnPlan) -> pa.DataType:
    """The type a column has in the delivered file."""
    column = planned.column
    return pa.string() if column.role in PSEUDONYMS else ARROW[column.type]


def matches(code: str, patterns: tuple[str, ...]) -> str:
    """SQL: whether `code` (an SQL expression) is one of `patterns`, or begins like one in ``.*``.
    Never NULL."""
    text = f"({code})::VARCHAR"
    exact = [quoted(pattern) for pattern in patterns if not pattern.endswith(".*")]
    found = [f"starts_with({text}, {quoted(p[:-2])})" for p in patterns if p.endswith(".*")]
    if exact:
        found.append(f"{text} IN ({', '.join(exact)})")
    return f"coalesce({' OR '.join(found)}, false)"


def within(perimeter: Perimeter, day: str) -> str:
    """SQL: whether `day` (an SQL expression) is in the authorised period, both days included."""
    return (
        f"({day})::DATE BETWEEN DATE {quoted(perimeter.start.isoformat())} "
        f"AND DATE {quoted(perimeter.end.isoformat())}"
    )


def kept(plan: TablePlan, perimeter: Perimeter, alias: str = "t") -> str:
    """SQL: whether a row is in the perimeter, persons aside."""
    conditions = []
    if plan.table.date:
        conditions.append(within(perimeter, f"{alias}.{plan.table.date}"))
    if plan.codes is not None:
        conditions.append(matches(f"{alias}.{plan.table.code}", plan.codes))
    return " AND ".join(conditions) or "true"


def sql(planned: ColumnPlan, plan: TablePlan, perimeter: Perimeter, *, shifted: bool) -> str:
    """The SQL of a delivered column: ``t`` is its table, ``c`` the chosen person, ``v`` the visit,
    ``b`` the birth."""
    column = planned.column
    raw = f"t.{column.name}"
    match column.role:
        case Role.PERSON:
            return "c.number"
        case Role.VISIT:
            said = "v.number"
        case Role.RECORD:
            return marked_sql("record", limited(raw, planned, plan))
        case Role.DATE:
            said = moved(raw, column.type, shifted=shifted)
            if column.name != plan.table.date:
                said = f"CASE WHEN {within(perimeter, raw)} THEN {said} END"
        case Role.BIRTH:
            said = f"b.{column.name}"
        case _:
            said = f"{raw}::{column.type}"
    return limited(said, planned, plan)


def limited(said: str, planned: ColumnPlan, plan: TablePlan) -> str:
    """SQL of `said`, empty in the rows of other codes when it was authorised for some only."""
    if planned.codes is None or planned.codes == plan.codes:
        return said
    return f"CASE WHEN {matches(f't.{plan.table.code}', planned.codes)} THEN {said} END"


def moved(raw: str, kind: str, *, shifted: bool, shift: str = "c.shift") -> str:
    """SQL of a date (or an instant) moved by its person's shift."""
    if not shifted:
        return f"{raw}::{kind}"
    if kind == "DATE":
        return f"({raw}::DATE + {shift})::DATE"
    return f"{raw}::TIMESTAMP + to_days({shift})"
