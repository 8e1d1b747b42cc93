"""The declared list: stable codes, three kinds, two languages, what exists of the layout."""

import sys
from collections import Counter
from subprocess import run

from catalog.warehouse.layout import TABLES
from catalog.warehouse.quality.checks import CHECKS, PUBLISHED, Kind, Way
from catalog.warehouse.quality.rules import BY_COLUMN, BY_NAME


def test_each_check_is_of_a_table_and_of_columns_of_the_layout():
    for check in CHECKS.values():
        table = TABLES[check.table]
        assert all(table.column(name) for name in check.columns), check.code
        assert check.code.startswith(check.table) and len(check.code) <= 120


def test_each_table_is_checked_in_its_conformance_and_each_kind_is_there():
    for name in TABLES:
        assert f"{name}.cdmTable" in CHECKS and f"{name}.person_id.isRequired" in CHECKS
    assert set(Counter(check.kind for check in CHECKS.values())) == set(Kind)


def test_each_check_row_by_row_has_its_rule():
    for check in CHECKS.values():
        if check.way is Way.ROWS:
            assert (check.name, check.column) in BY_COLUMN or check.name in BY_NAME, check.code


def test_a_sentence_says_what_should_hold_in_both_languages():
    check = CHECKS["measurement.value_as_number.plausibleValueHigh.718-7"]
    assert check.sentence("fr") == "Mesures : Hémoglobine (718-7) entre 10 et 260 g/L."
    assert check.sentence("en") == "Measurements: Haemoglobin (718-7) between 10 and 260 g/L."
    assert all(check.french and check.english for check in CHECKS.values())


def test_what_is_not_of_the_dashboard_is_known():
    ours = {check.name for check in CHECKS.values()} - PUBLISHED
    assert ours == {"samePersonAsVisit"}


def test_more_than_what_is_tolerated_fails_and_the_limit_itself_does_not():
    check = CHECKS["visit_occurrence.visit_end_date.measureValueCompleteness"]
    assert [check.fails(100, failed) for failed in (0, 5, 6)] == [False, False, True]
    none = CHECKS["visit_occurrence.visit_start_date.isRequired"]
    assert [none.fails(1_000_000, failed) for failed in (0, 1)] == [False, True]
    never = CHECKS["death.cause_source_value.measureValueCompleteness"]
    assert not never.fails(100, 100)


def test_the_list_is_read_on_pages_without_an_engine():
    code = "import sys, catalog.warehouse.quality.figures; print('ibis' in sys.modules)"
    said = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
