"""The checks of a warehouse, as data: what each looks at, what it tolerates, how it is said.

Kinds are those of M. G. Kahn et al. (*A harmonized data quality assessment terminology and
framework for the secondary use of electronic health record data*, eGEMs 4(1), 2016); names, and
what is counted over what, those of the OHDSI Data Quality Dashboard where it has the check
(``PUBLISHED``). Thresholds are the network's own, in percents of the rows that a check applies to:
0 tolerates none; 100 is measured for information and never fails. Sentences say what should hold.

A code never changes its meaning: runs of several years are compared by it. What a check compares
is another check when it changes.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from catalog.cohort.codes import TERMINOLOGIES
from catalog.warehouse.layout import TABLES, Table

PUBLISHED = frozenset(
    {
        "cdmTable",
        "cdmDatatype",
        "isRequired",
        "isPrimaryKey",
        "isForeignKey",
        "isStandardValidConcept",
        "measurePersonCompleteness",
        "measureValueCompleteness",
        "plausibleValueLow",
        "plausibleValueHigh",
        "plausibleAfterBirth",
        "plausibleBeforeDeath",
        "plausibleStartBeforeEnd",
        "withinVisitDates",
        "plausibleGender",
        "plausibleUnitConceptIds",
    }
)
"""The names that the OHDSI Data Quality Dashboard gives to checks; the others are ours."""

DAYS_AFTER_DEATH = 60
DAYS_AROUND_VISIT = 7
"""The leeway of records after a death and around a visit (the dashboard's)."""
OLDEST_BIRTH = 1850
NEVER_FAILS = 100


class Kind(StrEnum):
    """What a check is about."""

    CONFORMANCE = "conformance"
    COMPLETENESS = "completeness"
    PLAUSIBILITY = "plausibility"


class Way(StrEnum):
    """How a check is measured."""

    SCHEMA = "schema"  # on the names and types of columns
    ROWS = "rows"  # by its rule (``rules``), row by row
    KEYS = "keys"  # rows that share a key
    CODES = "codes"  # each distinct code, by its form
    VALUES = "values"  # a measure's values, in its own unit
    UNITS = "units"  # the units of known measures


@dataclass(frozen=True)
class Check:
    """One check. `needs` are the columns it reads beside `column`; `beside` what it reads of other
    tables (see ``measuring``); `concept` the code of a measure, whose values are between `low` and
    `high` in `unit`; `threshold` in percents."""

    code: str
    name: str
    kind: Kind
    way: Way
    table: str
    column: str
    threshold: float
    french: str
    english: str
    concept: str = ""
    needs: tuple[str, ...] = ()
    beside: frozenset[str] = frozenset()
    low: float | None = None
    high: float | None = None
    unit: str = ""

    def sentence(self, language: str = "fr") -> str:
        """What should hold, in French ("fr") or English ("en")."""
        return self.english if language.startswith("en") else self.french

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of its own table that it reads."""
        return (*((self.column,) if self.column else ()), *self.needs)

    def fails(self, rows: int, failed: int) -> bool:
        """Whether `failed` rows out of `rows` are more than is tolerated. Exact figures."""
        return failed * 100 > self.threshold * rows


TABLE_WORDS = {
    "person": ("Personnes", "Persons"),
    "visit_occurrence": ("Séjours", "Visits"),
    "condition_occurrence": ("Diagnostics", "Diagnoses"),
    "procedure_occurrence": ("Actes", "Procedures"),
    "drug_exposure": ("Traitements", "Treatments"),
    "measurement": ("Mesures", "Measurements"),
    "note": ("Documents", "Documents"),
    "death": ("Décès", "Deaths"),
    "objection": ("Oppositions", "Objections"),
    "information": ("Informations individuelles", "Individual information"),
}

COLUMN_WORDS = {
    "person_id": ("personne", "person"),
    "gender_concept_id": ("sexe", "sex"),
    "gender_source_value": ("sexe (F ou M)", "sex (F or M)"),
    "year_of_birth": ("année de naissance", "year of birth"),
    "month_of_birth": ("mois de naissance", "month of birth"),
    "day_of_birth": ("jour de naissance", "day of birth"),
    "visit_occurrence_id": ("numéro de séjour", "visit number"),
    "visit_concept_id": ("nature du séjour", "kind of visit"),
    "visit_start_date": ("date d’entrée", "date of admission"),
    "visit_end_date": ("date de sortie", "date of discharge"),
    "admitted_from_source_value": ("provenance", "origin"),
    "discharged_to_source_value": ("mode de sortie", "destination"),
    "condition_start_date": ("date", "date"),
    "condition_end_date": ("date de fin", "end date"),
    "condition_source_value": ("code", "code"),
    "condition_status_source_value": ("rang du diagnostic", "rank of the diagnosis"),
    "procedure_date": ("date", "date"),
    "procedure_source_value": ("code", "code"),
    "drug_exposure_start_date": ("date de début", "start date"),
    "drug_exposure_end_date": ("date de fin", "end date"),
    "drug_source_value": ("code", "code"),
    "quantity": ("quantité", "quantity"),
    "days_supply": ("durée prévue", "days supplied"),
    "route_source_value": ("voie d’administration", "route"),
    "measurement_date": ("date", "date"),
    "measurement_source_value": ("code", "code"),
    "value_as_number": ("valeur", "value"),
    "note_date": ("date", "date"),
    "note_source_value": ("catégorie", "category"),
    "note_text": ("texte", "text"),
    "death_date": ("date de décès", "date of death"),
    "cause_source_value": ("cause du décès", "cause of death"),
    "since": ("date", "date"),
    "informed_on": ("date", "date"),
    "channel": ("moyen", "channel"),
}

FILLED = {
    "person": {"month_of_birth": 5, "day_of_birth": 5, "gender_source_value": 5},
    "visit_occurrence": {
        "visit_end_date": 5,
        "admitted_from_source_value": NEVER_FAILS,
        "discharged_to_source_value": NEVER_FAILS,
    },
    "condition_occurrence": {
        "condition_source_value": 1,
        "condition_status_source_value": NEVER_FAILS,
        "visit_occurrence_id": 5,
    },
    "procedure_occurrence": {"procedure_source_value": 1, "visit_occurrence_id": 5},
    "drug_exposure": {
        "drug_source_value": 1,
        "drug_exposure_end_date": 10,
        "quantity": NEVER_FAILS,
        "days_supply": NEVER_FAILS,
        "route_source_value": NEVER_FAILS,
        "visit_occurrence_id": 5,
    },
    "measurement": {
        "measurement_source_value": 1,
        "value_as_number": 20,
        "visit_occurrence_id": 5,
    },
    "note": {"note_source_value": 1, "note_text": 5, "visit_occurrence_id": 5},
    "death": {"cause_source_value": NEVER_FAILS},
    "information": {"channel": NEVER_FAILS},
}
"""Columns that may be empty, and how many percents of them."""

REQUIRED = {
    "person": ("person_id", "gender_concept_id", "year_of_birth"),
    "visit_occurrence": ("visit_concept_id",),
}
"""Columns never empty, beside the key, the person and the date of every table."""

ENDS = {
    "visit_occurrence": "visit_end_date",
    "condition_occurrence": "condition_end_date",
    "drug_exposure": "drug_exposure_end_date",
}

CODED = {
    "condition_occurrence": ("condition_source_value", "condition", 5),
    "procedure_occurrence": ("procedure_source_value", "procedure", 5),
    "drug_exposure": ("drug_source_value", "drug", 5),
    "measurement": ("measurement_source_value", "measurement", 5),
    "note": ("note_source_value", "", 0),
    "death": ("cause_source_value", "condition", 5),
}
"""Table -> the column of its codes, their terminology (a key of ``TERMINOLOGIES``; of notes, the
categories of the network), the percents tolerated."""


def _words(column: str) -> tuple[str, str]:
    return COLUMN_WORDS.get(column, (column, column))


def _check(
    kind: Kind,
    table: str,
    column: str,
    name: str,
    threshold: float,
    said: tuple[str, str],
    *,
    way: Way = Way.ROWS,
    needs: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
    concept: str = "",
    **limits,
) -> Check:
    code = ".".join(part for part in (table, column, name, concept) if part)
    french, english = TABLE_WORDS[table]
    return Check(
        code,
        name,
        kind,
        way,
        table,
        column,
        threshold,
        f"{french} : {said[0]}.",
        f"{english}: {said[1]}.",
        concept,
        needs,
        frozenset(beside),
        **limits,
    )


def _of_schema(table: Table) -> list[Check]:
    found = [
        _check(
            Kind.CONFORMANCE,
            table.name,
            "",
            "cdmTable",
            0,
            ("table présente et lisible", "table present and readable"),
            way=Way.SCHEMA,
        )
    ]
    for column in table.columns:
        said = (
            f"colonne {column.name} présente et de type {column.type}",
            f"column {column.name} present, of type {column.type}",
        )
        found.append(
            _check(
                Kind.CONFORMANCE, table.name, column.name, "cdmDatatype", 0, said, way=Way.SCHEMA
            )
        )
    return found


def _of_keys(table: Table) -> list[Check]:
    said = ("aucun identifiant en double", "no identifier twice")
    found = [_check(Kind.CONFORMANCE, table.name, table.key, "isPrimaryKey", 0, said, way=Way.KEYS)]
    if table.name != "person":
        said = ("chaque ligne est d’une personne connue", "each row is of a known person")
        found.append(
            _check(
                Kind.CONFORMANCE,
                table.name,
                "person_id",
                "isForeignKey",
                0,
                said,
                beside=("person",),
            )
        )
    if table.name != "visit_occurrence" and table.column("visit_occurrence_id"):
        known = ("chaque séjour cité existe", "each visit referred to exists")
        same = (
            "le séjour cité est celui de la même personne",
            "the visit referred to is of the same person",
        )
        for name, said, needs in (
            ("isForeignKey", known, ()),
            ("samePersonAsVisit", same, ("person_id",)),
        ):
            found.append(
                _check(
                    Kind.CONFORMANCE,
                    table.name,
                    "visit_occurrence_id",
                    name,
                    0,
                    said,
                    needs=needs,
                    beside=("visit",),
                )
            )
    return found


def _of_filling(table: Table) -> list[Check]:
    found = []
    always = [table.key, "person_id", *([table.date] if table.date else [])]
    for column in dict.fromkeys([*always, *REQUIRED.get(table.name, ())]):
        french, english = _words(column)
        if column == table.key and column != "person_id":
            french, english = "identifiant", "identifier"
        said = (f"aucune ligne sans {french}", f"no row without {english}")
        found.append(_check(Kind.CONFORMANCE, table.name, column, "isRequired", 0, said))
    for column, threshold in FILLED.get(table.name, {}).items():
        french, english = _words(column)
        said = (f"{french} sur chaque ligne", f"{english} on each row")
        found.append(
            _check(
                Kind.COMPLETENESS,
                table.name,
                column,
                "measureValueCompleteness",
                threshold,
                said,
            )
        )
    return found


def _of_dates(table: Table) -> list[Check]:
    found = []
    if table.date is None:
        return found
    dates = [table.date, *([ENDS[table.name]] if table.name in ENDS else [])]
    for column in dates:
        french, english = _words(column)
        to_come = (f"aucune {french} dans l’avenir", f"no {english} in the future")
        before = (f"aucune {french} avant la naissance", f"no {english} before birth")
        after = (
            f"aucune {french} plus de {DAYS_AFTER_DEATH} jours après le décès",
            f"no {english} more than {DAYS_AFTER_DEATH} days after death",
        )
        listed = [
            ("plausibleValueHigh", 0, to_come, ()),
            ("plausibleAfterBirth", 1, before, ("person",)),
        ]
        if table.name not in ("death", "objection", "information"):
            listed.append(("plausibleBeforeDeath", 1, after, ("death",)))
        for name, threshold, said, beside in listed:
            found.append(
                _check(
                    Kind.PLAUSIBILITY,
                    table.name,
                    column,
                    name,
                    threshold,
                    said,
                    needs=("person_id",) if beside else (),
                    beside=beside,
                )
            )
    if table.name in ENDS:
        start, end = _words(table.date), _words(ENDS[table.name])
        said = (f"aucune {end[0]} avant la {start[0]}", f"no {end[1]} before the {start[1]}")
        found.append(
            _check(
                Kind.PLAUSIBILITY,
                table.name,
                table.date,
                "plausibleStartBeforeEnd",
                1,
                said,
                needs=(ENDS[table.name],),
            )
        )
    if table.name != "visit_occurrence" and table.column("visit_occurrence_id"):
        said = (
            f"date à {DAYS_AROUND_VISIT} jours au plus du séjour cité",
            f"date within {DAYS_AROUND_VISIT} days of the visit referred to",
        )
        found.append(
            _check(
                Kind.PLAUSIBILITY,
                table.name,
                table.date,
                "withinVisitDates",
                1,
                said,
                needs=("visit_occurrence_id",),
                beside=("visit",),
            )
        )
    return found


def _of_codes(table: Table) -> list[Check]:
    if table.name not in CODED:
        return []
    column, kind, threshold = CODED[table.name]
    if kind:
        name = TERMINOLOGIES[kind]
        said = (f"codes bien formés ({name})", f"well-formed codes ({name})")
    else:
        said = ("catégorie du réseau", "category of the network")
    return [
        _check(
            Kind.CONFORMANCE,
            table.name,
            column,
            "isStandardValidConcept",
            threshold,
            said,
            way=Way.CODES,
        )
    ]


def _of_persons() -> list[Check]:
    conformance, plausible = Kind.CONFORMANCE, Kind.PLAUSIBILITY
    return [
        _check(
            conformance,
            "person",
            "gender_concept_id",
            "isStandardValidConcept",
            1,
            ("sexe connu, F ou M", "known sex, F or M"),
        ),
        _check(
            plausible,
            "person",
            "year_of_birth",
            "plausibleValueHigh",
            0,
            (
                f"année de naissance entre {OLDEST_BIRTH} et cette année",
                f"year of birth between {OLDEST_BIRTH} and this year",
            ),
        ),
        _check(
            plausible,
            "person",
            "month_of_birth",
            "plausibleValueHigh",
            0,
            ("mois de naissance entre 1 et 12", "month of birth between 1 and 12"),
            low=1,
            high=12,
        ),
        _check(
            plausible,
            "person",
            "day_of_birth",
            "plausibleValueHigh",
            0,
            ("jour de naissance entre 1 et 31", "day of birth between 1 and 31"),
            low=1,
            high=31,
        ),
        _check(
            Kind.COMPLETENESS,
            "person",
            "",
            "measurePersonCompleteness",
            5,
            ("chacune a un séjour au moins", "each has one visit at least"),
            beside=("visited",),
            needs=("person_id",),
            concept="visit_occurrence",
        ),
        _check(
            Kind.COMPLETENESS,
            "person",
            "",
            "measurePersonCompleteness",
            1,
            ("chacune a un enregistrement au moins", "each has one record at least"),
            beside=("recorded",),
            needs=("person_id",),
            concept="any",
        ),
    ]


def _of_care() -> list[Check]:
    plausible = Kind.PLAUSIBILITY
    return [
        _check(
            Kind.CONFORMANCE,
            "visit_occurrence",
            "visit_concept_id",
            "isStandardValidConcept",
            5,
            (
                "nature connue : séjour, consultation ou urgence",
                "known kind: stay, consultation or emergency",
            ),
        ),
        _check(
            plausible,
            "condition_occurrence",
            "condition_source_value",
            "plausibleGender",
            0.5,
            ("aucun diagnostic propre à l’autre sexe", "no diagnosis proper to the other sex"),
            needs=("person_id",),
            beside=("person",),
        ),
        _check(
            plausible,
            "drug_exposure",
            "quantity",
            "plausibleValueLow",
            1,
            ("aucune quantité négative", "no negative quantity"),
            low=0,
        ),
        _check(
            plausible,
            "drug_exposure",
            "days_supply",
            "plausibleValueHigh",
            1,
            ("durée prévue entre 0 et 366 jours", "days supplied between 0 and 366"),
            low=0,
            high=366,
        ),
        _check(
            Kind.COMPLETENESS,
            "measurement",
            "unit_source_value",
            "measureValueCompleteness",
            5,
            ("une unité à chaque valeur", "a unit with each value"),
            needs=("value_as_number",),
        ),
        _check(
            Kind.CONFORMANCE,
            "measurement",
            "unit_source_value",
            "plausibleUnitConceptIds",
            5,
            ("une unité qui convient à ce qui est mesuré", "a unit that fits what is measured"),
            way=Way.UNITS,
            needs=("measurement_source_value", "value_as_number"),
        ),
    ]


def _of_values() -> list[Check]:
    """The measures whose values are checked: bounds that no living person is outside of."""
    with Path(__file__).with_name("plausible.csv").open(encoding="utf-8", newline="") as file:
        return [_of_value(**row) for row in csv.DictReader(file)]


def _of_value(code: str, unit: str, low: str, high: str, label_fr: str, label_en: str) -> Check:
    least, most = float(low), float(high)
    return _check(
        Kind.PLAUSIBILITY,
        "measurement",
        "value_as_number",
        "plausibleValueHigh",
        1,
        (
            f"{label_fr} ({code}) entre {_said(least)} et {_said(most)} {unit}",
            f"{label_en} ({code}) between {least:g} and {most:g} {unit}",
        ),
        way=Way.VALUES,
        needs=("measurement_source_value", "unit_source_value"),
        concept=code,
        low=least,
        high=most,
        unit=unit,
    )


def _said(value: float) -> str:
    return f"{value:,g}".replace(",", " ").replace(".", ",")


def _declared() -> dict[str, Check]:
    found = []
    for table in TABLES.values():
        found += _of_schema(table) + _of_keys(table) + _of_filling(table)
        found += _of_codes(table) + _of_dates(table)
    found += _of_persons() + _of_care() + _of_values()
    order = {name: place for place, name in enumerate(TABLES)}
    found.sort(key=lambda check: order[check.table])
    listed = {check.code: check for check in found}
    if len(listed) != len(found):
        raise ValueError("two checks have one code")
    return listed


CHECKS: dict[str, Check] = _declared()
"""Every check by its code, table by table in the order of the layout."""


def of_table(name: str) -> list[Check]:
    """The checks of one table."""
    return [check for check in CHECKS.values() if check.table == name]
