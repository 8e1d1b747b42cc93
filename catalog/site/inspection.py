"""What is found on the delivered files themselves, read again from the disk before they are moved.

Each check compares a file with the order and with the warehouse, not with the query that wrote it.
The findings are the facts that P-06, P-07 and P-09 judge (``governance.charters.facts``,
SiteDelivery); one that does not hold stops the delivery.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.site import births, columns, marks
from catalog.site.failures import Failed
from catalog.site.perimeter import Perimeter, TablePlan
from catalog.site.pseudonyms import DIGITS, ProjectKeys
from catalog.warehouse.connection import quoted
from catalog.warehouse.layout import TABLES, Role

SAMPLE = 1_000
"""Persons whose pseudonym and shift, and identifiers of a column whose mark, are computed again by
other means than the engine's: the latter in PARTS parts of its file."""
PARTS = 10

_PSEUDONYM = f"[0-9a-f]{{{DIGITS}}}"


@dataclass
class Inspection:
    """The inspection of one delivery. `persons_query` finds the persons, `informed` whether those
    not individually informed are out, `linked` whether persons go by their link."""

    connection: duckdb.DuckDBPyConnection
    perimeter: Perimeter
    keys: ProjectKeys
    persons_query: str
    shifted: bool
    informed: bool
    folder: Path
    linked: bool = False
    found: dict[str, bool] = field(default_factory=dict)

    def run(self) -> dict[str, bool]:
        """Every finding, by the name of its fact. Raises Failed (``check``) where one is false."""
        self.found = {}
        self._files()
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE again AS {self.persons_query};
            CREATE OR REPLACE TEMP TABLE delivered
            (file VARCHAR, person_id VARCHAR, first DATE, last DATE)
            """
        )
        for plan in self.perimeter.tables:
            self._columns(plan)
            self._rows(plan)
        self._persons()
        self._keys()
        self._lists()
        self._ages()
        return self.found | {
            "dates_shifted": self.shifted,
            "exception_examined": not self.informed,
        }

    def _holds(self, fact: str, holds: bool, check: str, **values: str) -> None:
        if not holds:
            raise Failed("check", check=check, **values)
        self.found[fact] = True

    def _one(self, query: str, parameters: dict | None = None) -> tuple:
        return self.connection.execute(query, parameters or {}).fetchone()

    def _path(self, plan: TablePlan) -> Path:
        return self.folder / f"{plan.table.name}.parquet"

    def _file(self, plan: TablePlan) -> str:
        return f"read_parquet({quoted(str(self._path(plan)))})"

    def _files(self) -> None:
        names = sorted(path.name for path in self.folder.iterdir())
        expected = sorted(self._path(plan).name for plan in self.perimeter.tables)
        self._holds("columns_exact", names == expected, "files")

    def _columns(self, plan: TablePlan) -> None:
        """Names, types, nothing that identifies, nothing hidden in the file's own notes."""
        file = pq.ParquetFile(self._path(plan))
        expected = pa.schema(
            (planned.column.name, columns.delivered_type(planned)) for planned in plan.columns
        )
        table = plan.table.name
        self._holds("columns_exact", file.schema_arrow.equals(expected), "columns", table=table)
        roles = {TABLES[table].column(name).role for name in file.schema_arrow.names}
        clean = not roles & {Role.IDENTIFIER, Role.TEXT} and not file.metadata.metadata
        self._holds("identifiers_absent", clean, "identifiers", table=table)
        for planned in plan.columns:
            # A person's is compared with those authorised, in ``_persons``.
            if planned.column.role in (Role.VISIT, Role.RECORD):
                name = planned.column.name
                shaped = f'regexp_full_match("{name}", {quoted(_PSEUDONYM)})'
                wrong = self._one(f"SELECT count(*) FROM {self._file(plan)} WHERE NOT {shaped}")
                self._holds(
                    "identifiers_absent", wrong == (0,), "pseudonyms", table=table, column=name
                )
                good = all(
                    marks.bears(self.keys.keys["mark"], each) for each in self._some(plan, name)
                )
                self._holds("keys_proper", good, "marks", table=table, column=name)

    def _some(self, plan: TablePlan, name: str) -> list[str]:
        """The first identifiers of a column in each of PARTS parts of its file."""
        found: list[str] = []
        with pq.ParquetFile(self._path(plan)) as file:
            for group in range(file.num_row_groups)[:: 1 + file.num_row_groups // PARTS]:
                some = next(file.iter_batches(SAMPLE // PARTS, row_groups=[group], columns=[name]))
                found += some.column(0).unique().drop_null().to_pylist()
        return found

    def _rows(self, plan: TablePlan) -> None:
        """The rows of the authorised period and codes: those, and all of those."""
        table, file = plan.table.name, self._file(plan)
        wanted = self._one(
            "SELECT coalesce(sum(rows), 0) FROM "
            f"(SELECT person_id, count(*) AS rows FROM {table} AS t "
            f"WHERE {columns.kept(plan, self.perimeter)} GROUP BY person_id) "
            "SEMI JOIN again USING (person_id)"
        )
        written = pq.read_metadata(self._path(plan)).num_rows
        self._holds("period_exact", wanted == (written,), "rows", table=table)
        days = [
            f'"{planned.column.name}"::DATE'
            for planned in plan.columns
            if planned.column.role is Role.DATE
        ]
        first, last = (
            (", ".join(f"{which}({day})" for day in days) for which in ("min", "max"))
            if days
            else ("NULL", "NULL")
        )
        if len(days) > 1:
            first, last = f"least({first})", f"greatest({last})"
        self.connection.execute(
            f"INSERT INTO delivered SELECT {quoted(table)}, person_id, {first}, {last} "
            f"FROM {file} GROUP BY person_id"
        )
        self._codes(plan, file)

    def _codes(self, plan: TablePlan, file: str) -> None:
        conditions = []
        if plan.codes is not None:
            conditions.append(columns.matches(plan.table.code, plan.codes))
        for planned in plan.columns:
            if planned.codes is not None and planned.codes != plan.codes:
                fits = columns.matches(plan.table.code, planned.codes)
                conditions.append(f'("{planned.column.name}" IS NULL OR {fits})')
        if conditions:
            query = f"SELECT count(*) FROM {file} WHERE NOT ({' AND '.join(conditions)})"
            good = self._one(query) == (0,)
            self._holds("columns_exact", good, "codes", table=plan.table.name)

    def _persons(self) -> None:
        """Nobody but the persons authorised, all of them where persons are a table; no date that
        is outside the period once moved back."""
        start, end = self.perimeter.start.isoformat(), self.perimeter.end.isoformat()
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE seen AS SELECT person_id AS pseudonym, "
            "bool_or(file = 'person') AS among_persons, min(first) AS first, max(last) AS last "
            "FROM delivered GROUP BY person_id"
        )
        strangers, outside = self._one(
            "SELECT count(*) FILTER (c.pseudonym IS NULL), count(*) FILTER "
            f"(first - c.shift < DATE '{start}' OR last - c.shift > DATE '{end}') "
            "FROM seen LEFT JOIN chosen AS c USING (pseudonym)"
        )
        self._holds("persons_exact", strangers == 0, "persons")
        self._holds("period_exact", outside == 0, "period")
        same = self._one(
            "SELECT count(*) FROM chosen FULL JOIN again USING (person_id) "
            "WHERE chosen.person_id IS NULL OR again.person_id IS NULL"
        )
        self._holds("persons_exact", same == (0,), "persons_changed")
        if "person" in {plan.table.name for plan in self.perimeter.tables}:
            absent = self._one(
                "SELECT count(*) FROM chosen ANTI JOIN "
                "(SELECT pseudonym FROM seen WHERE among_persons) USING (pseudonym)"
            )
            self._holds("persons_exact", absent == (0,), "persons_missing")

    def _keys(self) -> None:
        """Pseudonyms and shifts are those of the keys of this project at this site."""
        link = "link" if self.linked else "NULL"
        sample = self.connection.execute(
            f"SELECT person_id, {link}, pseudonym, shift FROM chosen ORDER BY number LIMIT {SAMPLE}"
        ).fetchall()
        proper = (
            (self.keys.of_person(person, linked), pseudonym, shift)
            for person, linked, pseudonym, shift in sample
        )
        good = all(
            pseudonym == expected and shift == (days if self.shifted else 0)
            for (expected, days), pseudonym, shift in proper
        )
        self._holds("keys_proper", good, "keys")
        if self.shifted:
            still = self._one("SELECT count(*) FROM chosen WHERE shift = 0")
            self._holds("dates_shifted", still == (0,), "shifts")

    def _lists(self) -> None:
        """No objector, nobody who was not informed, by the lists as they are now."""
        people = "(SELECT person_id FROM chosen SEMI JOIN seen USING (pseudonym))"
        objectors = self._one(
            f"SELECT count(*) FROM {people} SEMI JOIN objection USING (person_id)"
        )
        self._holds("objectors_absent", objectors == (0,), "objectors")
        self.found["not_informed_absent"] = False
        if self.informed:
            others = self._one(
                f"SELECT count(*) FROM {people} ANTI JOIN information USING (person_id)"
            )
            self._holds("not_informed_absent", others == (0,), "not_informed")

    def _ages(self) -> None:
        """Nobody is more than 90 at their last delivered date, by the delivered birth."""
        plans = [
            plan
            for plan in self.perimeter.tables
            if {"year_of_birth", "birth_datetime"} & set(plan.names)
        ]
        if not plans:
            return
        (plan,) = plans
        year = "year_of_birth" if "year_of_birth" in plan.names else "year(birth_datetime)"
        end = f"DATE {quoted(self.perimeter.end.isoformat())}"
        older = self._one(
            f"""
            SELECT count(*) FROM {self._file(plan)} AS p
            JOIN chosen AS c ON c.pseudonym = p.person_id
            LEFT JOIN seen USING (pseudonym)
            WHERE year(coalesce(seen.last, {end} + c.shift)) - {year} > {births.OLDEST + 1}
            """
        )
        self._holds("identifiers_absent", older == (0,), "ages")
