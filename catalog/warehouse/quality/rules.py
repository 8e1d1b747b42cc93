"""How a row fails a check, as an Ibis expression over its table: the same on every engine.

A table comes joined with what its checks read of others (``measuring``), in columns that begin by
``q_``. A rule gives to which rows the check applies, None for all of them, and which are wrong.
"""

import functools
import operator
from datetime import date

import ibis
import ibis.expr.types as ir

from catalog.cohort.compiled import SEX_CONCEPTS
from catalog.warehouse.quality.checks import (
    DAYS_AFTER_DEATH,
    DAYS_AROUND_VISIT,
    OLDEST_BIRTH,
    Check,
)

Judged = tuple[ir.BooleanValue | None, ir.BooleanValue]

VISIT_KINDS = (9201, 9202, 9203)

_FEMALE = (("C", 51, 58), ("D", 25, 28), ("N", 70, 77), ("N", 80, 98), ("O", 0, 99))
_MALE = (("C", 60, 63), ("D", 29, 29), ("N", 40, 51))
"""Categories of the CIM-10 that are of one sex: tumours and diseases of its genital organs,
pregnancy and childbirth."""


def judge(check: Check, t: ir.Table, today: date) -> Judged:
    """The rows of `t` that `check` applies to, and those that are wrong on the day of `today`."""
    rule = BY_COLUMN.get((check.name, check.column)) or BY_NAME[check.name]
    return rule(check, t, today)


def _day(t: ir.Table, column: str) -> ir.DateValue:
    return t[column].cast("date")


def _empty(check, t, _today):
    return None, t[check.column].isnull()


def _no_unit(check, t, _today):
    return t.value_as_number.notnull(), t[check.column].isnull()


def _unknown_person(_check, t, _today):
    return t.person_id.notnull(), t.q_person.isnull()


def _unknown_visit(_check, t, _today):
    return t.visit_occurrence_id.notnull(), t.q_visit.isnull()


def _other_person(_check, t, _today):
    return t.q_visit.notnull() & t.person_id.notnull(), t.q_visit_person != t.person_id


def _before_birth(check, t, _today):
    day = _day(t, check.column)
    # As yyyymmdd, so that it is compared to a birth of which a part is unknown.
    number = day.year().cast("int64") * 10_000 + day.month() * 100 + day.day()
    return t[check.column].notnull() & t.q_born.notnull(), number < t.q_born


def _after_death(check, t, _today):
    latest = t.q_died + ibis.interval(days=DAYS_AFTER_DEATH)
    return t[check.column].notnull() & t.q_died.notnull(), _day(t, check.column) > latest


def _to_come(check, t, today):
    return t[check.column].notnull(), _day(t, check.column) > ibis.literal(today)


def _ends_before(check, t, _today):
    start, end = check.column, check.needs[0]
    return t[start].notnull() & t[end].notnull(), _day(t, end) < _day(t, start)


def _away_from_visit(check, t, _today):
    leeway, day = ibis.interval(days=DAYS_AROUND_VISIT), _day(t, check.column)
    away = (day < t.q_visit_start - leeway) | (day > t.q_visit_end + leeway)
    return t[check.column].notnull() & t.q_visit_start.notnull(), away


def _outside(check, t, _today):
    value = t[check.column]
    limits = [(operator.lt, check.low), (operator.gt, check.high)]
    wrong = [beyond(value, limit) for beyond, limit in limits if limit is not None]
    return value.notnull(), functools.reduce(operator.or_, wrong)


def _born_when_nobody_is(_check, t, today):
    year = t.year_of_birth
    return year.notnull(), (year < OLDEST_BIRTH) | (year > today.year)


def _unknown_sex(check, t, _today):
    return t[check.column].notnull(), ~t[check.column].isin(list(SEX_CONCEPTS.values()))


def _unknown_kind(check, t, _today):
    return t[check.column].notnull(), ~t[check.column].isin(list(VISIT_KINDS))


def _without_record(check, t, _today):
    return None, (t.q_recorded if check.concept == "any" else t.q_visited).isnull()


def _of_other_sex(check, t, _today):
    stem = t[check.column].substr(0, 3)
    female, male = stem.isin(_stems(_FEMALE)), stem.isin(_stems(_MALE))
    known = t.q_sex.isin(list(SEX_CONCEPTS.values()))
    wrong = (female & (t.q_sex == SEX_CONCEPTS["M"])) | (male & (t.q_sex == SEX_CONCEPTS["F"]))
    return (female | male) & known, wrong


def _stems(ranges) -> list[str]:
    return [f"{letter}{n:02d}" for letter, low, high in ranges for n in range(low, high + 1)]


BY_NAME = {
    "isRequired": _empty,
    "measureValueCompleteness": _empty,
    "measurePersonCompleteness": _without_record,
    "samePersonAsVisit": _other_person,
    "plausibleAfterBirth": _before_birth,
    "plausibleBeforeDeath": _after_death,
    "plausibleStartBeforeEnd": _ends_before,
    "plausibleValueLow": _outside,
    "plausibleValueHigh": _to_come,
    "plausibleGender": _of_other_sex,
    "withinVisitDates": _away_from_visit,
}
BY_COLUMN = {
    ("isForeignKey", "person_id"): _unknown_person,
    ("isForeignKey", "visit_occurrence_id"): _unknown_visit,
    ("isStandardValidConcept", "gender_concept_id"): _unknown_sex,
    ("isStandardValidConcept", "visit_concept_id"): _unknown_kind,
    ("measureValueCompleteness", "unit_source_value"): _no_unit,
    ("plausibleValueHigh", "year_of_birth"): _born_when_nobody_is,
    ("plausibleValueHigh", "month_of_birth"): _outside,
    ("plausibleValueHigh", "day_of_birth"): _outside,
    ("plausibleValueHigh", "days_supply"): _outside,
}
"""The rule of a check by its name, or, where its name is not enough, by its column too."""
