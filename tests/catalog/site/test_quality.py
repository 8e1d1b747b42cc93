"""A site checks its warehouse on a signed order and tells figures, never a row."""

import json

import pyarrow.parquet as pq
import pytest

from catalog.orders import canonical
from catalog.site.settings import load
from catalog.warehouse.quality.checks import CHECKS
from catalog.warehouse.quality.figures import read_all
from tests.catalog.site.making import damage

BODY = {"threshold": 11, "rounding": 5}


def ordered(site, **options) -> dict:
    return site.last(site.body("quality", **BODY), **options)


def failure(site) -> dict:
    last = ordered(site)
    assert last["kind"] == "failed", last
    return {name: value for name, value in last["body"].items() if name != "message"}


def test_a_site_says_of_each_check_what_may_be_told(rennes):
    reports = rennes.receives(rennes.body("quality", **BODY))
    assert [each["kind"] for each in (reports[0], reports[-1])] == ["accepted", "quality"]
    found = read_all(reports[-1]["body"]["results"])
    assert [each.check.code for each in found] == list(CHECKS)
    assert set(reports[-1]["body"]) == {"results"}


def test_nothing_of_a_person_is_in_the_report(rennes):
    said = json.dumps(ordered(rennes)["body"])
    people = pq.read_table(rennes.folder / "warehouse/person.parquet").column("person_id")
    assert not any(str(each) in said for each in people.to_pylist())
    assert len(canonical(json.loads(said))) < 100_000


def test_progress_is_said_between_tables(rennes):
    said = []
    program = rennes.program()
    kept = program.reports.say

    def say(kind, body, **options):
        said.append((kind, body))
        return kept(kind, body, **options)

    program.reports.say = say
    rennes.receives(rennes.body("quality", **BODY), program=program)
    steps = [body for kind, body in said if kind == "progress"]
    assert [each["done"] for each in steps] == list(range(10))
    assert {each["of"] for each in steps} == {10}
    assert steps[0] == {"done": 0, "of": 10, "table": "person", "rows": 0}


def test_a_stricter_site_tells_less(rennes):
    (rennes.folder / "settings.toml").write_text(
        "[warehouse]\naddress = 'parquet:warehouse'\n[counts]\nthreshold = 100000\n"
    )
    rennes.settings = load("chu-rennes", folder=rennes.folder, environment={})
    found = ordered(rennes)["body"]["results"]
    assert {each["outcome"] for each in found if "rows" not in each} >= {"few"}
    assert [each for each in found if "rows" in each] == []


def test_the_same_order_again_says_the_same_word(rennes):
    body = rennes.body("quality", **BODY)
    assert rennes.last(body) == rennes.last(body)


def test_a_cancelled_check_stops_between_two_tables_and_tells_nothing(rennes):
    body = rennes.body("quality", **BODY)
    cancel = rennes.envelope(rennes.body("cancel", target=body["order"]))
    reports = rennes.receives(body, program=rennes.program(controls=lambda: [cancel]))
    (last,) = [each for each in reports if each["order"] == body["order"]][-1:]
    assert (last["kind"], last["body"]) == ("cancelled", {})


def test_a_damaged_file_fails_the_order_by_the_name_of_its_table(rennes):
    path = rennes.folder / "warehouse/measurement.parquet"
    damage(path, "value_as_number")
    assert failure(rennes) == {"reason": "unreadable", "table": "measurement"}
    path.write_bytes(path.read_bytes()[:-100])
    assert failure(rennes) == {"reason": "unreadable", "table": "measurement"}


def test_a_warehouse_that_is_not_there_or_does_not_answer_fails_the_order(rennes):
    away = {"SITE_WAREHOUSE": "postgres://omop@127.0.0.1:1/warehouse"}
    for environment, reason in ((away, "unreachable"), ({}, "absent")):
        if reason == "absent":
            (rennes.folder / "warehouse").rename(rennes.folder / "moved")
        rennes.settings = load("chu-rennes", folder=rennes.folder, environment=environment)
        assert failure(rennes) == {"reason": reason}


@pytest.mark.parametrize("changed", [{"threshold": "11"}, {"rounding": 2.5}])
def test_an_order_of_another_shape_is_refused(rennes, changed):
    assert rennes.last(rennes.body("quality", **BODY | changed))["kind"] == "refused"
