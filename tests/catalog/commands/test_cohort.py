"""``manage.py cohort``: a definition in the other form, there and back the same."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

OURS = {
    "period": {"from": "2017-01-01", "to": "2025-12-31"},
    "age": {"min": 18, "max": None},
    "all": [{"condition": ["I21.*", "I22.*"]}],
    "none": [{"drug": ["B01AF01"]}],
}


def said(to, *files) -> list[dict]:
    out = StringIO()
    try:
        call_command("cohort", "--to", to, *map(str, files), stdout=out)
    except CommandError as error:
        return [*map(json.loads, out.getvalue().splitlines()), str(error)]
    return [json.loads(line) for line in out.getvalue().splitlines()]


def written(folder, name, content):
    path = folder / name
    path.write_text(json.dumps(content))
    return path


def test_ours_written_as_ohdsi_and_read_again_is_the_same_cohort(tmp_path):
    (circe,) = said("circe", written(tmp_path, "ours.json", OURS))
    assert circe["file"].endswith("ours.json")
    (back,) = said("ours", written(tmp_path, "circe.json", circe["definition"]))
    again = said("circe", written(tmp_path, "again.json", back["definition"]))
    assert again[0]["definition"] == circe["definition"]
    assert back["definition"]["all"] == OURS["all"]


def test_what_atlas_exports_over_snomed_is_refused_at_its_place(tmp_path):
    """The shape of cohort 10 of OHDSI's phenotype library, with one of its concepts."""
    concept = {
        "CONCEPT_ID": 31967,
        "CONCEPT_NAME": "Nausea",
        "STANDARD_CONCEPT": "S",
        "CONCEPT_CODE": "422587007",
        "DOMAIN_ID": "Condition",
        "VOCABULARY_ID": "SNOMED",
    }
    items = [{"concept": concept, "isExcluded": False, "includeDescendants": True}]
    atlas = {
        "cdmVersionRange": ">=5.0.0",
        "PrimaryCriteria": {
            "CriteriaList": [
                {"ConditionOccurrence": {"CodesetId": 3, "ConditionTypeExclude": False}},
                {"Observation": {"CodesetId": 3, "ObservationTypeExclude": False}},
            ],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "ConceptSets": [{"id": 3, "name": "Nausea", "expression": {"items": items}}],
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "All"},
        "InclusionRules": [],
        "EndStrategy": {"DateOffset": {"DateField": "EndDate", "Offset": 14}},
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }
    refused, message = said("ours", written(tmp_path, "atlas.json", atlas))
    places = [problem["pointer"] for problem in refused["problems"]]
    assert places == ["/ConceptSets/3", "/PrimaryCriteria/CriteriaList/1/Observation"]
    assert "do not hold" in message

    concept |= {"VOCABULARY_ID": "ICD10", "CONCEPT_CODE": "R11"}
    atlas["PrimaryCriteria"]["CriteriaList"].pop()
    (read,) = said("ours", written(tmp_path, "mapped.json", atlas))
    assert read["definition"] == {"all": [{"condition": ["R11.*"]}]}
    assert [note["pointer"] for note in read["notes"]] == ["/EndStrategy"]


def test_a_criterion_on_documents_has_no_form_in_ohdsi(tmp_path):
    note = {"all": [{"note": {"category": "anatomopathologie", "contains": "métastase"}}]}
    refused, message = said("circe", written(tmp_path, "note.json", note))
    assert len(refused["problems"]) == 1 and "cannot be written" in message


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere.json"):
        call_command("cohort", "--to", "ours", str(tmp_path / "nowhere.json"))
