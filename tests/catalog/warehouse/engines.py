"""One small warehouse for every engine, random cohorts over it, and who is in them, by hand.

Its rows hold what engines read differently: empty values, days at the edge of a period, accents in
capitals, ligatures, a code that is the beginning of another, ``_`` and ``%`` in codes and texts.
"""

from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from catalog.cohort.codes import fold, in_every_unit
from catalog.cohort.compiled import SEX_CONCEPTS
from catalog.warehouse.layout import TABLES

PERSONS = 60
DAYS = [
    date(2019, 12, 31),
    date(2020, 1, 1),
    date(2020, 6, 15),
    date(2021, 2, 28),
    date(2024, 2, 29),
]
CODES = {
    "condition": ["I21", "I21.0", "I21.4", "I22.0", "I50.9", "E11_9", "I2%"],
    "drug": ["B01AF01", "B01AF02", "C10AA05", "N02BE01"],
    "procedure": ["DDAF001", "DDAF003", "DDQH009"],
}
TEXTS = ["MÉTASTASE hépatique", "métastase", "Cœur et CŒUR", "L'Œil, 100 % net", "", None]
UNITS = [
    ("g/L", [79.9, 80.0, 130.0]),
    ("g/dL", [7.9, 8.0, 13.0]),
    (None, [8.0]),
    ("mmol/L", [80.0]),
]
KINDS = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}
SQL = {"DOUBLE": "DOUBLE PRECISION", "VARCHAR": "TEXT"}


@cache
def made() -> dict[str, list[dict]]:
    """The rows of each table, always the same."""
    draw = Random(5)
    found: dict[str, list[dict]] = {name: [] for name in TABLES}
    for number in range(1, PERSONS + 1):
        found["person"].append(
            {
                "person_id": number,
                "gender_concept_id": draw.choice([8507, 8532, 8532, 0]),
                "year_of_birth": draw.choice([1950, 1990, 2001, 2002, 2003]),
                "month_of_birth": draw.choice([1, 2, 6, 12, None]),
                "day_of_birth": draw.choice([1, 15, 28, None]),
            }
        )
        found["information"].append({"person_id": number, "informed_on": DAYS[0]})
        for _ in range(draw.randrange(4)):
            _add(found, "visit_occurrence", number, visit_start_date=draw.choice([*DAYS, None]))
            found["visit_occurrence"][-1]["visit_concept_id"] = 9201
        for kind, (table, code, day) in _CODED.items():
            for _ in range(draw.randrange(3)):
                value = draw.choice([*CODES[kind], None])
                _add(found, table, number, **{code: value, day: draw.choice([*DAYS, None])})
        for _ in range(draw.randrange(3)):
            unit, values = draw.choice(UNITS)
            _add(
                found,
                "measurement",
                number,
                measurement_source_value=draw.choice(["718-7", "2160-0"]),
                measurement_date=draw.choice(DAYS),
                value_as_number=draw.choice([*values, None]),
                unit_source_value=unit,
            )
        for _ in range(draw.randrange(2)):
            _add(
                found,
                "note",
                number,
                note_source_value=draw.choice(["imagerie", "pmsi"]),
                note_date=draw.choice(DAYS),
                note_text=draw.choice(TEXTS),
            )
    return found


_CODED = {
    "condition": ("condition_occurrence", "condition_source_value", "condition_start_date"),
    "drug": ("drug_exposure", "drug_source_value", "drug_exposure_start_date"),
    "procedure": ("procedure_occurrence", "procedure_source_value", "procedure_date"),
}


def _add(found: dict, table: str, person: int, **values) -> None:
    found[table].append(values | {"person_id": person, TABLES[table].key: len(found[table]) + 1})


def arrow(name: str, rows: list[dict]) -> pa.Table:
    """A table with every column of the layout."""
    schema = pa.schema((column.name, KINDS[column.type]) for column in TABLES[name].columns)
    return pa.Table.from_pylist(rows, schema=schema)


