"""What a warehouse can serve, and what is missing, in words."""

from dataclasses import dataclass
from datetime import date

from catalog.warehouse import ohdsi
from catalog.warehouse.connection import Warehouse, wrong_type
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.layout import TABLES
from catalog.warehouse.quality.checks import Way
from catalog.warehouse.quality.measuring import measure
from catalog.warehouse.quality.tally import Tally


@dataclass(frozen=True)
class Finding:
    """One thing found. `grave` when an order cannot be carried out because of it; `tally` when it
    is a check of quality."""

    grave: bool
    french: str
    english: str
    tally: Tally | None = None

    def sentence(self, language: str = "fr") -> str:
        return self.english if language.startswith("en") else self.french


def check(warehouse: Warehouse, *, today: date) -> list[Finding]:
    """Everything found: what each table has, then what the checks of quality say, the failing ones
    first; an empty table or an absent optional one is not grave."""
    findings = []
    for name, table in TABLES.items():
        try:
            warehouse.needs(name)
        except WarehouseError as error:
            absent = error.key == "no_table" and not table.required
            findings.append(Finding(not absent, error.sentence("fr"), error.sentence("en")))
            continue
        findings += _columns(warehouse, name) + _rows(warehouse, name)
    return findings + [_ohdsi(warehouse)] + _quality(warehouse, today)


def _ohdsi(warehouse: Warehouse) -> Finding:
    """Whether definitions of OHDSI can be counted as they are, and what lacks."""
    try:
        missing = list(ohdsi.missing(warehouse))
    except WarehouseError as error:
        return Finding(False, error.sentence("fr"), error.sentence("en"))
    if missing:
        listed = ", ".join(missing)
        return Finding(
            False,
            f"Le vocabulaire d’OHDSI n’est pas tenu (il manque : {listed}) : une définition "
            "d’OHDSI qui ne se lit pas par codes ne peut pas être comptée ici.",
            f"OHDSI's vocabulary is not held (missing: {listed}): a definition of OHDSI that "
            "cannot be read by codes cannot be counted here.",
        )
    return Finding(
        False,
        "Le vocabulaire d’OHDSI est tenu : les définitions d’OHDSI sont comptées ici telles "
        "quelles.",
        "OHDSI's vocabulary is held: definitions of OHDSI are counted here as they are.",
    )


def _quality(warehouse: Warehouse, today: date) -> list[Finding]:
    try:
        tallies = measure(warehouse, today=today)
    except WarehouseError as error:
        return [
            Finding(
                True,
                f"Les contrôles de qualité n’ont pas pu être faits : {error.sentence('fr')}",
                f"The checks of quality could not be made: {error.sentence('en')}",
            )
        ]
    said = [_said(tally) for tally in tallies if tally.check.way is not Way.SCHEMA]
    return sorted(said, key=lambda found: not found.tally.fails)


GRAVE = ("isPrimaryKey", "isRequired")
"""What cannot be wrong of the key of a table if orders are to be carried out."""


def _said(tally: Tally) -> Finding:
    """A check and what it counts, exactly: for the eyes of the site's own engineer."""
    check, rows, failed = tally.check, tally.rows, tally.failed
    french, english = check.sentence("fr"), check.sentence("en")
    key = check.column == TABLES[check.table].key and check.name in GRAVE
    if tally.absent:
        why = ("non vérifiable : il manque de quoi", "cannot be checked: something is missing")
    elif not rows:
        why = ("rien à vérifier", "nothing to check")
    else:
        share = 100 * failed / rows
        why = (
            f"{failed} lignes sur {rows} y manquent"
            f" ({share:.1f} %, toléré {check.threshold:g} %)".replace(".", ","),
            f"{failed} rows of {rows} do not hold ({share:.1f}%, tolerated {check.threshold:g}%)",
        )
    told = ("", "")
    if tally.examples:
        told = (
            " ; par exemple " + ", ".join(f"« {code} »" for code in tally.examples),
            "; for instance " + ", ".join(f'"{code}"' for code in tally.examples),
        )
    return Finding(
        tally.fails and key and failed > 0,
        f"[{check.code}] {french} {why[0]}{told[0]}.",
        f"[{check.code}] {english} {why[1]}{told[1]}.",
        tally,
    )


def refuse_wrong_types(warehouse: Warehouse, *names: str) -> None:
    """Raise WarehouseError where a column of a table of `names` is not of the layout's type."""
    for name in names:
        schema = warehouse.tables[name].schema()
        for column in TABLES[name].columns:
            if column.name in schema and not column.fits(str(schema[column.name])):
                raise wrong_type(name, column, schema)


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
        elif not column.fits(str(schema[column.name])):
            error = wrong_type(name, column, schema)
            findings.append(Finding(True, error.sentence("fr"), error.sentence("en")))
    return findings


def _rows(warehouse: Warehouse, name: str) -> list[Finding]:
    """How many rows a table has, from when to when."""
    table, shape = warehouse.tables[name], TABLES[name]
    day = table[shape.date] if shape.date in table.columns else None
    asked = table.aggregate(
        rows=table.count(), **({} if day is None else {"since": day.min(), "until": day.max()})
    )
    try:
        counted = warehouse.run(lambda: warehouse.backend.to_pyarrow(asked)).to_pylist()[0]
    except WarehouseError as error:
        return [_unreadable(name, error)]
    rows, since, until = counted["rows"], counted.get("since"), counted.get("until")
    if since is None:
        return [Finding(False, f"{name} : {rows} lignes.", f"{name}: {rows} rows.")]
    return [
        Finding(
            False,
            f"{name} : {rows} lignes, du {_french(since)} au {_french(until)}.",
            f"{name}: {rows} rows, from {_english(since)} to {_english(until)}.",
        )
    ]


def _unreadable(name: str, error: WarehouseError) -> Finding:
    why = error.values.get("why", error.sentence("en"))
    broken = WarehouseError("unreadable", table=name, why=why)
    return Finding(True, broken.sentence("fr"), broken.sentence("en"))


def _french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _english(day: date) -> str:
    return f"{day:%Y-%m-%d}"
