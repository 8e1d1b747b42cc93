"""Cohort definitions of OHDSI run as they are, by their concepts, at a site whose warehouse holds
OHDSI's vocabulary.

``ohdsi-circepy`` compiles the whole of Circe to Ibis: windows, occurrences, concepts of SNOMED or
RxNorm with their descendants. What it would write beside the data (its sets of concepts) is kept
here as an expression: nothing is ever written in a hospital's warehouse.
"""

from typing import Any

import ibis
import ibis.expr.types as ir

from catalog.cohort import CohortError, Problem
from catalog.warehouse.connection import Warehouse, first_line
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.vocabulary import NEEDED


def holds_vocabulary(warehouse: Warehouse) -> bool:
    """Whether concepts can be looked for in ``warehouse``."""
    return all(warehouse.beside(name) is not None for name in NEEDED)


def persons(warehouse: Warehouse, expression: dict[str, Any]) -> ir.Table:
    """The persons of a cohort of OHDSI, decoded from ATLAS's JSON: one column ``person_id``.

    Raises CohortError when it is no such definition, WarehouseError when a table or a column that
    it needs is not there, or when what it asks is beyond the library.
    """
    from circe.cohortdefinition import CohortExpression  # a second to load, for few
    from circe.execution.api import build_cohort
    from circe.execution.errors import ExecutionError
    from pydantic import ValidationError

    for name in NEEDED:
        if warehouse.beside(name) is None:
            raise WarehouseError("no_table", table=name)
    try:
        read = CohortExpression.model_validate(expression)
    except ValidationError as refused:
        raise CohortError(
            [Problem(_pointer(each["loc"]), "circe_shape") for each in refused.errors()]
        ) from refused
    try:
        found = build_cohort(
            read, backend=_Read(warehouse), cdm_schema=None, materialize=False, session_prefix="_"
        )
    except (ExecutionError, ibis.IbisError, AttributeError, ValueError) as error:
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

    def table(self, name: str, **_place) -> ir.Table:
        """A table under lower-case names. Raises WarehouseError."""
        if name in self._written:
            return self._written[name]
        table = self._warehouse.tables.get(name)
        table = self._warehouse.beside(name) if table is None else table
        if table is None:
            raise WarehouseError("no_table", table=name)
        return table

    def create_table(self, name: str, obj: ir.Table, **_place) -> None:
        """Keep as an expression what would be written."""
        self._written[name] = obj