def as_parquet(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, rows in made().items():
        pq.write_table(arrow(name, rows), folder / f"{name}.parquet")
    return folder


def as_exported(folder: Path) -> Path:
    """The same as another program may write it: names of files and of columns in any case, and
    numbers of two widths."""
    folder.mkdir(parents=True)
    for place, (name, rows) in enumerate(made().items()):
        table = arrow(name, rows)
        if place % 2:
            narrow = [pa.int32() if f.type == pa.int64() else f.type for f in table.schema]
            table = table.cast(pa.schema(list(zip(table.column_names, narrow, strict=True))))
        said = [str.upper, str.title, str.lower][place % 3]
        pq.write_table(
            table.rename_columns([said(column) for column in table.column_names]),
            folder / f"{said(name)}.{said('parquet')}",
        )
    return folder


def as_postgres(connection, schema: str) -> None:
    """The tables in `schema` of a PostgreSQL, names in capitals as an export leaves them."""
    connection.execute(f"CREATE SCHEMA {schema}")
    for name, rows in made().items():
        columns = TABLES[name].columns
        listed = ", ".join(f'"{c.name.upper()}" {SQL.get(c.type, c.type)}' for c in columns)
        connection.execute(f'CREATE TABLE {schema}."{name.upper()}" ({listed})')
        with connection.cursor().copy(f'COPY {schema}."{name.upper()}" FROM STDIN') as copy:
            for row in rows:
                copy.write_row([row.get(column.name) for column in columns])


def _patterns(kind: str):
    whole = [code for code in CODES[kind] if code[-1] not in "%" and "_" not in code]
    stems = {"condition": ["I21.*", "I2.*"], "drug": ["B01.*", "C.*"], "procedure": ["DDAF.*"]}
    # I2.* is no code of the CIM-10 but one that a warehouse may hold: the engine must not care.
    listed = [*whole, *(stem for stem in stems[kind] if stem != "I2.*")]
    return st.lists(st.sampled_from(listed), min_size=1, max_size=3, unique=True)


def criteria():
    coded = [st.fixed_dictionaries({kind: _patterns(kind)}) for kind in CODES]
    value = st.sampled_from([7.9, 8.0, 79.9, 80.0, 130.0])
    compared = st.fixed_dictionaries(
        {
            "code": st.just("718-7"),
            "op": st.sampled_from(["<", "<=", ">", ">=", "="]),
            "value": value,
        },
        optional={"unit": st.sampled_from(["g/L", "g/dL"])},
    )
    named = st.fixed_dictionaries({"code": st.sampled_from(["718-7", "2160-0"])})
    category = st.sampled_from(["imagerie", "pmsi"])
    words = st.sampled_from(["métastase", "MÉTASTASE", "coeur", "œil", "100 %", "hepa"])
    note = st.one_of(
        st.fixed_dictionaries({"category": category}, optional={"contains": words}),
        st.fixed_dictionaries({"contains": words}),
    )
    return st.one_of(
        *coded,
        st.fixed_dictionaries({"measurement": st.one_of(compared, named)}),
        st.fixed_dictionaries({"note": note}),
    )


@st.composite
def definitions(draw):
    """A random definition that holds."""
    first, last = sorted([draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))])
    said: dict = {"sex": draw(st.sampled_from([["F"], ["M"], ["F", "M"]]))}
    if draw(st.booleans()):
        said["period"] = {"from": first.isoformat(), "to": last.isoformat()}
    if draw(st.booleans()):
        low, high = sorted([draw(st.integers(15, 75)), draw(st.integers(15, 75))])
        said["age"] = {"min": low, "max": draw(st.sampled_from([high, None]))}
    for group, most in (("all", 2), ("any", 3), ("none", 2)):
        said[group] = draw(st.lists(criteria(), max_size=most))
    if draw(st.booleans()):
        del said["sex"]
    plain = said.get("sex") or said.get("age") or said["all"] or said["any"] or said["none"]
    return said if plain else said | {"sex": ["F"]}


def by_hand(said: dict) -> set[int]:
    """The persons of a definition, in plain Python over the rows."""
    found = made()
    period = said.get("period")

    def within(day: date | None) -> bool:
        return not period or (day is not None and period["from"] <= day.isoformat() <= period["to"])

    def matching(criterion: dict) -> set[int]:
        ((kind, asked),) = criterion.items()
        if kind == "measurement":
            return {
                row["person_id"]
                for row in found["measurement"]
                if within(row["measurement_date"]) and _measured(row, asked)
            }
        if kind == "note":
            return {
                row["person_id"]
                for row in found["note"]
                if within(row["note_date"])
                and row["note_source_value"] == asked.get("category", row["note_source_value"])
                and fold(asked.get("contains", "")) in fold(row["note_text"] or "")
                and (row["note_text"] is not None or "contains" not in asked)
            }
        table, code, day = _CODED[kind]
        return {
            row["person_id"]
            for row in found[table]
            if within(row[day]) and row[code] is not None and _coded(row[code], asked)
        }

    persons = {
        person["person_id"]
        for person in found["person"]
        if "sex" not in said
        or person["gender_concept_id"] in [SEX_CONCEPTS[sex] for sex in said["sex"]]
    }
    # Seen within the period: where an age is asked at the first visit, or nothing else is.
    if said.get("age") or not (said["all"] or said["any"]):
        persons &= _seen(found, within, said.get("age") or {})
    for criterion in said["all"]:
        persons &= matching(criterion)
    if said["any"]:
        persons &= set().union(*map(matching, said["any"]))
    for criterion in said["none"]:
        persons -= matching(criterion)
    return persons


def _coded(code: str, patterns: list[str]) -> bool:
    return any(code.startswith(p[:-2]) if p.endswith(".*") else code == p for p in patterns)


def _measured(row: dict, asked: dict) -> bool:
    if row["measurement_source_value"] != asked["code"]:
        return False
    if "op" not in asked:
        return True
    units = in_every_unit(asked["value"], asked["unit"]) if "unit" in asked else None
    limit = units.get(row["unit_source_value"]) if units else asked["value"]
    value = row["value_as_number"]
    if value is None or limit is None:
        return False
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
    }[asked["op"]]


def _seen(found: dict, within, age: dict) -> set[int]:
    persons = set()
    for person in found["person"]:
        days = [
            row["visit_start_date"]
            for row in found["visit_occurrence"]
            if row["person_id"] == person["person_id"]
            and row["visit_start_date"] is not None
            and within(row["visit_start_date"])
        ]
        if not days:
            continue
        first, month, day = min(days), person["month_of_birth"], person["day_of_birth"]
        years = first.year - person["year_of_birth"]
        if month is not None and (
            first.month < month or (first.month == month and day is not None and first.day < day)
        ):
            years -= 1
        if (age.get("min") or 0) <= years <= (200 if age.get("max") is None else age["max"]):
            persons.add(person["person_id"])
    return persons
