"""A small warehouse in which nothing is wrong, and what tests break in it."""

import copy
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq

from catalog.warehouse.connection import Warehouse, connect
from catalog.warehouse.layout import TABLES
from catalog.warehouse.quality.measuring import measure
from catalog.warehouse.quality.tally import Tally
from tests.catalog.warehouse.engines import arrow

TODAY = date(2026, 3, 2)
IN, OUT = date(2020, 1, 10), date(2020, 1, 12)
PERSONS = 30
_numbers = count(1_000)
Rows = dict[str, list[dict]]


@cache
def _sound() -> Rows:
    found: Rows = {name: [] for name in TABLES}
    for n in range(1, PERSONS + 1):
        found["person"].append(
            {
                "person_id": n,
                "gender_concept_id": 8532 if n % 2 else 8507,
                "gender_source_value": "F" if n % 2 else "M",
                "year_of_birth": 1950,
                "month_of_birth": 6,
                "day_of_birth": 15,
            }
        )
        found["information"].append({"person_id": n, "informed_on": IN, "channel": "courrier"})
        add(found, "visit_occurrence", n, visit_occurrence_id=n)
        for table in SOUND:
            if table != "visit_occurrence":
                add(found, table, n)
    found["death"] = [
        {"person_id": n, "death_date": date(2020, 2, 1), "cause_source_value": "I21.4"}
        for n in range(1, 13)
    ]
    return found


def sound() -> Rows:
    """Thirty persons, each with one visit and one record of each table in it."""
    return copy.deepcopy(_sound())


SOUND = {
    "visit_occurrence": {
        "visit_concept_id": 9201,
        "visit_start_date": IN,
        "visit_end_date": OUT,
        "admitted_from_source_value": "domicile",
        "discharged_to_source_value": "domicile",
    },
    "condition_occurrence": {
        "condition_source_value": "I21.4",
        "condition_start_date": IN,
        "condition_status_source_value": "DP",
    },
    "procedure_occurrence": {"procedure_source_value": "DDAF001", "procedure_date": IN},
    "drug_exposure": {
        "drug_source_value": "B01AF01",
        "drug_exposure_start_date": IN,
        "drug_exposure_end_date": OUT,
        "quantity": 1.0,
        "days_supply": 3,
        "route_source_value": "orale",
    },
    "measurement": {
        "measurement_source_value": "718-7",
        "measurement_date": IN,
        "value_as_number": 130.0,
        "unit_source_value": "g/L",
    },
    "note": {"note_source_value": "imagerie", "note_date": IN, "note_text": "RAS"},
}


def add(rows: Rows, table: str, person: int, **changed) -> None:
    """One more sound row of a person, but for what is `changed`."""
    key, number = TABLES[table].key, next(_numbers)
    visit = {"visit_occurrence_id": person}
    rows[table].append(visit | SOUND[table] | {"person_id": person, key: number} | changed)


def written(rows: Rows, folder: Path) -> Path:
    """The rows as Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, listed in rows.items():
        pq.write_table(arrow(name, listed), folder / f"{name}.parquet")
    return folder


def opened(rows: Rows, folder: Path) -> Warehouse:
    """A warehouse of these rows."""
    return connect(f"parquet:{written(rows, folder)}")


def tallies(rows: Rows, folder: Path) -> dict[str, Tally]:
    """What every check counts on these rows, by its code."""
    with opened(rows, folder) as warehouse:
        return {each.check.code: each for each in measure(warehouse, today=TODAY)}
