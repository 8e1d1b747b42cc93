"""Births as they are delivered: moved by their person's shift, and persons over 89 at their last
delivered date given the year that makes them 90 there, and neither month nor day.

The last delivered date of each person is gathered as files are written (``LastDates``), so that no
file is read for it; what was written is judged afterwards on the files (``inspection``).
"""

from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa

from catalog.site.perimeter import Perimeter, TablePlan
from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import Role

OLDEST = 89
"""Greatest age that is delivered as it is."""

NEVER = np.iinfo(np.int32).min
"""In the place of a day, where there is none."""


class LastDates:
    """The last delivered date of each of so many persons, by their number, as it was written: four
    bytes a person."""

    def __init__(self, persons: int):
        self._days = np.full(persons, NEVER, np.int32)

    def see(self, numbers: np.ndarray, dates: Iterable[pa.ChunkedArray]) -> None:
        """Rows about to be written: the person of each, in order, and their columns of dates."""
        days = [
            column.cast(pa.date32()).cast(pa.int32()).fill_null(NEVER).to_numpy()
            for column in dates
        ]
        if not days or not len(numbers):
            return
        first = np.flatnonzero(np.diff(numbers, prepend=-1))
        last = np.maximum.reduceat(np.maximum.reduce(days), first)
        whose = numbers[first]
        self._days[whose] = np.maximum(self._days[whose], last)

    def table(self) -> pa.Table:
        """``(number, day)`` of who has one."""
        numbers = np.flatnonzero(self._days != NEVER).astype(np.int32)
        days = pa.array(self._days[numbers]).cast(pa.date32())
        return pa.table({"number": pa.array(numbers), "day": days})


def has_births(plan: TablePlan) -> bool:
    """Whether a column of birth is delivered in the table."""
    return any(planned.column.role is Role.BIRTH for planned in plan.columns)


def make(
    connection: duckdb.DuckDBPyConnection,
    perimeter: Perimeter,
    present: set[str],
    last: LastDates,
    *,
    shifted: bool,
) -> None:
    """Make the temporary table ``births`` from ``person``, ``chosen`` and the `last` dates.
    `present` are the columns that the table of persons has."""
    connection.register("last_dates", last.table())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE births AS {query(perimeter, present, shifted=shifted)}"
    )
    connection.unregister("last_dates")


def query(perimeter: Perimeter, present: set[str], *, shifted: bool) -> str:
    """The SQL of ``births (person_id, year_of_birth, month_of_birth, day_of_birth,
    birth_datetime)`` as they are delivered, from ``last_dates (number, day)``.

    Where day and month are unknown the birth is set in the middle of its year.
    """
    month, day, instant = (
        f"p.{name}" if name in present else "NULL"
        for name in ("month_of_birth", "day_of_birth", "birth_datetime")
    )
    end = f"DATE {quoted(perimeter.end.isoformat())}"
    shift = "shift" if shifted else "0"
    return f"""
        WITH born AS (
            SELECT c.person_id, c.number, c.shift, p.year_of_birth::INTEGER AS y,
                {month}::INTEGER AS m, {day}::INTEGER AS d, {instant}::TIMESTAMP AS i
            FROM person AS p JOIN chosen AS c USING (person_id)
        ),
        dated AS (
            SELECT born.*, year({end}) - y > {OLDEST} AS may_be_old,
                coalesce(l.day - shift, {end}) AS last,
                TRY(make_date(y, coalesce(m, 7), coalesce(d, 1))) AS day
            FROM born LEFT JOIN last_dates AS l USING (number)
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
