"""What becomes of each column when it leaves, by its role (``catalog.warehouse.layout.Role``).

person, visit   the number of its pseudonym (``selection``); a visit that ``visit_occurrence`` does
                not hold is left empty
record          its pseudonym, marked, computed where it stands
date            moved by the shift of its person; empty outside the authorised period
birth           moved likewise; persons over 89 at their last delivered date are given the year that
                makes them 90 there, and neither month nor day
code, value     as it is; empty in the rows of other codes when it was authorised for some only
"""

import pyarrow as pa

from catalog.site.marks import marked_sql
from catalog.site.perimeter import ColumnPlan, Perimeter, TablePlan
from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import Role

OLDEST = 89
"""Greatest age that is delivered as it is."""

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


def has_births(plan: TablePlan) -> bool:
    """Whether a column of birth is delivered in the table."""
    return any(planned.column.role is Role.BIRTH for planned in plan.columns)


def births_query(
    perimeter: Perimeter, present: set[str], files: dict[str, str], *, shifted: bool
) -> str:
    """The SQL of ``births (person_id, year_of_birth, month_of_birth, day_of_birth,
    birth_datetime)`` as they are delivered. `present` are the columns that the table of persons
    has; `files` the SQL that reads each table delivered so far, by its name.

    The last delivered date of a person is looked for among those only who may be over 89. Where
    day and month are unknown the birth is set in the middle of its year.
    """
    month, day, instant = (
        f"p.{name}" if name in present else "NULL"
        for name in ("month_of_birth", "day_of_birth", "birth_datetime")
    )
    end = f"DATE {quoted(perimeter.end.isoformat())}"
    seen = " UNION ALL ".join(
        _last_dates(plan, files[plan.table.name])
        for plan in perimeter.tables
        if plan.table.name in files and _days(plan)
    )
    seen = seen or "SELECT NULL::BIGINT AS person_id, NULL::DATE AS day WHERE false"
    shift = "shift" if shifted else "0"
    return f"""
        WITH born AS (
            SELECT c.person_id, c.pseudonym, c.shift, p.year_of_birth::INTEGER AS y,
                {month}::INTEGER AS m, {day}::INTEGER AS d, {instant}::TIMESTAMP AS i
            FROM person AS p JOIN chosen AS c USING (person_id)
        ),
        old AS (
            SELECT person_id, pseudonym, shift FROM born WHERE year({end}) - y > {OLDEST}
        ),
        seen AS (SELECT person_id, max(day) AS day FROM ({seen}) GROUP BY person_id),
        dated AS (
            SELECT born.*, o.person_id IS NOT NULL AS may_be_old,
                coalesce(seen.day, {end}) AS last,
                TRY(make_date(y, coalesce(m, 7), coalesce(d, 1))) AS day
            FROM born LEFT JOIN old AS o USING (person_id) LEFT JOIN seen USING (person_id)
        ),
        aged AS (
            SELECT *, may_be_old AND year(last) - y
                - (CASE WHEN m IS NOT NULL AND d IS NOT NULL
                    AND (month(last), day(last)) < (m, d) THEN 1 ELSE 0 END) > {OLDEST} AS grouped
            FROM dated
        )
        SELECT person_id,
            CASE WHEN grouped THEN year(last + {shift}) - {OLDEST + 1}
                WHEN day IS NULL THEN y ELSE year(day + {shift}) END::INTEGER AS year_of_birth,
            CASE WHEN NOT grouped AND m IS NOT NULL THEN month(day + {shift}) END::INTEGER
                AS month_of_birth,
            CASE WHEN NOT grouped AND m IS NOT NULL AND d IS NOT NULL
                THEN day(day + {shift}) END::INTEGER AS day_of_birth,
            CASE WHEN NOT grouped THEN i + to_days({shift}) END AS birth_datetime
        FROM aged
    """


def _days(plan: TablePlan) -> list[str]:
    return [p.column.name for p in plan.columns if p.column.role is Role.DATE]


def _last_dates(plan: TablePlan, file: str) -> str:
    """SQL of (person_id, day) over the delivered dates of a table, moved back, for ``old``."""
    days = [f'f."{name}"::DATE' for name in _days(plan)]
    last = days[0] if len(days) == 1 else f"greatest({', '.join(days)})"
    seen = f"SELECT person_id, max({last}) AS day FROM {file} AS f GROUP BY person_id"
    return (
        f"SELECT o.person_id, s.day - o.shift AS day FROM ({seen}) AS s "
        "JOIN old AS o ON o.pseudonym = s.person_id"
    )
