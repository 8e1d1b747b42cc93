"""The checks run on a warehouse, exactly: what comes out of here stays at the site.

A table is read once for all that is judged row by row, beside what is needed of persons, deaths and
visits (one row each, however many the warehouse has); a second time for whom the wrong rows are of,
and only where there are enough to be told. Keys, codes and measured values each take a reading of
their own columns. Everything is an Ibis expression: any engine that counts can be checked.
"""

from collections.abc import Callable, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from catalog.cohort.codes import CATEGORIES, in_every_unit, well_formed
from catalog.orders import THRESHOLD
from catalog.warehouse.connection import Warehouse
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.layout import TABLES
from catalog.warehouse.quality.checks import (
    CHECKS,
    CODED,
    Check,
    Kind,
    Way,
    of_table,
)
from catalog.warehouse.quality.rules import judge
from catalog.warehouse.quality.tally import EARLIEST_YEAR, Tally

MOST_CODES = 1_000
"""Codes that a query names; beyond, persons are counted among these only, so too few and not too
many: a figure is then masked rather than shown."""

SHOWN_CODES = 3
"""Badly formed codes that the site's own engineer is shown."""


Progress = Callable[[dict], None]


def measure(
    warehouse: Warehouse, *, today: date, progress: Progress = lambda _said: None
) -> list[Tally]:
    """Every check of ``CHECKS`` on `warehouse`, in their order.

    `today` is the day after which a date is to come; `progress` is called between two tables with
    ``{"done", "of", "table", "rows"}`` and may raise to stop there. Raises WarehouseError when the
    engine stops answering or a table turns out not to be readable: nothing is then known.
    """
    usable = {name: _usable(warehouse, name) for name in TABLES}
    found: list[Tally] = []
    for done, name in enumerate(TABLES):
        rows = max((tally.rows for tally in found), default=0)
        progress({"done": done, "of": len(TABLES), "table": name, "rows": rows})
        try:
            found += _table(warehouse, name, usable, today)
        except WarehouseError as error:
            if error.key == "query" and warehouse.local:
                _refuse_damaged(warehouse)
            raise
    by_code = {tally.check.code: tally for tally in found}
    return [by_code[code] for code in CHECKS]


def _refuse_damaged(warehouse: Warehouse) -> None:
    """Raise WarehouseError (``unreadable``) for the first table that cannot be read to its end: a
    query that failed may have met it while it looked at another one."""
    for name, table in warehouse.tables.items():
        try:
            _all(warehouse, table.aggregate([table[column].max() for column in table.columns]))
        except WarehouseError as error:
            raise WarehouseError("unreadable", table=name, **error.values) from error


def _usable(warehouse: Warehouse, name: str) -> set[str]:
    """The columns of a table that are there and of the layout's type; none of an absent table."""
    if name not in warehouse.tables:
        return set()
    schema = warehouse.tables[name].schema()
    return {
        column.name
        for column in TABLES[name].columns
        if column.name in schema and column.fits(str(schema[column.name]))
    }


def _table(warehouse: Warehouse, name: str, usable: dict[str, set], today: date) -> list[Tally]:
    if name in warehouse.unreadable:
        raise WarehouseError("unreadable", table=name, why=warehouse.unreadable[name])
    checks = of_table(name)
    found = [_of_schema(warehouse, check, usable[name]) for check in checks if _on_schema(check)]
    possible = []
    for check in checks:
        if _on_schema(check):
            continue
        if _can(check, usable):
            possible.append(check)
        else:
            found.append(Tally(check, absent=True))
    if not possible:
        return found
    table = warehouse.tables[name]
    ways = {way: [check for check in possible if check.way is way] for way in Way}
    found += _by_rows(warehouse, table, ways[Way.ROWS], usable, today)
    found += [_by_keys(warehouse, table, check) for check in ways[Way.KEYS]]
    found += [_by_codes(warehouse, table, check) for check in ways[Way.CODES]]
    found += _by_values(warehouse, table, ways[Way.VALUES], ways[Way.UNITS])
    return found


def _on_schema(check: Check) -> bool:
    return check.way is Way.SCHEMA


def _of_schema(warehouse: Warehouse, check: Check, usable: set[str]) -> Tally:
    """A table that must be there, a column of its type. What is optional and away is absent."""
    shape = TABLES[check.table]
    if check.table not in warehouse.tables:
        wrong = shape.required and not check.column
        return Tally(check, rows=int(wrong), failed=int(wrong), absent=not wrong)
    if not check.column:
        return Tally(check, rows=1)
    there = check.column in warehouse.tables[check.table].columns
    if not there and not shape.column(check.column).required:
        return Tally(check, absent=True)
    return Tally(check, rows=1, failed=int(check.column not in usable))


