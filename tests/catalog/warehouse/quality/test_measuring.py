"""What each check finds, on rows of which each fault is known."""

from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest
import sqlglot
from ibis.backends.sql import compilers

from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.quality.checks import CHECKS, Way
from catalog.warehouse.quality.measuring import measure
from catalog.warehouse.quality.tally import Outcome
from tests.catalog.warehouse.quality.making import (
    IN,
    OUT,
    TODAY,
    add,
    opened,
    sound,
    tallies,
    written,
)


def wrong(found) -> dict[str, int]:
    """Code -> rows that fail, of the checks that find some."""
    return {code: tally.failed for code, tally in found.items() if tally.failed}


def test_nothing_is_found_where_nothing_is_wrong(tmp_path):
    found = tallies(sound(), tmp_path)
    assert wrong(found) == {}
    assert list(found) == list(CHECKS)
    assert found["visit_occurrence.visit_start_date.plausibleAfterBirth"].rows == 30
    before_death = found["note.note_date.plausibleBeforeDeath"]
    assert (before_death.rows, before_death.persons) == (12, 12)
    assert found["objection.person_id.isPrimaryKey"].outcome() == Outcome.EMPTY
    assert found["condition_occurrence.condition_start_date.plausibleStartBeforeEnd"].rows == 0


def test_each_fault_is_found_by_its_check_and_by_no_other(tmp_path):
    rows = sound()
    person = rows["person"]
    person.append(dict(person[29]))
    person[28]["year_of_birth"] = 1700
    person[27]["month_of_birth"] = 13
    person[26]["gender_concept_id"] = 0
    person[25]["month_of_birth"] = None
    for name, listed in rows.items():
        if name not in ("person", "information"):
            rows[name] = [row for row in listed if row["person_id"] != 25]
    long_ago, later = date(1940, 1, 1), date(2030, 1, 1)
    add(rows, "visit_occurrence", 999)
    add(rows, "visit_occurrence", 14, visit_start_date=long_ago, visit_end_date=long_ago)
    add(rows, "visit_occurrence", 15, visit_start_date=OUT, visit_end_date=IN)
    add(rows, "visit_occurrence", 16, visit_start_date=later, visit_end_date=later)
    add(rows, "visit_occurrence", 17, visit_concept_id=1234)
    add(rows, "visit_occurrence", 18, visit_end_date=None)
    dead = date(2020, 4, 2)  # 61 days after
    add(rows, "visit_occurrence", 3, visit_start_date=dead, visit_end_date=dead)
    add(rows, "condition_occurrence", 5, visit_occurrence_id=77)
    add(rows, "condition_occurrence", 5, visit_occurrence_id=6)
    add(rows, "condition_occurrence", 3, condition_start_date=date(2020, 1, 20))
    add(rows, "condition_occurrence", 1, condition_source_value="C61")
    add(rows, "condition_occurrence", 2, condition_source_value="O80.0")
    add(rows, "condition_occurrence", 27, condition_source_value="O80.0")  # sex unknown
    add(rows, "condition_occurrence", 8, condition_source_value="infarctus")
    add(rows, "condition_occurrence", 8, condition_source_value=None)
    add(rows, "procedure_occurrence", 8, procedure_date=None)
    add(rows, "drug_exposure", 8, quantity=-1.0)
    add(rows, "drug_exposure", 8, days_supply=4_000)
    add(rows, "measurement", 8, value_as_number=5.0)
    add(rows, "measurement", 8, value_as_number=0.5, unit_source_value="g/dL")
    add(rows, "measurement", 8, value_as_number=13.0, unit_source_value="g/dL")
    add(rows, "measurement", 8, value_as_number=80.0, unit_source_value="mmol/L")
    add(rows, "measurement", 8, unit_source_value=None)
    add(rows, "measurement", 8, value_as_number=None, unit_source_value=None)
    add(rows, "note", 8, note_source_value="roman")
    rows["information"][0]["informed_on"] = None
    rows["note"][0]["note_id"] = rows["note"][1]["note_id"]
    found = tallies(rows, tmp_path)
    assert wrong(found) == {
        "person.person_id.isPrimaryKey": 2,
        "person.month_of_birth.measureValueCompleteness": 1,
        "person.gender_concept_id.isStandardValidConcept": 1,
        "person.year_of_birth.plausibleValueHigh": 1,
        "person.month_of_birth.plausibleValueHigh": 1,
        "person.measurePersonCompleteness.visit_occurrence": 1,
        "person.measurePersonCompleteness.any": 1,
        "visit_occurrence.person_id.isForeignKey": 1,
        "visit_occurrence.visit_end_date.measureValueCompleteness": 1,
        "visit_occurrence.visit_start_date.plausibleAfterBirth": 1,
        "visit_occurrence.visit_start_date.plausibleBeforeDeath": 1,
        "visit_occurrence.visit_start_date.plausibleValueHigh": 1,
        "visit_occurrence.visit_end_date.plausibleAfterBirth": 1,
        "visit_occurrence.visit_end_date.plausibleBeforeDeath": 1,
        "visit_occurrence.visit_end_date.plausibleValueHigh": 1,
        "visit_occurrence.visit_start_date.plausibleStartBeforeEnd": 1,
        "visit_occurrence.visit_concept_id.isStandardValidConcept": 1,
        "condition_occurrence.visit_occurrence_id.isForeignKey": 1,
        "condition_occurrence.visit_occurrence_id.samePersonAsVisit": 1,
        "condition_occurrence.condition_source_value.measureValueCompleteness": 1,
        "condition_occurrence.condition_source_value.isStandardValidConcept": 1,
        "condition_occurrence.condition_start_date.withinVisitDates": 1,
        "condition_occurrence.condition_source_value.plausibleGender": 2,
        "procedure_occurrence.procedure_date.isRequired": 1,
        "drug_exposure.quantity.plausibleValueLow": 1,
        "drug_exposure.days_supply.plausibleValueHigh": 1,
        "measurement.value_as_number.measureValueCompleteness": 1,
        "measurement.value_as_number.plausibleValueHigh.718-7": 2,
        "measurement.unit_source_value.measureValueCompleteness": 1,
        "measurement.unit_source_value.plausibleUnitConceptIds": 2,
        "note.note_id.isPrimaryKey": 2,
        "note.note_source_value.isStandardValidConcept": 1,
        "information.informed_on.isRequired": 1,
    }
    gender = found["condition_occurrence.condition_source_value.plausibleGender"]
    assert gender.rows == 2
    assert found["note.note_source_value.isStandardValidConcept"].examples == ["roman"]


