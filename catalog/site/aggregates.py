"""The delivery kind *aggregates*: one table of counts, none for fewer persons than the threshold.

``aggregates.parquet`` has a row for each group: `variable` (``table.column``, or ``persons`` for
the whole), `group` (a code, a year, a decade of birth…), `persons` rounded as any count that leaves
the site, NULL where masked, `masked`, and for a measured value its `mean` and `deviation` over the
rows of the group. Where a single group of a variable is masked, the smallest of the others is
masked with it, so that it cannot be found by subtraction; means of masked groups are not given.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.orders import mask
from catalog.site import births, columns
from catalog.site.failures import Failed
from catalog.site.files import sync
from catalog.site.perimeter import ColumnPlan, Perimeter, TablePlan
from catalog.warehouse.layout import Role

NAME = "aggregates"
SCHEMA = pa.schema(
    [
        ("variable", pa.string()),
        ("group", pa.string()),
        ("persons", pa.int64()),
        ("masked", pa.bool_()),
        ("mean", pa.float64()),
        ("deviation", pa.float64()),
    ]
)
DIGITS = 4
"""Significant digits of a mean."""


@dataclass(frozen=True)
class Masking:
    """How counts leave the site: the stricter of the order's and the site's own."""

    threshold: int
    rounding: int

    def __call__(self, persons: int) -> int | None:
        return mask(persons, threshold=self.threshold, rounding=self.rounding)["persons"]


def queries(perimeter: Perimeter) -> dict[str, str]:
    """The SQL of each variable of `perimeter`: (group, persons, mean, deviation), exact."""
    found = {"persons": "SELECT '', count(*), NULL, NULL FROM chosen"}
    for plan in perimeter.tables:
        for planned in plan.columns:
            group = _group(planned, plan, perimeter)
            if group is not None:
                name = f"{plan.table.name}.{planned.column.name}"
                found[name] = _query(planned, plan, perimeter, group)
    return found


def _group(planned: ColumnPlan, plan: TablePlan, perimeter: Perimeter) -> str | None:
    """SQL of the group of a row; None for a column that has no groups (a pseudonym)."""
    column, raw = planned.column, f"t.{planned.column.name}"
    if column.role is Role.BIRTH and column.name == "year_of_birth":
        oldest = perimeter.end.year - births.OLDEST
        return (
            f"CASE WHEN {raw} < {oldest} THEN '< {oldest}' "
            f"ELSE ({raw} // 10 * 10)::VARCHAR || '-' || ({raw} // 10 * 10 + 9)::VARCHAR END"
        )
    if column.role is Role.DATE:
        return f"CASE WHEN {columns.within(perimeter, raw)} THEN year({raw}) END::VARCHAR"
    if column.role is Role.CODE or (column.role is Role.VALUE and column.type == "VARCHAR"):
        return f"{raw}::VARCHAR"
    if column.role is Role.VALUE:
        return f"t.{plan.table.code}::VARCHAR" if plan.table.code else "''"
    return None


def _query(planned: ColumnPlan, plan: TablePlan, perimeter: Perimeter, group: str) -> str:
    raw = f"t.{planned.column.name}"
    conditions = [columns.kept(plan, perimeter), f"{raw} IS NOT NULL", f"({group}) IS NOT NULL"]
    if planned.codes is not None and planned.codes != plan.codes:
        conditions.append(columns.matches(f"t.{plan.table.code}", planned.codes))
    mean = deviation = "NULL"
    if planned.column.role is Role.VALUE and planned.column.type != "VARCHAR":
        conditions.append(f"isfinite({raw}::DOUBLE)")
        mean, deviation = f"favg({raw}::DOUBLE)", f"stddev_pop({raw}::DOUBLE)"
    return (
        f"SELECT {group}, count(DISTINCT t.person_id), {mean}, {deviation} "
        f"FROM {plan.table.name} AS t SEMI JOIN chosen USING (person_id) "
        f"WHERE {' AND '.join(conditions)} GROUP BY 1"
    )


def write(
    connection: duckdb.DuckDBPyConnection, perimeter: Perimeter, masking: Masking, folder: Path
) -> int:
    """Write ``aggregates.parquet`` into `folder`; how many rows it has."""
    rows = []
    for variable, query in queries(perimeter).items():
        groups = sorted(connection.execute(query).fetchall(), key=lambda row: str(row[0]))
        rows += masked_rows(variable, groups, masking)
    path = folder / f"{NAME}.parquet"
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, path, compression="zstd", store_schema=False)
    sync(path)
    return len(rows)


def masked_rows(variable: str, groups: list[tuple], masking: Masking) -> list[dict[str, Any]]:
    """The rows of one variable from its exact groups (group, persons, mean, deviation)."""
    shown = {place for place, row in enumerate(groups) if masking(row[1]) is not None}
    if len(groups) - len(shown) == 1 and shown:
        shown.remove(min(shown, key=lambda place: (groups[place][1], str(groups[place][0]))))
    return [
        {
            "variable": variable,
            "group": str(group),
            "persons": masking(persons) if place in shown else None,
            "masked": place not in shown,
            "mean": _rounded(mean) if place in shown else None,
            "deviation": _rounded(deviation) if place in shown else None,
        }
        for place, (group, persons, mean, deviation) in enumerate(groups)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def inspect(
    connection: duckdb.DuckDBPyConnection,
    perimeter: Perimeter,
    masking: Masking,
    folder: Path,
    *,
    persons_query: str,
    informed: bool,
) -> dict[str, bool]:
    """What is found on the file, read again from the disk; raises Failed (``check``)."""
    path = folder / f"{NAME}.parquet"
    if [each.name for each in folder.iterdir()] != [path.name]:
        raise Failed("check", check="files")
    file = pq.ParquetFile(path)
    if not file.schema_arrow.equals(SCHEMA) or file.metadata.metadata:
        raise Failed("check", check="columns", table=NAME)
    rows = file.read().to_pylist()
    by_variable = defaultdict(list)
    for row in rows:
        by_variable[row["variable"]].append(row)
    if not set(by_variable) <= set(queries(perimeter)):
        raise Failed("check", check="columns", table=NAME)
    for row in rows:
        persons, said = row["persons"], (row["mean"], row["deviation"])
        whole = persons is not None and persons % masking.rounding == 0
        small = row["masked"] and (persons, *said) != (None, None, None)
        if small or (not row["masked"] and not (whole and persons >= masking.threshold)):
            raise Failed("check", check="small_groups", column=row["variable"])
    for variable, found in by_variable.items():
        if len(found) > 1 and sum(row["masked"] for row in found) == 1:
            raise Failed("check", check="subtraction", column=variable)
    if not period_holds(rows, perimeter):
        raise Failed("check", check="period", table=NAME)
    _lists(connection, by_variable["persons"], masking, persons_query, informed)
    return {
        "identifiers_absent": True,
        "columns_exact": True,
        "period_exact": True,
        "persons_exact": True,
        "objectors_absent": True,
        "not_informed_absent": informed,
        "exception_examined": not informed,
    }


def _lists(connection, whole: list[dict], masking: Masking, query: str, informed: bool) -> None:
    """The persons counted are those of the order, by the lists as they are now."""
    count, objectors, others = connection.execute(
        f"""
        SELECT count(*), count(*) FILTER (o.person_id IS NOT NULL),
            count(*) FILTER (i.person_id IS NULL)
        FROM ({query}) AS q
        LEFT JOIN (SELECT DISTINCT person_id FROM objection) AS o USING (person_id)
        LEFT JOIN (SELECT DISTINCT person_id FROM information) AS i USING (person_id)
        """
    ).fetchone()
    if [row["persons"] for row in whole] != [masking(count)]:
        raise Failed("check", check="persons")
    if objectors:
        raise Failed("check", check="objectors")
    if informed and others:
        raise Failed("check", check="not_informed")


def period_holds(rows: list[dict], perimeter: Perimeter) -> bool:
    """Whether every year among the groups of dates is within the authorised period."""
    years = range(perimeter.start.year, perimeter.end.year + 1)
    dates = {
        f"{plan.table.name}.{planned.column.name}"
        for plan in perimeter.tables
        for planned in plan.columns
        if planned.column.role is Role.DATE
    }
    return all(int(row["group"]) in years for row in rows if row["variable"] in dates)
