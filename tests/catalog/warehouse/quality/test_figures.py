"""What of a check may leave a site, by the rule of counts; what the portal takes of it."""

import pytest

from catalog.warehouse.quality.checks import CHECKS
from catalog.warehouse.quality.figures import FiguresRefused, read_all, told
from catalog.warehouse.quality.tally import Outcome, Tally

ENDS = CHECKS["visit_occurrence.visit_end_date.measureValueCompleteness"]
CAUSE = CHECKS["death.cause_source_value.measureValueCompleteness"]
TABLE = CHECKS["note.cdmTable"]


def said(rows, failed, persons=None, failing=None, others=None, check=ENDS) -> tuple:
    tally = Tally(
        check,
        rows,
        failed,
        rows if persons is None else persons,
        failed if failing is None else failing,
        rows - failed if others is None else others,
    )
    found = told(tally)
    return found["outcome"], found.get("rows"), found.get("failed")


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ((1000, 0), ("passed", 1000, 0)),
        ((1001, 40), ("passed", 1005, 40)),
        ((1001, 51), ("failed", 1005, 55)),
        # Fewer than eleven rows, or rows of fewer than eleven persons, are not counted.
        ((1001, 10), ("passed", 1005, None)),
        ((1001, 300, 500, 10, 490), ("failed", 1005, None)),
        # Nor are they found by subtraction.
        ((1001, 995), ("failed", 1005, 1005)),
        ((1001, 900, 500, 500, 4), ("failed", 1005, 1005)),
        # What applies to too few is not judged.
        ((10, 0), ("few", None, None)),
        ((400, 300, 10, 10, 3), ("few", None, None)),
        ((0, 0), ("empty", None, None)),
        ((11, 11), ("failed", 15, 15)),
    ],
)
def test_a_figure_stands_for_eleven_rows_and_persons(counted, expected):
    assert said(*counted) == expected


def test_a_site_may_be_stricter():
    tally = Tally(ENDS, 1_003, 60, 900, 55, 845)
    assert told(tally, threshold=50, rounding=20)["failed"] == 60
    assert told(tally, threshold=60, rounding=20)["failed"] is None


def test_the_schema_is_of_nobody_and_always_said():
    assert told(Tally(TABLE, 1, 1)) == {"check": "note.cdmTable", "outcome": "failed"}
    assert told(Tally(TABLE, absent=True))["outcome"] == "absent"


def test_what_is_told_is_read_in_the_order_of_the_list():
    tallies = [Tally(CAUSE, 200, 200, 200, 200, 0, filled={2019: 0}), Tally(ENDS, 500, 0, 400)]
    found = read_all([told(each) for each in tallies])
    assert [(each.check, each.outcome, each.rows, each.failed) for each in found] == [
        (ENDS, Outcome.PASSED, 500, 0),
        (CAUSE, Outcome.PASSED, 200, 200),
    ]
    assert found[1].filled == {"2019": 0}


GOOD = {"check": ENDS.code, "outcome": "failed", "rows": 1000, "failed": 100}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"check": "person.nom.isRequired"}, "unknown_check"),
        ({"check": None}, "figure"),
        ({"check": 3}, "figure"),
        ({"outcome": "fine"}, "figure"),
        ({"outcome": None}, "figure"),
        ({"rows": 1001}, "figure"),
        ({"rows": 5, "failed": 5}, "figure"),
        ({"rows": None}, "figure"),
        ({"rows": True}, "figure"),
        ({"rows": 1000.0}, "figure"),
        ({"rows": 5 * 2**60}, "figure"),
        ({"failed": 10}, "figure"),
        ({"failed": 101}, "figure"),
        ({"failed": 1005}, "figure"),
        ({"failed": "100"}, "figure"),
        ({"failed": False}, "figure"),
        ({"failed": 0}, "figure"),
        ({"outcome": "few"}, "figure"),
        ({"outcome": "empty"}, "figure"),
        ({"check": TABLE.code}, "figure"),
        ({"check": CAUSE.code}, "figure"),
        ({"filled": [2019]}, "figure"),
        ({"filled": {"2019": 101}}, "figure"),
        ({"filled": {"2019": 50.5}}, "figure"),
        ({"filled": {"0001": 50}}, "figure"),
        ({"filled": {"²019": 50}}, "figure"),
        ({"filled": {"": 50}}, "figure"),
    ],
)
def test_what_a_site_should_not_have_sent_is_refused(changed, reason):
    assert len(read_all([GOOD])) == 1
    with pytest.raises(FiguresRefused) as refused:
        read_all([GOOD | changed])
    assert refused.value.reason == reason


@pytest.mark.parametrize("said", [None, {}, "x", [], [None], [GOOD, GOOD], [GOOD] * 1000])
def test_what_is_no_list_of_results_is_refused(said):
    with pytest.raises(FiguresRefused):
        read_all(said)