def test_whom_the_wrong_rows_are_of_is_counted_where_enough_are_wrong(tmp_path):
    rows = sound()
    for row in rows["note"][:20]:
        row["note_text"] = None
    for _each in range(15):
        add(rows, "note", 1, note_source_value="roman")
    found = tallies(rows, tmp_path)
    text = found["note.note_text.measureValueCompleteness"]
    assert (text.rows, text.failed, text.persons, text.failing, text.others) == (45, 20, 30, 20, 11)
    coded = found["note.note_source_value.isStandardValidConcept"]
    assert (coded.rows, coded.failed, coded.failing, coded.others) == (45, 15, 1, 30)


def test_filling_is_said_by_year_where_enough_persons_are(tmp_path):
    rows = sound()
    for row in rows["visit_occurrence"][:15]:
        row["visit_start_date"], row["visit_end_date"] = date(2021, 1, 1), None
    for row in rows["visit_occurrence"][15:19]:
        row["visit_start_date"] = row["visit_end_date"] = date(2022, 1, 1)
    found = tallies(rows, tmp_path)
    ends = found["visit_occurrence.visit_end_date.measureValueCompleteness"]
    assert ends.filled == {2020: 100, 2021: 0}


def test_a_schema_that_drifted_is_found_and_what_needed_it_is_not_judged(tmp_path):
    folder = written(sound(), tmp_path)
    path = folder / "measurement.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("value_as_number")
    texts = table.column(place).cast("string")
    pq.write_table(table.set_column(place, "value_as_number", texts), path)
    (folder / "death.parquet").unlink()
    with connect(f"parquet:{folder}") as warehouse:
        found = {each.check.code: each for each in measure(warehouse, today=TODAY)}
    assert wrong(found) == {"measurement.value_as_number.cdmDatatype": 1}
    outcomes = {code: found[code].outcome() for code in found}
    assert outcomes["measurement.value_as_number.measureValueCompleteness"] == Outcome.ABSENT
    assert outcomes["measurement.value_as_number.plausibleValueHigh.718-7"] == Outcome.ABSENT
    assert outcomes["note.note_date.plausibleBeforeDeath"] == Outcome.ABSENT
    assert outcomes["death.cdmTable"] == Outcome.ABSENT
    assert outcomes["measurement.measurement_date.isRequired"] == Outcome.PASSED


