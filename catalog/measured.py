"""What a warehouse of Parquet files holds, measured by reading it: volumes and fill rates.

For the demonstration, whose warehouses stand beside the portal. Nothing but sums leaves: rows, and
persons masked as any count is (``catalog.orders.mask``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from catalog.orders import mask

STRUCTURED = {
    "pmsi": ("condition_occurrence", "procedure_occurrence", "visit_occurrence"),
    "prescription": ("drug_exposure",),
    "laboratoire": ("measurement",),
}
"""The tables of coded data that count in a category, beside its documents."""

CODE_COLUMN = {"measurement": "measurement_source_value", "note": "note_source_value"}


@dataclass
class Measured:
    """What was found in one warehouse.

    ``volumes``: category -> (rows, persons rounded or None). ``rates``: (table, column, concept) ->
    percent; of the rows that have a value, or, for a concept, of the persons who have one at least.
    """

    volumes: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    rates: dict[tuple[str, str, str], int] = field(default_factory=dict)


def measure(folder: Path, places: Iterable[tuple[str, str, str]], categories: Iterable[str]):
    """Read the warehouse of ``folder`` (one Parquet file a table); a table it lacks is left out.

    ``places`` are the (table, column, concept) whose fill rate is wanted. Returns Measured.
    """
    found = Measured()
    with duckdb.connect() as connection:
        tables = {}
        for file in sorted(folder.glob("*.parquet")):
            tables[file.stem] = connection.read_parquet(str(file))
        if "person" not in tables:
            return found
        persons = _one(tables["person"].aggregate("count(*)"))[0]
        _rates(found, tables, places, persons)
        for category in categories:
            _volume(found, tables, category, connection)
    return found


def _one(relation) -> tuple:
    return relation.fetchone()


def _rates(found: Measured, tables: dict, places, persons: int) -> None:
    columns: dict[str, list[str]] = {}
    concepts: dict[str, list[tuple[str, str]]] = {}
    for table, column, concept in places:
        if table in tables and column in tables[table].columns:
            if concept:
                concepts.setdefault(table, []).append((column, concept))
            else:
                columns.setdefault(table, []).append(column)
    for table, names in columns.items():
        sums = ", ".join(f'count("{name}")' for name in names)
        total, *filled = _one(tables[table].aggregate(f"count(*), {sums}"))
        for name, count in zip(names, filled, strict=True):
            if total:
                found.rates[table, name, ""] = round(100 * count / total)
    for table, wanted in concepts.items():
        code = CODE_COLUMN[table]
        held = dict(tables[table].aggregate(f"{code}, count(DISTINCT person_id)", code).fetchall())
        for column, concept in wanted:
            if concept in held and persons:
                found.rates[table, column, concept] = round(100 * held[concept] / persons)


def _volume(found: Measured, tables: dict, category: str, connection) -> None:
    parts = [
        tables[name].select("person_id") for name in STRUCTURED.get(category, ()) if name in tables
    ]
    if "note" in tables:
        constant = duckdb.ConstantExpression(category)
        of_category = duckdb.ColumnExpression("note_source_value") == constant
        parts.append(tables["note"].filter(of_category).select("person_id"))
    if not parts:
        return
    together = parts[0]
    for part in parts[1:]:
        together = together.union(part)
    rows, people = _one(together.aggregate("count(*), count(DISTINCT person_id)"))
    if rows:
        found.volumes[category] = (rows, mask(people)["persons"])
