"""Cohort definitions of OHDSI run as they are, by their concepts, at a site whose warehouse holds
OHDSI's vocabulary.

``ohdsi-circepy`` compiles the whole of Circe to Ibis: windows, occurrences, concepts of SNOMED or
RxNorm with their descendants. What it would write beside the data (its sets of concepts) is kept
here as an expression: nothing is ever written in a hospital's warehouse.
"""

import re
from collections.abc import Iterator
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from catalog.cohort import CohortError, Problem, circe_shape
from catalog.warehouse.connection import Warehouse, first_line
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.vocabulary import NEEDED

MOST_STEPS = 10
"""Inclusion rules after each of which those left are counted; each is compiled again."""

UNRECORDED = {"Race": "race_concept_id", "Ethnicity": "ethnicity_concept_id"}
"""Condition on a person -> its column, which most warehouses here have not."""

LIMITS = (ibis.IbisError, AttributeError, TypeError, ValueError, RecursionError)
"""What the library raises, besides its own errors, of what it or Ibis cannot do."""

_MISSING = re.compile(r"Column '(\w+)' is not found in table\. Existing columns: '(\w+)'")


def missing(warehouse: Warehouse) -> Iterator[str]:
    """The tables that lack in ``warehouse`` for a definition of OHDSI to be run there."""
    return (name for name in NEEDED if warehouse.beside(name) is None)


def persons(warehouse: Warehouse, expression: dict[str, Any]) -> ir.Table:
    """The persons of a cohort of OHDSI, decoded from ATLAS's JSON: one column ``person_id``.

    Raises CohortError when it is no such definition, WarehouseError when the vocabulary, a table or
    a column that it needs is not there, or when what it asks is beyond the library.
    """
    return steps(warehouse, expression, whole=True)[-1]


def steps(
    warehouse: Warehouse, expression: dict[str, Any], *, whole: bool = False
) -> list[ir.Table]:
    """Who is left of those who enter, then after each inclusion rule, in order; the persons of the
    cohort alone when the `whole` is asked or there are more than MOST_STEPS rules. Raises as
    ``persons``."""
    for name in missing(warehouse):
        raise WarehouseError("no_vocabulary", table=name)
    circe_shape.check(expression)
    _refuse_unknown_of_persons(warehouse, expression)
    rules = expression.get("InclusionRules") or []
    first = len(rules) if whole or len(rules) > MOST_STEPS else 0
    return [
        _built(warehouse, expression | {"InclusionRules": rules[:kept]})
        for kept in range(first, len(rules) + 1)
    ]


def _refuse_unknown_of_persons(warehouse: Warehouse, expression: dict[str, Any]) -> None:
    """Refuse a condition on what a French hospital does not record of a person: the library reads
    it whatever is asked, so it is read as unknown everywhere else."""
    warehouse.needs("person")
    waiting: list[Any] = [expression]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            for name, column in UNRECORDED.items():
                asked = value.get(name) or value.get(f"{name}CS")
                if asked and column not in warehouse.tables["person"].columns:
                    raise WarehouseError("no_column", table="person", column=column)


def numbers(warehouse: Warehouse, found: ir.Table) -> np.ndarray:
    """The numbers of the persons of an expression made here. Raises WarehouseError."""
    try:
        return warehouse.numbers(found)
    except RecursionError as error:
        raise WarehouseError("ohdsi", why=first_line(error)) from error


def _built(warehouse: Warehouse, expression: dict[str, Any]) -> ir.Table:
    try:
        from circe.cohortdefinition import CohortExpression  # a second to load, for few
        from circe.execution.api import build_cohort
        from circe.execution.errors import ExecutionError
    except ImportError as error:
        raise WarehouseError("no_library") from error
    from pydantic import ValidationError

    try:
        read = CohortExpression.model_validate(expression)
    except ValidationError as refused:
        raise CohortError(
            [Problem(_pointer(each["loc"]), "circe_shape") for each in refused.errors()]
        ) from refused
    reading = _Read(warehouse)
    try:
        found = build_cohort(
            read, backend=reading, cdm_schema=None, materialize=False, session_prefix="_"
        )
    except LIMITS as error:
        if missing := _MISSING.match(str(error)):
            column, beside = missing.groups()
            raise WarehouseError(
                "no_column", table=reading.table_with(beside), column=column
            ) from error
        raise WarehouseError("ohdsi", why=first_line(error)) from error
    except ExecutionError as error:
        raise WarehouseError("ohdsi", why=first_line(error)) from error
    return found.select(person_id=found.person_id.cast("int64")).distinct()


def _pointer(place: tuple) -> str:
    return "".join(f"/{part}" for part in place)


class _Read:
    """The warehouse as the library asks for it: its tables, and what it believes it has written."""

    def __init__(self, warehouse: Warehouse):
        self.name = warehouse.backend.name
        self._warehouse = warehouse
        self._written: dict[str, ir.Table] = {}
        self._read: dict[str, ir.Table] = {}

    def table(self, name: str, **_place) -> ir.Table:
        """A table under lower-case names. Raises WarehouseError."""
        if name in self._written:
            return self._written[name]
        table = self._warehouse.tables.get(name)
        table = self._warehouse.beside(name) if table is None else table
        if table is None:
            raise WarehouseError("no_table", table=name)
        if name == "person":
            absent = [column for column in UNRECORDED.values() if column not in table.columns]
            table = table.mutate(**dict.fromkeys(absent, ibis.null("int64")))
        self._read[name] = table
        return table

    def table_with(self, column: str) -> str:
        """The name of the table that begins with a column, of those that were read."""
        return next((name for name, each in self._read.items() if each.columns[0] == column), "…")

    def create_table(self, name: str, obj: ir.Table, **_place) -> None:
        """Keep as an expression what would be written."""
        self._written[name] = obj