def test_a_table_that_must_be_there_and_is_not_fails(tmp_path):
    folder = written(sound(), tmp_path)
    (folder / "person.parquet").unlink()
    with connect(f"parquet:{folder}") as warehouse:
        found = {each.check.code: each for each in measure(warehouse, today=TODAY)}
    assert found["person.cdmTable"].outcome() == Outcome.FAILED
    of_persons = [each for each in found.values() if each.check.table == "person"]
    assert {each.outcome() for each in of_persons[1:]} == {Outcome.ABSENT}
    assert found["note.person_id.isForeignKey"].outcome() == Outcome.ABSENT


def test_a_file_that_cannot_be_read_stops_everything(tmp_path):
    folder = written(sound(), tmp_path)
    (folder / "note.parquet").write_bytes((folder / "note.parquet").read_bytes()[:-50])
    with (
        connect(f"parquet:{folder}") as warehouse,
        pytest.raises(WarehouseError, match="note") as raised,
    ):
        measure(warehouse, today=TODAY)
    assert raised.value.key == "unreadable"


def test_each_table_is_announced_and_who_listens_may_stop_there(tmp_path):
    said = []

    def progress(each):
        said.append(each)
        if each["done"] == 2:
            raise KeyboardInterrupt

    with (
        connect(f"parquet:{written(sound(), tmp_path)}") as warehouse,
        pytest.raises(KeyboardInterrupt),
    ):
        measure(warehouse, today=TODAY, progress=progress)
    assert [each["table"] for each in said] == [
        "person",
        "visit_occurrence",
        "condition_occurrence",
    ]


def test_the_schema_needs_no_row(tmp_path):
    found = tallies({name: [] for name in sound()}, tmp_path)
    judged = {each.check.way for each in found.values() if each.outcome() == Outcome.PASSED}
    assert judged == {Way.SCHEMA}
    assert wrong(found) == {}


class Compiling:
    """An engine that answers, and what it was asked as another one would be."""

    def __init__(self, backend, engine: str):
        self.backend, self.con = backend, backend.con
        self.compiler = getattr(compilers, engine).compiler
        self.asked: list[str] = []

    def to_pyarrow(self, asked):
        query = self.compiler.to_sqlglot(asked.unbind())
        self.asked.append(query.sql(dialect=self.compiler.dialect))
        return self.backend.to_pyarrow(asked)


@pytest.mark.parametrize("engine", ["trino", "oracle"])
def test_every_query_is_one_that_other_engines_can_be_asked(tmp_path, engine):
    """Before 23ai Oracle has no truth value: a comparison may only be a condition."""
    rows = sound()
    for row in rows["note"][:20]:
        row["note_text"] = None
    for _each in range(15):
        add(rows, "note", 1, note_source_value="roman")
    with opened(rows, tmp_path) as warehouse:
        compiling = Compiling(warehouse.backend, engine)
        measure(replace(warehouse, backend=compiling), today=TODAY)
    assert len(compiling.asked) > 40
    for said in compiling.asked if engine == "oracle" else ():
        query = sqlglot.parse_one(said, dialect="oracle")
        assert not list(query.find_all(sqlglot.exp.Boolean)), said
        for cast in query.find_all(sqlglot.exp.Cast):
            assert not cast.find(sqlglot.exp.Connector, sqlglot.exp.Predicate), said
