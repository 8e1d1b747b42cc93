"""What a warehouse can serve, and what is missing, in words."""

from dataclasses import dataclass

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
        findings += _rows(warehouse, name)
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
    table = warehouse.tables[name]
    key = TABLES[name].key
    asked = table.aggregate(rows=table.count(), keys=table[key].nunique())
    try:
        counted = warehouse.run(lambda: warehouse.backend.execute(asked))
    except WarehouseError as error:
        why = error.values.get("why", error.sentence("en"))
        broken = WarehouseError("unreadable", table=name, why=why)
        return [Finding(True, broken.sentence("fr"), broken.sentence("en"))]
    rows, keys = int(counted["rows"][0]), int(counted["keys"][0])
    findings = [Finding(False, f"{name} : {rows} lignes.", f"{name}: {rows} rows.")]
    if keys < rows:
        findings.append(
            Finding(
                True,
                f"{name}.{key} : {rows - keys} lignes ont une clé vide ou déjà prise.",
                f"{name}.{key}: {rows - keys} rows have an empty key or one already taken.",
            )
        )
    return findings