_BESIDE = {
    "person": ("person", ("person_id", "gender_concept_id", "year_of_birth")),
    "death": ("death", ("person_id", "death_date")),
    "visit": ("visit_occurrence", ("visit_occurrence_id", "person_id", "visit_start_date")),
    "visited": ("visit_occurrence", ("person_id",)),
    "recorded": ("visit_occurrence", ("person_id",)),
}
"""What is read beside a table: where, and the columns without which it is not."""

_OF_CARE = (
    "visit_occurrence",
    "condition_occurrence",
    "procedure_occurrence",
    "drug_exposure",
    "measurement",
    "note",
    "death",
)


def _can(check: Check, usable: Mapping[str, set]) -> bool:
    """Whether all that a check reads is there; persons are always counted."""
    if not {*check.columns, "person_id"} <= usable[check.table]:
        return False
    return all(
        set(columns) <= usable[table] for table, columns in (_BESIDE[each] for each in check.beside)
    )


# --- Row by row ---------------------------------------------------------------------------------


def _by_rows(
    warehouse: Warehouse, table: ir.Table, checks: list[Check], usable: dict, today: date
) -> list[Tally]:
    if not checks:
        return []
    joined = _joined(warehouse, table, set().union(*(check.beside for check in checks)), usable)
    judged = [_flags(*judge(check, joined, today)) for check in checks]
    asked = {}
    for place, (applies, wrong) in enumerate(judged):
        asked[f"r{place}"] = joined.count() if applies is None else applies.sum()
        asked[f"f{place}"] = wrong.sum()
        asked[f"p{place}"] = joined.person_id.nunique(where=_one_of(applies))
    said = _one(warehouse, joined.aggregate(**asked))
    found = [
        Tally(check, said[f"r{place}"], said[f"f{place}"], said[f"p{place}"])
        for place, check in enumerate(checks)
    ]
    more = {}
    for place, tally in enumerate(found):
        if tally.failed >= THRESHOLD:
            applies, wrong = judged[place]
            right = wrong == 0 if applies is None else (applies == 1) & (wrong == 0)
            more[f"a{place}"] = joined.person_id.nunique(where=wrong == 1)
            more[f"b{place}"] = joined.person_id.nunique(where=right)
    if more:
        said = _one(warehouse, joined.aggregate(**more))
        for place, tally in enumerate(found):
            if f"a{place}" in said:
                tally.failing, tally.others = said[f"a{place}"], said[f"b{place}"]
    _by_year(warehouse, table, found, usable, today)
    return found


def _flag(condition: ir.BooleanValue) -> ir.IntegerValue:
    # A CASE, not a truth value made a number: Oracle has none before 23ai. Unknown is 0.
    return condition.ifelse(1, 0)


def _flags(applies: ir.BooleanValue | None, wrong: ir.BooleanValue):
    """1 for the rows that a check applies to (None for all), 1 for those that are wrong too."""
    if applies is None:
        return None, _flag(wrong)
    return _flag(applies), _flag(applies & wrong)


def _one_of(flag: ir.IntegerValue | None) -> ir.BooleanValue | None:
    return None if flag is None else flag == 1


def _joined(warehouse: Warehouse, table: ir.Table, beside: set[str], usable: dict) -> ir.Table:
    """`table` with what its checks read of other tables, none of which adds a row to it."""
    tables = warehouse.tables
    if "person" in beside:
        table = table.left_join(
            _persons(tables["person"], usable["person"]), [("person_id", "q_person")]
        )
    if "death" in beside:
        death = tables["death"]
        dead = death.group_by(q_dead=death.person_id).aggregate(
            q_died=death.death_date.cast("date").min()
        )
        table = table.left_join(dead, [("person_id", "q_dead")])
    if "visit" in beside:
        visits = _visits(tables["visit_occurrence"], usable["visit_occurrence"])
        table = table.left_join(visits, [("visit_occurrence_id", "q_visit")])
    if "visited" in beside:
        visited = tables["visit_occurrence"].select(q_visited="person_id").distinct()
        table = table.left_join(visited, [("person_id", "q_visited")])
    if "recorded" in beside:
        listed = [
            # Of one width: a union refuses two, and a warehouse may have both.
            tables[name].select(q_recorded=tables[name].person_id.cast("int64")).distinct()
            for name in _OF_CARE
            if "person_id" in usable[name]
        ]
        recorded = listed[0] if len(listed) == 1 else ibis.union(*listed, distinct=True)
        table = table.left_join(recorded, [("person_id", "q_recorded")])
    return table


