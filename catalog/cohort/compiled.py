"""A cohort as an Ibis expression: the same on every engine Ibis speaks to.

The meaning is that of ``catalog.cohort.definition``; this file only writes it down in relations.
Each criterion is the set of persons with a matching fact, and sets are joined by semi and anti
joins, so a person comes out once whatever was recorded how often.
"""

import operator
from collections.abc import Mapping
from functools import reduce

import ibis
import ibis.expr.types as ir

from catalog.cohort.codes import FOLD_FROM, FOLD_TO, fold, in_every_unit
from catalog.cohort.definition import (
    CodeCriterion,
    Cohort,
    Criterion,
    MeasurementCriterion,
    NoteCriterion,
)

TABLES = {
    "condition": ("condition_occurrence", "condition_source_value", "condition_start_date"),
    "drug": ("drug_exposure", "drug_source_value", "drug_exposure_start_date"),
    "procedure": ("procedure_occurrence", "procedure_source_value", "procedure_date"),
    "measurement": ("measurement", "measurement_source_value", "measurement_date"),
    "note": ("note", "note_source_value", "note_date"),
}
"""Kind of criterion -> its table, the column of its code and the column of its date."""

SEX_CONCEPTS = {"F": 8532, "M": 8507}
"""The OMOP concepts of ``person.gender_concept_id``."""

_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


def tables_needed(cohort: Cohort) -> set[str]:
    """The tables of a warehouse that the cohort reads."""
    needed = {TABLES[_kind(c)][0] for c in (*cohort.every, *cohort.some, *cohort.none)}
    return needed | {"person"} | ({"visit_occurrence"} if cohort.needs_visit else set())


def columns_needed(cohort: Cohort) -> dict[str, set[str]]:
    """The columns of those tables that the cohort compares with something."""
    needed: dict[str, set[str]] = {name: set() for name in tables_needed(cohort)}
    if cohort.sexes is not None:
        needed["person"].add("gender_concept_id")
    if cohort.age_min is not None or cohort.age_max is not None:
        needed["person"] |= {"year_of_birth", "month_of_birth", "day_of_birth"}
    if cohort.needs_visit:
        needed["visit_occurrence"].add("visit_start_date")
    for criterion in (*cohort.every, *cohort.some, *cohort.none):
        name, code, day = TABLES[_kind(criterion)]
        needed[name] |= {code, day} if cohort.start or cohort.end else {code}
        if isinstance(criterion, MeasurementCriterion) and criterion.op is not None:
            needed[name] |= {"value_as_number", "unit_source_value"}
        if isinstance(criterion, NoteCriterion) and criterion.contains is not None:
            needed[name].add("note_text")
    return needed


def persons(cohort: Cohort, tables: Mapping[str, ir.Table]) -> ir.Table:
    """The persons of `cohort`: one column ``person_id``, each once, in no order.

    `tables` maps the names of ``tables_needed`` to the tables of a warehouse.
    """
    return stages(cohort, tables)[-1]


def stages(cohort: Cohort, tables: Mapping[str, ir.Table]) -> list[ir.Table]:
    """Who is left after each of ``Cohort.steps``, from those of the sex, age and period to the
    persons of the cohort: each within the one before."""
    found = tables["person"]
    if cohort.sexes is not None:
        concepts = [SEX_CONCEPTS[sex] for sex in cohort.sexes]
        found = found.filter(found.gender_concept_id.isin(concepts))
    if cohort.needs_visit:
        found = _seen(cohort, found, tables["visit_occurrence"])
    left = [found.select("person_id").distinct()]
    for group, criteria in cohort.steps:
        matching = [_matching(criterion, cohort, tables) for criterion in criteria]
        either = reduce(lambda a, b: a.union(b), matching)
        join = left[-1].anti_join if group == "none" else left[-1].semi_join
        left.append(join(either, "person_id"))
    return left


def within(cohort: Cohort, day: ir.DateColumn) -> list[ir.BooleanValue]:
    """The conditions that `day` is in the cohort's period, none when it has no period."""
    conditions = []
    if cohort.start:
        conditions.append(day >= ibis.literal(cohort.start))
    if cohort.end:
        conditions.append(day <= ibis.literal(cohort.end))
    return conditions


def code_matches(code: ir.StringColumn, patterns: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a code is one of `patterns`, or begins like one that ends with ``.*``."""
    exact = [pattern for pattern in patterns if not pattern.endswith(".*")]
    stems = [pattern[:-2] for pattern in patterns if pattern.endswith(".*")]
    conditions = [code.startswith(stem) for stem in stems]
    if exact:
        conditions.append(code.isin(exact))
    return reduce(operator.or_, conditions)


def _kind(criterion: Criterion) -> str:
    if isinstance(criterion, CodeCriterion):
        return criterion.kind
    return "note" if isinstance(criterion, NoteCriterion) else "measurement"


def _seen(cohort: Cohort, person: ir.Table, visit: ir.Table) -> ir.Table:
    """Persons with a visit that starts within the period, of the age asked at the first one."""
    visits = visit.filter(visit.visit_start_date.notnull(), *within(cohort, visit.visit_start_date))
    first = visits.group_by("person_id").agg(first_seen=visits.visit_start_date.min())
    seen = person.join(first, "person_id")
    at = seen.first_seen.cast("date")
    month, day = seen.month_of_birth, seen.day_of_birth
    before_birthday = (at.month() < month) | ((at.month() == month) & (at.day() < day))
    # A CASE, not a truth value made a number: Oracle has none before 23ai. Unknown is 0.
    age = at.year() - seen.year_of_birth - before_birthday.ifelse(1, 0)
    conditions = []
    if cohort.age_min is not None:
        conditions.append(age >= cohort.age_min)
    if cohort.age_max is not None:
        conditions.append(age <= cohort.age_max)
    return seen.filter(*conditions) if conditions else seen


def _matching(criterion: Criterion, cohort: Cohort, tables: Mapping[str, ir.Table]) -> ir.Table:
    name, code, day = TABLES[_kind(criterion)]
    table = tables[name]
    conditions = within(cohort, table[day])
    if isinstance(criterion, CodeCriterion):
        conditions.append(code_matches(table[code], criterion.patterns))
    elif isinstance(criterion, MeasurementCriterion):
        conditions.append(table[code] == criterion.code)
        if criterion.op is not None:
            conditions.append(_compared(criterion, table))
    else:
        if criterion.category is not None:
            conditions.append(table[code] == criterion.category)
        if criterion.contains is not None:
            conditions.append(_folded(table.note_text).contains(fold(criterion.contains)))
    # Of one width: a union refuses two, and a warehouse may have both.
    return table.filter(*conditions).select(person_id=table.person_id.cast("int64"))


def _compared(criterion: MeasurementCriterion, table: ir.Table) -> ir.BooleanValue:
    compare, value = _COMPARE[criterion.op], table.value_as_number
    if criterion.unit is None:
        return compare(value, criterion.value)
    sides = [
        (table.unit_source_value == unit) & compare(value, amount)
        for unit, amount in in_every_unit(criterion.value, criterion.unit).items()
    ]
    return reduce(operator.or_, sides)


def _folded(text: ir.StringColumn) -> ir.StringValue:
    # Capitals too: by its locale, PostgreSQL may leave those with an accent as they are.
    spelt = text.lower()
    for letter, letters in (("œ", "oe"), ("æ", "ae"), ("Œ", "oe"), ("Æ", "ae")):
        spelt = spelt.replace(letter, letters)
    return spelt.translate(FOLD_FROM + FOLD_FROM.upper(), FOLD_TO * 2)
