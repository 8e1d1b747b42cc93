"""Definitions of OHDSI: what both say is the same there and back; what ours cannot say is said."""

import json

import pytest

from catalog.cohort import CohortError, parse
from catalog.cohort.to_circe import write

STUDY = {
    "period": {"from": "2017-01-01", "to": "2025-12-31"},
    "age": {"min": 18, "max": None},
    "sex": ["F"],
    "all": [
        {"condition": ["I21.*", "I22.0"]},
        {"measurement": {"code": "718-7", "op": "<", "value": 80, "unit": "g/L"}},
    ],
    "any": [{"drug": ["B01AF01"]}, {"procedure": ["DDAF.*"]}],
    "none": [{"drug": ["B01AA03"]}],
}


@pytest.mark.parametrize(
    "definition",
    [
        STUDY,
        {"sex": ["F"]},
        {"all": [{"condition": ["I21.*"]}, {"drug": ["B01AF01"]}]},
        {"any": [{"condition": ["I21.*"]}, {"drug": ["B01AF01"]}], "sex": ["M"]},
    ],
)
def test_a_cohort_written_for_atlas_is_read_back_the_same(definition):
    cohort = parse(definition)
    read = parse(json.loads(json.dumps(write(cohort))))
    assert (read, read.notes) == (cohort, ())


def exported(**changed) -> dict:
    """What ATLAS exports of adults with a heart attack then an anticoagulant, never a surgery."""

    def concepts(number, code, vocabulary):
        concept = {"CONCEPT_ID": 1, "CONCEPT_NAME": code, "CONCEPT_CODE": code}
        item = {"concept": concept | {"VOCABULARY_ID": vocabulary}, "includeDescendants": True}
        return {"id": number, "name": code, "expression": {"items": [item]}}

    def rule(criterion, kind, count, **window):
        start = {"Start": {"Coeff": -1} | window, "End": {"Coeff": 1}, "UseEventEnd": False}
        counted = {
            "Criteria": criterion,
            "StartWindow": start,
            "Occurrence": {"Type": kind, "Count": count},
        }
        said = {"Type": "ALL", "CriteriaList": [counted], "DemographicCriteriaList": []}
        return {"name": "rule", "expression": said | {"Groups": []}}

    adults = {"Type": "ALL", "CriteriaList": [], "Groups": []}
    adults["DemographicCriteriaList"] = [{"Age": {"Value": 18, "Op": "gte"}}]
    said = {
        "cdmVersionRange": ">=5.0.0",
        "ConceptSets": [
            concepts(0, "I21", "ICD10"),
            concepts(1, "B01AF", "ATC"),
            concepts(2, "DDAF", changed.get("vocabulary", "CCAM")),
        ],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0, "First": True}}],
            "ObservationWindow": {"PriorDays": changed.get("before", 0), "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First"},
        },
        "InclusionRules": [
            {"name": "adults", "expression": adults},
            rule({"DrugExposure": {"CodesetId": 1} | changed.get("drug", {})}, 2, 1),
            rule({"ProcedureOccurrence": {"CodesetId": 2}}, 0, 0, **changed.get("window", {})),
        ],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": changed.get("censor", {}),
    }
    if "event" in changed:
        said["PrimaryCriteria"]["CriteriaList"].append(changed["event"])
    return said


def test_an_export_of_atlas_is_read_and_what_is_read_otherwise_is_noted():
    cohort = parse(exported())
    assert cohort == parse(
        {
            "age": {"min": 18},
            "all": [{"condition": ["I21.*"]}, {"drug": ["B01AF.*"]}],
            "none": [{"procedure": ["DDAF.*"]}],
        }
    )
    assert [note.key for note in cohort.notes] == ["circe_age"]


@pytest.mark.parametrize(
    ("changed", "key", "place"),
    [
        ({"before": 365}, "circe_window", "/PrimaryCriteria/ObservationWindow"),
        ({"window": {"Days": 30}}, "circe_window", "/InclusionRules/2/expression/"),
        ({"vocabulary": "SNOMED"}, "circe_vocabulary", "/ConceptSets/2"),
        ({"drug": {"DaysSupply": {"Value": 30, "Op": "gt"}}}, "circe_attribute", "/InclusionRules"),
        ({"drug": {"Age": {"Value": 30, "Op": "gt"}}}, "circe_attribute", "/InclusionRules/1"),
        ({"event": {"Death": {}}}, "circe_domain", "/PrimaryCriteria/CriteriaList/1/Death"),
        ({"censor": {"StartDate": "2020-01-01"}}, "circe_attribute", "/CensorWindow"),
        (
            {"drug": {"OccurrenceStartDate": {"Value": "2020-01-01", "Op": "gte"}}},
            "circe_periods",
            "",
        ),
    ],
)
def test_what_the_contract_cannot_say_is_refused_at_its_place(changed, key, place):
    with pytest.raises(CohortError) as refused:
        parse(exported(**changed))
    found = [(each.key, each.pointer) for each in refused.value.problems]
    assert any(each == key and pointer.startswith(place) for each, pointer in found), found
    assert all(each.sentence("fr") and each.sentence("en") for each in refused.value.problems)


@pytest.mark.parametrize(
    "junk", [{"PrimaryCriteria": 3}, {"PrimaryCriteria": {}, "ConceptSets": [{"id": []}]}]
)
def test_what_only_looks_like_an_export_is_refused_in_words(junk):
    with pytest.raises(CohortError):
        parse(junk)


def test_a_criterion_on_documents_cannot_be_written():
    with pytest.raises(CohortError) as refused:
        write(parse({"all": [{"note": {"contains": "métastase"}}]}))
    assert [each.key for each in refused.value.problems] == ["circe_note"]
