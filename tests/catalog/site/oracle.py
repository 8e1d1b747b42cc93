"""What a delivery must hold, worked out again by hand: plain Python over the rows of a warehouse.

Nothing here is shared with the program but the contract: the layout's roles, the derivation of the
project's keys and of the mark's, and Python's own HMAC and SHA-256.
"""

import hashlib
import hmac
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from catalog.orders import canonical, order_hash
from catalog.site.marks import key_of
from catalog.site.pseudonyms import derive
from catalog.warehouse.layout import TABLES, Role


def rows(folder: Path, table: str) -> list[dict]:
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def fits(code, patterns) -> bool:
    text = "" if code is None else str(code)
    return any(text.startswith(p[:-2]) if p.endswith(".*") else text == p for p in patterns)


class Oracle:
    """The delivery of an order on a warehouse; `persons` are those of its cohort."""

    def __init__(self, warehouse: Path, body: dict, secret: bytes, persons: set[int]):
        self.warehouse, self.body = warehouse, body
        self.keys = derive(secret, site=body["site"], project=body["project"])
        self.mark = key_of(secret, site=body["site"], order=order_hash(canonical(body)))
        self.start = date.fromisoformat(body["period"]["from"])
        self.end = date.fromisoformat(body["period"]["to"])
        objectors = {row["person_id"] for row in rows(warehouse, "objection")}
        informed = {row["person_id"] for row in rows(warehouse, "information")}
        self.persons = persons - objectors
        if not body.get("exception_examined"):
            self.persons &= informed
        self.tables = self._tables()

    def pseudonym(self, purpose: str, identifier: int) -> str:
        key = self.keys.keys[purpose]
        said = hmac.new(key, str(identifier).encode(), hashlib.sha256).hexdigest()[:32]
        if purpose == "person":
            return said
        return said[:24] + hashlib.sha256(self.mark + said[:24].encode()).hexdigest()[:8]

    def shift(self, person: int) -> timedelta:
        days = 0 if self.body["true_dates"] else self.keys.shift(person)
        return timedelta(days=days)

    def _tables(self) -> dict[str, dict]:
        """Table -> {"columns": name -> patterns or None, "rows": patterns or None}."""
        found: dict[str, dict] = {}
        for asked in self.body["variables"]:
            table = found.setdefault(asked["table"], {"columns": {}, "coded": {}, "rows": None})
            if "codes" in asked:
                table["coded"].setdefault(asked["column"], []).extend(asked["codes"])
            else:
                table["columns"][asked["column"]] = None
        for name, table in found.items():
            layout = TABLES[name]
            if table["coded"]:
                if not any(column in table["columns"] for column in table["coded"]):
                    table["rows"] = sum(table["coded"].values(), [])
                for column, codes in table["coded"].items():
                    table["columns"].setdefault(column, codes)
                table["columns"][layout.code] = None
            table["columns"]["person_id"] = None
            if "visit_occurrence" in found and layout.column("visit_occurrence_id"):
                table["columns"]["visit_occurrence_id"] = None
            records = [c.name for c in layout.columns if c.role is Role.RECORD]
            if not {"visit_occurrence_id", *records} & table["columns"].keys():
                table["columns"] |= dict.fromkeys(records)
        return found

    def columns(self, name: str) -> list[str]:
        return [c.name for c in TABLES[name].columns if c.name in self.tables[name]["columns"]]

    def kept(self, name: str) -> list[dict]:
        """The rows of a table that are in the perimeter, as the warehouse has them."""
        layout, wanted = TABLES[name], self.tables[name]["rows"]
        return [
            row
            for row in rows(self.warehouse, name)
            if row["person_id"] in self.persons
            and (layout.date is None or self.inside(row[layout.date]))
            and (wanted is None or fits(row[layout.code], wanted))
        ]

    def inside(self, day) -> bool:
        if isinstance(day, datetime):
            day = day.date()
        return day is not None and self.start <= day <= self.end

    def delivered(self, name: str) -> Counter:
        """The rows that are to be delivered, birth aside, as a multiset."""
        found: Counter = Counter()
        for row in self.kept(name):
            found[tuple(self._value(name, column, row) for column in self.columns(name))] += 1
        return found

    def _value(self, name: str, column: str, row: dict):
        layout = TABLES[name].column(column)
        patterns, raw = self.tables[name]["columns"][column], row.get(column)
        if layout.role is Role.BIRTH:
            return "birth"
        if raw is None or (patterns and not fits(row[TABLES[name].code], patterns)):
            return None
        if layout.role in (Role.PERSON, Role.VISIT, Role.RECORD):
            return self.pseudonym(layout.role.value, raw)
        if layout.role is Role.DATE:
            return raw + self.shift(row["person_id"]) if self.inside(raw) else None
        return raw