def _persons(person: ir.Table, usable: set[str]) -> ir.Table:
    born = person.year_of_birth.cast("int64") * 10_000
    for column, weight in (("month_of_birth", 100), ("day_of_birth", 1)):
        if column in usable:
            born = born + person[column].fill_null(0) * weight
    return person.group_by(q_person=person.person_id).aggregate(
        q_born=born.min(), q_sex=person.gender_concept_id.min()
    )


def _visits(visit: ir.Table, usable: set[str]) -> ir.Table:
    start = visit.visit_start_date.cast("date")
    end = start
    if "visit_end_date" in usable:
        end = ibis.coalesce(visit.visit_end_date.cast("date"), start)
    return visit.group_by(q_visit=visit.visit_occurrence_id).aggregate(
        q_visit_start=start.min(), q_visit_end=end.max(), q_visit_person=visit.person_id.min()
    )


def _by_year(
    warehouse: Warehouse, table: ir.Table, found: list[Tally], usable: dict, today: date
) -> None:
    """How well each column that may be empty is filled, year by year: whole percents, of the years
    in which the table has rows of enough persons."""
    shape = TABLES[found[0].check.table]
    wanted = [
        tally for tally in found if tally.check.kind is Kind.COMPLETENESS and not tally.check.needs
    ]
    if not wanted or shape.date is None or shape.date not in usable[shape.name]:
        return
    dated = table.filter(table[shape.date].year().between(EARLIEST_YEAR, today.year))
    asked = {f"c{n}": dated[tally.check.column].count() for n, tally in enumerate(wanted)}
    rows = _all(
        warehouse,
        dated.group_by(year=dated[shape.date].year()).aggregate(
            rows=dated.count(), persons=dated.person_id.nunique(), **asked
        ),
    )
    for row in sorted(rows, key=lambda each: each["year"]):
        if row["persons"] >= THRESHOLD:
            for n, tally in enumerate(wanted):
                tally.filled[int(row["year"])] = _percent(row[f"c{n}"], row["rows"])


def _percent(part: int, whole: int) -> int:
    """Whole percents; neither all nor none when it is not."""
    if part in (0, whole):
        return 100 * (part == whole)
    return min(max(round(100 * part / whole), 1), 99)


# --- Keys and codes -----------------------------------------------------------------------------


def _by_keys(warehouse: Warehouse, table: ir.Table, check: Check) -> Tally:
    """Rows whose key other rows have too."""
    key = check.column
    keyed = table.filter(table[key].notnull())
    whole = _one(warehouse, keyed.aggregate(rows=keyed.count(), persons=keyed.person_id.nunique()))
    held = keyed.group_by(key=keyed[key]).aggregate(held=keyed.count(), one=keyed.person_id.min())
    twice = held.filter(held.held > 1)
    said = _one(warehouse, twice.aggregate(failed=twice.held.sum(), failing=twice.one.nunique()))
    failed = int(said["failed"] or 0)
    rest = max(0, whole["persons"] - said["failing"])
    return Tally(check, whole["rows"], failed, whole["persons"], said["failing"], rest)


def _by_codes(warehouse: Warehouse, table: ir.Table, check: Check) -> Tally:
    """Rows whose code is not one of its terminology, by its form."""
    kind, code = CODED[check.table][1], table[check.column]
    coded = table.filter(code.notnull())
    listed = _all(warehouse, coded.group_by(code=coded[check.column]).aggregate(rows=coded.count()))
    persons = _one(warehouse, coded.aggregate(persons=coded.person_id.nunique()))["persons"]
    good, bad = [], []
    for each in listed:
        (good if _is_code(each["code"], kind) else bad).append(each)
    tally = Tally(
        check,
        sum(each["rows"] for each in listed),
        sum(each["rows"] for each in bad),
        persons,
        examples=[str(each["code"])[:40] for each in _most(bad)[:SHOWN_CODES]],
    )
    if tally.failed >= THRESHOLD:
        named = {
            name: [each["code"] for each in _most(part)[:MOST_CODES]]
            for name, part in (("failing", bad), ("others", good))
            if part
        }
        said = _one(
            warehouse,
            coded.aggregate(
                **{
                    name: coded.person_id.nunique(where=coded[check.column].isin(codes))
                    for name, codes in named.items()
                }
            ),
        )
        tally.failing, tally.others = said.get("failing", 0), said.get("others", 0)
    return tally


