"""Cohort definitions: the contract by which a population is described, read and run.

``parse`` turns the JSON contract into a ``Cohort`` or raises ``CohortError`` with every problem
and its place in the JSON; ``catalog.cohort.compiled.persons`` turns a ``Cohort`` into an Ibis
expression over the tables of a warehouse. Nothing here knows Django, and only ``compiled``
imports Ibis.
"""

from catalog.cohort.definition import (
    CodeCriterion,
    Cohort,
    MeasurementCriterion,
    NoteCriterion,
    decoded,
    parse,
    parse_json,
)
from catalog.cohort.problems import CohortError, Problem

__all__ = [
    "CodeCriterion",
    "Cohort",
    "CohortError",
    "MeasurementCriterion",
    "NoteCriterion",
    "Problem",
    "decoded",
    "parse",
    "parse_json",
]
