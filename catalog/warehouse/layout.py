"""The layout every warehouse is seen in: the tables of the OMOP CDM 5.4 that the network exposes,
plus ``objection`` and ``information``.

Codes stand in the ``…_source_value`` columns, in the French terminologies: CIM-10 with its dot
(``I21.4``), CCAM, ATC or UCD, LOINC; ``note_source_value`` holds one of the thirteen categories of
``catalog.cohort.codes.CATEGORIES``; units are UCUM. ``objection`` has one row per person who
objected to the warehouse, ``information`` one per person individually informed: a person without a
row there was not. Each column has a role, and the role alone decides what a delivery may make of it
(``catalog.site.perimeter``).
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a column is, for whoever wants to deliver it."""

    PERSON = "person"  # replaced by a pseudonym
    VISIT = "visit"  # replaced by a pseudonym
    RECORD = "record"  # replaced by a pseudonym
    DATE = "date"  # shifted with all other dates of its person
    BIRTH = "birth"  # shifted, and grouped over 89 years
    CODE = "code"
    VALUE = "value"
    IDENTIFIER = "identifier"  # never delivered
    TEXT = "text"  # free text, never delivered by this program


_FOUND = {
    "BIGINT": {"int64", "int32", "int16", "uint64", "uint32"},
    "INTEGER": {"int64", "int32", "int16", "int8", "uint8", "uint16", "uint32"},
    "DOUBLE": {"float64", "float32", "decimal", "int64", "int32"},
    "VARCHAR": {"string"},
    "DATE": {"date"},
    "TIMESTAMP": {"timestamp"},
}
"""Type of the layout -> the Ibis types that serve for it."""
_COMPARED = {
    "VARCHAR": ("string",),
    "DATE": ("date", "timestamp"),
    "TIMESTAMP": ("date", "timestamp"),
}
_NUMBERS = ("int", "uint", "float", "decimal")
"""Type of the layout -> how begin the Ibis types that compare with it; all others are numbers."""


@dataclass(frozen=True)
class Column:
    """A column: name, DuckDB type, role, and whether a warehouse must have it."""

    name: str
    type: str
    role: Role
    required: bool = False

    def fits(self, found: str) -> bool:
        """Whether a column found of that Ibis type serves for this one."""
        return found.removeprefix("!").split("(")[0] in _FOUND[self.type]

    def compares(self, found: str) -> bool:
        """Whether a column found of that Ibis type is compared as this one is: what a count asks,
        which delivers nothing of it."""
        return found.removeprefix("!").startswith(_COMPARED.get(self.type, _NUMBERS))


@dataclass(frozen=True)
class Table:
    """A table: its columns; the one that names a row, that dates it, that holds its code."""

    name: str
    key: str
    date: str | None
    code: str | None
    columns: tuple[Column, ...]
    required: bool = False

    def column(self, name: str) -> Column | None:
        """The column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def marked(self) -> tuple[Column, ...]:
        """The columns whose pseudonyms bear the mark of a delivery (`catalog.site.marks`)."""
        return tuple(each for each in self.columns if each.role in (Role.VISIT, Role.RECORD))


def _columns(text: str) -> tuple[Column, ...]:
    """Columns written one a line: name, type, role, and ``*`` where required."""
    columns = []
    for line in text.strip().splitlines():
        name, kind, role, *star = line.split()
        columns.append(Column(name, kind, Role(role), bool(star)))
    return tuple(columns)


_PERSON = "person_id BIGINT person *"
_VISIT = "visit_occurrence_id BIGINT visit"

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "person",
            "person_id",
            None,
            None,
            _columns(f"""
                {_PERSON}
                gender_concept_id INTEGER code *
                year_of_birth INTEGER birth *
                month_of_birth INTEGER birth
                day_of_birth INTEGER birth
                birth_datetime TIMESTAMP birth
                gender_source_value VARCHAR code
                person_source_value VARCHAR identifier
                location_id BIGINT identifier
            """),
            required=True,
        ),
        Table(
            "visit_occurrence",
            "visit_occurrence_id",
            "visit_start_date",
            "visit_concept_id",
            _columns(f"""
                {_VISIT} *
                {_PERSON}
                visit_concept_id INTEGER code *
                visit_start_date DATE date *
                visit_start_datetime TIMESTAMP date
                visit_end_date DATE date
                visit_end_datetime TIMESTAMP date
                visit_source_value VARCHAR identifier
                admitted_from_source_value VARCHAR value
                discharged_to_source_value VARCHAR value
            """),
            required=True,
        ),
        Table(
            "condition_occurrence",
            "condition_occurrence_id",
            "condition_start_date",
            "condition_source_value",
            _columns(f"""
                condition_occurrence_id BIGINT record *
                {_PERSON}
                condition_concept_id INTEGER code
                condition_start_date DATE date *
                condition_end_date DATE date
                condition_source_value VARCHAR code *
                condition_status_source_value VARCHAR value
                {_VISIT}
            """),
        ),
        Table(
            "procedure_occurrence",
            "procedure_occurrence_id",
            "procedure_date",
            "procedure_source_value",
            _columns(f"""
                procedure_occurrence_id BIGINT record *
                {_PERSON}
                procedure_concept_id INTEGER code
                procedure_date DATE date *
                procedure_source_value VARCHAR code *
                quantity INTEGER value
                {_VISIT}
            """),
        ),
        Table(
            "drug_exposure",
            "drug_exposure_id",
            "drug_exposure_start_date",
            "drug_source_value",
            _columns(f"""
                drug_exposure_id BIGINT record *
                {_PERSON}
                drug_concept_id INTEGER code
                drug_exposure_start_date DATE date *
                drug_exposure_end_date DATE date
                drug_source_value VARCHAR code *
                quantity DOUBLE value
                days_supply INTEGER value
                route_source_value VARCHAR value
                sig VARCHAR text
                {_VISIT}
            """),
        ),
        Table(
            "measurement",
            "measurement_id",
            "measurement_date",
            "measurement_source_value",
            _columns(f"""
                measurement_id BIGINT record *
                {_PERSON}
                measurement_concept_id INTEGER code
                measurement_date DATE date *
                measurement_datetime TIMESTAMP date
                value_as_number DOUBLE value *
                range_low DOUBLE value
                range_high DOUBLE value
                measurement_source_value VARCHAR code *
                unit_source_value VARCHAR value *
                value_source_value VARCHAR text
                {_VISIT}
            """),
        ),
        Table(
            "note",
            "note_id",
            "note_date",
            "note_source_value",
            _columns(f"""
                note_id BIGINT record *
                {_PERSON}
                note_date DATE date *
                note_datetime TIMESTAMP date
                note_source_value VARCHAR code *
                note_title VARCHAR text
                note_text VARCHAR text *
                {_VISIT}
            """),
        ),
        Table(
            "death",
            "person_id",
            "death_date",
            "cause_source_value",
            _columns(f"""
                {_PERSON}
                death_date DATE date *
                cause_source_value VARCHAR code
            """),
        ),
        Table(
            "objection",
            "person_id",
            "since",
            None,
            _columns(f"""
                {_PERSON}
                since DATE date *
            """),
            required=True,
        ),
        Table(
            "information",
            "person_id",
            "informed_on",
            None,
            _columns(f"""
                {_PERSON}
                informed_on DATE date *
                channel VARCHAR value
            """),
            required=True,
        ),
    )
}