def _most(codes: list[dict]) -> list[dict]:
    return sorted(codes, key=lambda each: (-each["rows"], str(each["code"])))


def _is_code(code: str, kind: str) -> bool:
    return well_formed(kind, code) if kind else code in CATEGORIES


# --- Measured values ----------------------------------------------------------------------------


def _by_values(
    warehouse: Warehouse, table: ir.Table, values: list[Check], units: list[Check]
) -> list[Tally]:
    """Values outside of their measure's bounds, in whatever unit they were recorded; values whose
    unit does not fit their measure. One reading for all of them."""
    if not values and not units:
        return []
    code, unit, value = (
        table.measurement_source_value,
        table.unit_source_value,
        table.value_as_number,
    )
    bounded = [check for check in CHECKS.values() if check.way is Way.VALUES]
    judged = (
        table.filter(code.isin([check.concept for check in bounded]), value.notnull())
        .mutate(q_code=code, **_measured(bounded, code, unit, value))
        .select("person_id", "q_code", "q_fits", "q_out")
    )
    fits, out = judged.q_fits == 1, judged.q_out == 1
    asked = judged.group_by("q_code").aggregate(
        rows=judged.count(),
        fit=judged.q_fits.sum(),
        out=judged.q_out.sum(),
        persons=judged.person_id.nunique(where=fits),
        failing=judged.person_id.nunique(where=out),
        others=judged.person_id.nunique(where=fits & (judged.q_out == 0)),
    )
    by_code = {row["q_code"]: row for row in _all(warehouse, asked)}
    found = []
    for check in values:
        row = by_code.get(check.concept)
        columns = ("fit", "out", "persons", "failing", "others")
        found.append(Tally(check, *(int(row[name]) for name in columns if row)))
    for check in units:
        rows, fit = (sum(int(row[n]) for row in by_code.values()) for n in ("rows", "fit"))
        said = _one(
            warehouse,
            judged.aggregate(
                persons=judged.person_id.nunique(),
                failing=judged.person_id.nunique(where=judged.q_fits == 0),
                others=judged.person_id.nunique(where=fits),
            ),
        )
        found.append(Tally(check, rows, rows - fit, **said))
    return found


def _measured(bounded: list[Check], code, unit, value) -> dict[str, ir.Value]:
    """Whether the unit is one of its measure's, and the value then out of bounds (1 or 0): both are
    brought to the first unit of their dimension."""
    sizes: dict[str, tuple[int, float]] = {}
    dimensions: dict[str, int] = {}
    lows, highs = {}, {}
    for each in bounded:
        group, base = _dimension(each, sizes)
        dimensions[each.concept] = group
        lows[each.concept], highs[each.concept] = each.low * base, each.high * base
    of_unit = unit.cases(*((name, group) for name, (group, _size) in sizes.items()), else_=-1)
    size = unit.cases(*((name, size) for name, (_group, size) in sizes.items()), else_=0.0)
    of_code = code.cases(*dimensions.items(), else_=-2)
    low, high = (code.cases(*limits.items(), else_=0.0) for limits in (lows, highs))
    fits, amount = of_unit == of_code, value * size
    # A hair of room: 10 g/dL and 100 g/L are the same number only but for the last bit.
    out = (amount < low - low.abs() * 1e-9) | (amount > high + high.abs() * 1e-9)
    return {"q_fits": _flag(fits), "q_out": _flag(fits & out)}


def _dimension(each: Check, sizes: dict) -> tuple[int, float]:
    """The number of the group of units of a measure, and the size of its own; `sizes` learns all
    of its units."""
    converted = in_every_unit(1.0, each.unit)  # 1 of its unit, written in every other one
    first = next(iter(converted))
    group = sizes[first][0] if first in sizes else len({g for g, _size in sizes.values()})
    for other, amount in converted.items():
        sizes.setdefault(other, (group, converted[first] / amount))
    return group, sizes[each.unit][1]


# --- Asking -------------------------------------------------------------------------------------


def _all(warehouse: Warehouse, asked: ir.Table) -> list[dict]:
    return warehouse.run(lambda: warehouse.backend.to_pyarrow(asked)).to_pylist()


def _one(warehouse: Warehouse, asked: ir.Table) -> dict:
    return {name: int(value or 0) for name, value in _all(warehouse, asked)[0].items()}
