"""Definitions of OHDSI counted at a site as they are: under the same guard as any count."""

import sys
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from catalog.cohort import parse
from catalog.cohort.to_circe import write
from catalog.warehouse import ohdsi
from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.loading import omop
from tests.catalog.atlas import GIBLEED, exported
from tests.catalog.site.making import SiteHere


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """GiBleed, as a site loads it."""
    root = tmp_path_factory.mktemp("gibleed")
    omop.load(GIBLEED, root, ["ico"])
    return root / "ico/warehouse"


@pytest.fixture
def ico(tmp_path, loaded):
    return SiteHere(tmp_path / "ico", loaded, slug="ico")


def counted(site, definition, **said) -> dict:
    return site.last(site.body("count", cohort=definition, **said))


def test_who_enters_then_each_rule_is_a_step_masked_as_any_other(ico):
    last = counted(ico, exported(bleeding_within=900))
    assert last["kind"] == "count", last
    assert last["body"] == {
        "persons": 355,
        "masked": False,
        "steps": [{"persons": 1800, "masked": False}, {"persons": 355, "masked": False}],
    }
    nobody = counted(ico, exported(bleeding_within=0))
    assert (nobody["body"]["persons"], nobody["body"]["masked"]) == (None, True)


def test_who_objected_or_was_not_informed_is_not_counted(ico):
    with connect(f"parquet:{ico.folder / 'warehouse'}") as warehouse:
        persons = ohdsi.numbers(warehouse, ohdsi.persons(warehouse, exported()))[:20]
    path = ico.folder / "warehouse/information.parquet"
    table = pq.read_table(path)
    pq.write_table(table.filter(pc.invert(pc.is_in(table["person_id"], pa.array(persons)))), path)
    assert counted(ico, exported())["body"]["persons"] == 1800 - 20


def test_what_was_told_bounds_what_is_told_after(ico):
    """A definition that differs by a few persons from one told is answered as that one."""
    asked = ["a" * 64]
    first = counted(ico, exported(bleeding_within=900), askers=asked)["body"]["persons"]
    nearly = counted(ico, exported(bleeding_within=899), askers=asked)["body"]["persons"]
    assert nearly == first


def test_a_site_without_the_vocabulary_says_that_it_cannot(rennes):
    last = counted(rennes_without(rennes), exported())
    assert (last["kind"], last["body"]["reason"]) == ("failed", "no_vocabulary")


def rennes_without(site):
    for name in ("concept", "concept_ancestor"):
        (site.folder / f"warehouse/{name}.parquet").unlink(missing_ok=True)
    return site


@pytest.mark.parametrize(
    ("said", "reason", "where"),
    [
        ({"StopReason": {"Text": "x", "Op": "eq"}}, "no_column", "condition_occurrence"),
        ({"ProviderSpecialty": [{"CONCEPT_ID": 1}]}, "no_table", "provider"),
        ({"Age": {"Value": 3, "Op": "about"}}, "ohdsi", None),
    ],
)
def test_what_a_definition_asks_beyond_the_site_is_named(ico, said, reason, where):
    definition = exported(entry="condition")
    definition["PrimaryCriteria"]["CriteriaList"][0]["ConditionOccurrence"] |= said
    body = counted(ico, definition)["body"]
    assert (body["reason"], body.get("table")) == (reason, where)
    assert "x" not in body.values() and "about" not in str(body), "nothing else leaves"


def test_what_a_french_hospital_does_not_record_is_not_taken_for_nobody(tmp_path, small_warehouse):
    site = SiteHere(tmp_path / "chu-rennes", small_warehouse)
    definition = write(parse({"sex": ["F"]}))
    assert counted(site, definition)["kind"] == "count"
    (who,) = definition["InclusionRules"][0]["expression"]["DemographicCriteriaList"]
    who["Race"] = [{"CONCEPT_ID": 8527}]
    body = counted(site, definition)["body"]
    assert (body["reason"], body["table"]) == ("no_column", "person")


def test_one_that_is_not_read_is_refused_at_its_place(ico):
    definition = exported() | {"ConceptSets": []}
    last = counted(ico, definition)
    assert (last["kind"], last["body"]["reason"]) == ("refused", "cohort")
    assert last["body"]["pointer"].startswith("/cohort/PrimaryCriteria/CriteriaList/0")


def test_one_that_lasts_too_long_is_stopped(ico):
    ico.settings = replace(ico.settings, count_seconds=0.01)
    assert counted(ico, exported(bleeding_within=900))["body"]["reason"] == "too_long"


def test_without_its_library_a_site_says_so(loaded, monkeypatch):
    monkeypatch.setitem(sys.modules, "circe.execution.api", None)
    with connect(f"parquet:{loaded}") as warehouse, pytest.raises(WarehouseError) as refused:
        ohdsi.persons(warehouse, exported())
    assert refused.value.key == "no_library" and "ohdsi-circepy" in str(refused.value)
