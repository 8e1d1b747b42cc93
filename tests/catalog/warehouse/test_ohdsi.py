"""Cohorts of OHDSI run as ATLAS exports them, by concepts of SNOMED and RxNorm, with their windows:
on GiBleed, which holds OHDSI's vocabulary, the persons that SQL written by hand finds."""

import json
from datetime import date
from io import StringIO

import duckdb
import pytest
from django.core.management import CommandError, call_command

from catalog.cohort import CohortError, parse
from catalog.warehouse import ohdsi
from catalog.warehouse.check import check
from catalog.warehouse.connection import connect
from catalog.warehouse.errors import WarehouseError
from catalog.warehouse.loading import omop
from catalog.warehouse.vocabulary import NEEDED
from tests.catalog.atlas import BLEEDING, CELECOXIB, GIBLEED, READ_ONLY, concepts, exported

BY_HAND = """
WITH seen AS (
    SELECT d.person_id, min(drug_exposure_start_date) AS day FROM drug_exposure d
    JOIN concept_ancestor ON drug_concept_id = descendant_concept_id
    JOIN observation_period o ON o.person_id = d.person_id AND drug_exposure_start_date
        BETWEEN observation_period_start_date AND observation_period_end_date
    WHERE ancestor_concept_id = $entry GROUP BY 1
), bled AS (
    SELECT c.person_id, condition_start_date AS day
    FROM condition_occurrence c
    JOIN concept_ancestor ON condition_concept_id = descendant_concept_id
    JOIN observation_period o ON o.person_id = c.person_id AND condition_start_date
        BETWEEN observation_period_start_date AND observation_period_end_date
    WHERE ancestor_concept_id = $event
)
SELECT DISTINCT person_id FROM seen JOIN bled USING (person_id)
WHERE date_diff('day', seen.day, bled.day) BETWEEN 0 AND $days ORDER BY 1
"""


@pytest.fixture(scope="module")
def gibleed():
    with connect(READ_ONLY) as warehouse:
        yield warehouse


@pytest.mark.parametrize(("days", "count"), [(0, 0), (30, 113), (900, 355)])
def test_a_cohort_with_a_window_has_the_persons_found_by_hand(gibleed, days, count):
    found = gibleed.numbers(ohdsi.persons(gibleed, exported(bleeding_within=days)))
    asked = {"entry": CELECOXIB, "event": BLEEDING, "days": days}
    with duckdb.connect(str(GIBLEED), read_only=True) as connection:
        expected = connection.execute(BY_HAND, asked).fetchall()
    assert found.tolist() == [number for (number,) in expected]
    assert len(found) == count


def test_by_concept_or_by_code_the_same_persons_bled(gibleed):
    """The contract reads K92.2, which is what GiBleed's records of that concept say."""
    by_code = gibleed.numbers(gibleed.cohort(parse({"all": [{"condition": ["K92.2"]}]})))
    by_concept = gibleed.numbers(ohdsi.persons(gibleed, exported(entry="condition")))
    assert by_concept.tolist() == by_code.tolist() and len(by_code) == 479


def test_what_is_loaded_holds_the_vocabulary_and_serves_as_its_source_does(gibleed, tmp_path):
    """The records keep their numbers of concepts; the check says that the vocabulary is held."""
    loaded = omop.load(GIBLEED, tmp_path, ["ico"])["ico"]
    kept = {"concept", "concept_ancestor", "concept_relationship", "observation_period"}
    assert {name: loaded[name] > 0 for name in kept} == dict.fromkeys(kept, True)
    with connect(f"parquet:{tmp_path}/ico/warehouse") as warehouse:
        for said in (exported(bleeding_within=900), exported(entry="condition")):
            found = warehouse.numbers(ohdsi.persons(warehouse, said)).tolist()
            assert found == gibleed.numbers(ohdsi.persons(gibleed, said)).tolist()
        assert "condition_source_concept_id" in warehouse.tables["condition_occurrence"].columns
        held = [each.sentence("en") for each in check(warehouse, today=date(2026, 3, 2))]
    assert "OHDSI's vocabulary is held: definitions of OHDSI are counted here as they are." in held


@pytest.fixture
def ico(tmp_path, settings, monkeypatch):
    """A site on GiBleed, and what its count says of a definition."""
    settings.SITES_ROOT = tmp_path / "sites"
    monkeypatch.setenv("SITE_WAREHOUSE", READ_ONLY)
    path = tmp_path / "atlas.json"

    def count(definition: object, *options) -> dict:
        path.write_text(json.dumps(definition))
        out = StringIO()
        try:
            call_command("warehouse", "count", "--site", "ico", *options, str(path), stdout=out)
        except CommandError as error:
            return json.loads(out.getvalue()) if out.getvalue() else {"error": str(error)}
        return json.loads(out.getvalue())

    return count


def test_the_command_runs_as_it_is_what_the_contract_cannot_say(ico):
    assert ico(exported(entry="condition")) == {"site": "ico", "persons": 479, "by": "ohdsi"}


def test_what_the_contract_says_is_read_by_code_unless_asked_otherwise(ico):
    said = exported(entry="condition")
    said["ConceptSets"] = [concepts(0, BLEEDING, "ICD10")]
    said["ConceptSets"][0]["expression"]["items"][0]["concept"]["CONCEPT_CODE"] = "K92.2"
    read, run = ico(said), ico(said, "--ohdsi")
    assert "by" not in read and run["by"] == "ohdsi"
    assert read["persons"] == run["persons"] == 479


def test_what_only_looks_like_an_export_is_refused_at_its_place(gibleed):
    with pytest.raises(CohortError) as refused:
        ohdsi.persons(gibleed, {"PrimaryCriteria": 3, "ConceptSets": [{"id": []}]})
    assert {each.pointer for each in refused.value.problems} >= {"/PrimaryCriteria"}


def test_a_table_that_is_not_there_is_named(tmp_path):
    with duckdb.connect(str(GIBLEED), read_only=True) as connection:
        for name in ("person", *NEEDED):
            connection.execute(f"COPY {name} TO '{tmp_path}/{name}.parquet'")
    with connect(f"parquet:{tmp_path}") as warehouse, pytest.raises(WarehouseError) as refused:
        ohdsi.persons(warehouse, exported())
    assert (refused.value.key, refused.value.values["table"]) == ("no_table", "drug_exposure")


def test_without_the_vocabulary_the_contract_alone_is_read(ico, tmp_path, monkeypatch):
    (tmp_path / "bare").mkdir()
    with duckdb.connect(str(GIBLEED), read_only=True) as connection:
        connection.execute(f"COPY person TO '{tmp_path}/bare/person.parquet'")
    monkeypatch.setenv("SITE_WAREHOUSE", f"parquet:{tmp_path}/bare")
    said = ico(exported())
    assert [each["pointer"] for each in said["problems"]] == ["/ConceptSets/1"]
    assert "concept" in ico(exported(), "--ohdsi")["error"]
