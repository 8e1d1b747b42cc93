"""What a warehouse can serve, and what is missing, in words."""

from dataclasses import dataclass
from datetime import date

from catalog.cohort.codes import CATEGORIES, TERMINOLOGIES, well_formed
from catalog.warehouse.connection import Warehouse
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.layout import TABLES, Column

_KINDS = {
    "BIGINT": {"int64", "int32", "int16", "uint64", "uint32"},
    "INTEGER": {"int64", "int32", "int16", "int8", "uint8", "uint16", "uint32"},
    "DOUBLE": {"float64", "float32", "decimal", "int64", "int32"},
    "VARCHAR": {"string"},
    "DATE": {"date"},
    "TIMESTAMP": {"timestamp"},
}


_CODED = {
    "condition_occurrence": "condition",
    "procedure_occurrence": "procedure",
    "drug_exposure": "drug",
    "measurement": "measurement",
    "note": None,
}
"""Whose codes are of a terminology (a key of ``TERMINOLOGIES``), or, of notes, a category."""


@dataclass(frozen=True)
class Finding:
    """One thing found. `grave` when an order cannot be carried out because of it."""

    grave: bool
    french: str
    english: str

    def sentence(self, language: str = "fr") -> str:
        return self.english if language.startswith("en") else self.french


def check(warehouse: Warehouse) -> list[Finding]:
    """Everything found, table by table; an empty table or an absent optional one is not grave."""
    findings = []
    for name, table in TABLES.items():
        try:
            warehouse.needs(name)
        except WarehouseError as error:
            absent = error.key == "no_table" and not table.required
            findings.append(Finding(not absent, error.sentence("fr"), error.sentence("en")))
            continue
        findings += _columns(warehouse, name)
        rows = _rows(warehouse, name)
        findings += rows
        if name in _CODED and not any(found.grave for found in rows):
            findings += _codes(warehouse, name)
    return findings


def refuse_wrong_types(warehouse: Warehouse, *names: str) -> None:
    """Raise WarehouseError where a column of a table of `names` is not of the layout's type."""
    for name in names:
        schema = warehouse.tables[name].schema()
        for column in TABLES[name].columns:
            if column.name in schema and not _fits(str(schema[column.name]), column.type):
                raise _wrong_type(name, column, schema)


def _wrong_type(name: str, column: Column, schema) -> WarehouseError:
    return WarehouseError(
        "wrong_type",
        table=name,
        column=column.name,
        found=str(schema[column.name]),
        expected=column.type,
    )


def _columns(warehouse: Warehouse, name: str) -> list[Finding]:
    schema = warehouse.tables[name].schema()
    findings = []
    for column in TABLES[name].columns:
        if column.name not in schema:
            findings.append(
                Finding(
                    False,
                    f"{name}.{column.name} : colonne absente, elle ne pourra pas être livrée.",
                    f"{name}.{column.name}: column absent, it cannot be delivered.",
                )
            )
        elif not _fits(str(schema[column.name]), column.type):
            error = _wrong_type(name, column, schema)
            findings.append(Finding(True, error.sentence("fr"), error.sentence("en")))
    return findings


def _fits(found: str, expected: str) -> bool:
    return found.removeprefix("!").split("(")[0] in _KINDS[expected]


def _rows(warehouse: Warehouse, name: str) -> list[Finding]:
    """How many rows a table has, from when to when, and those whose key is not one."""
    table, shape = warehouse.tables[name], TABLES[name]
    day = table[shape.date] if shape.date in table.columns else None
    asked = table.aggregate(
        rows=table.count(),
        keys=table[shape.key].nunique(),
        **({} if day is None else {"since": day.min(), "until": day.max()}),
    )
    try:
        counted = warehouse.run(lambda: warehouse.backend.to_pyarrow(asked)).to_pylist()[0]
    except WarehouseError as error:
        return [_unreadable(name, error)]
    rows, keys = counted["rows"], counted["keys"]
    since, until = counted.get("since"), counted.get("until")
    if since is None:
        findings = [Finding(False, f"{name} : {rows} lignes.", f"{name}: {rows} rows.")]
    else:
        findings = [
            Finding(
                False,
                f"{name} : {rows} lignes, du {_french(since)} au {_french(until)}.",
                f"{name}: {rows} rows, from {_english(since)} to {_english(until)}.",
            )
        ]
    if keys < rows:
        findings.append(
            Finding(
                True,
                f"{name}.{shape.key} : {rows - keys} lignes ont une clé vide ou déjà prise.",
                f"{name}.{shape.key}: {rows - keys} rows have an empty key or one already taken.",
            )
        )
    return findings


def _codes(warehouse: Warehouse, name: str) -> list[Finding]:
    """Which share of the rows of a table has a code that is one of its terminology, by its form."""
    kind = _CODED[name]
    table, column = warehouse.tables[name], TABLES[name].code
    asked = table.group_by(code=table[column]).aggregate(rows=table.count())
    try:
        found = warehouse.run(lambda: warehouse.backend.to_pyarrow(asked)).to_pylist()
    except WarehouseError as error:
        return [_unreadable(name, error)]
    rows = sum(each["rows"] for each in found)
    bad = [each for each in found if not _is_code(each["code"], kind)]
    if not rows:
        return []
    share = 100 * (rows - sum(each["rows"] for each in bad)) / rows
    # Not rounded up to all of them, nor down to none.
    share = min(max(share, 0.1), 99.9) if bad and len(bad) < len(found) else share
    french = f"{share:.1f}".replace(".", ",")
    worst = max(bad, key=lambda each: each["rows"], default=None)
    said = {"fr": "", "en": ""}
    if worst is not None:
        code = "∅" if worst["code"] is None else str(worst["code"])[:40]
        said = {
            "fr": f" ; le plus fréquent des autres : « {code} » ({worst['rows']} lignes)",
            "en": f'; the most frequent of the others: "{code}" ({worst["rows"]} rows)',
        }
    return [
        Finding(
            False,
            f"{name}.{column} : {french} % des lignes ont un code bien formé"
            f" ({TERMINOLOGIES.get(kind, 'catégories du réseau')}){said['fr']}.",
            f"{name}.{column}: {share:.1f}% of the rows have a well-formed code"
            f" ({TERMINOLOGIES.get(kind, 'categories of the network')}){said['en']}.",
        )
    ]


def _is_code(code: str | None, kind: str | None) -> bool:
    if code is None:
        return False
    return well_formed(kind, code) if kind else code in CATEGORIES


def _unreadable(name: str, error: WarehouseError) -> Finding:
    why = error.values.get("why", error.sentence("en"))
    broken = WarehouseError("unreadable", table=name, why=why)
    return Finding(True, broken.sentence("fr"), broken.sentence("en"))


def _french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _english(day: date) -> str:
    return f"{day:%Y-%m-%d}"
