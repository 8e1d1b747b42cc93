"""The tables of OMOP that the layout leaves aside and definitions of OHDSI are run with: the
vocabulary, and what else is recorded of a person. A warehouse may hold them beside the layout's;
nothing of them is ever delivered.

Names and columns: OMOP CDM 5.4.
"""

CONCEPTS: dict[str, dict[str, str]] = {
    "concept": {
        "concept_id": "BIGINT",
        "concept_name": "VARCHAR",
        "domain_id": "VARCHAR",
        "vocabulary_id": "VARCHAR",
        "concept_class_id": "VARCHAR",
        "standard_concept": "VARCHAR",
        "concept_code": "VARCHAR",
        "invalid_reason": "VARCHAR",
    },
    "concept_ancestor": {
        "ancestor_concept_id": "BIGINT",
        "descendant_concept_id": "BIGINT",
        "min_levels_of_separation": "BIGINT",
        "max_levels_of_separation": "BIGINT",
    },
    "concept_relationship": {
        "concept_id_1": "BIGINT",
        "concept_id_2": "BIGINT",
        "relationship_id": "VARCHAR",
        "invalid_reason": "VARCHAR",
    },
}
"""Table of the vocabulary -> its columns that are read, with their types."""

JOINED = (
    "concept_id",
    "ancestor_concept_id",
    "descendant_concept_id",
    "concept_id_1",
    "concept_id_2",
    "relationship_id",
)
"""Those without which the table says nothing; another that lacks is empty."""

RECORDED = (
    "observation_period",
    "observation",
    "device_exposure",
    "visit_detail",
    "specimen",
    "condition_era",
    "drug_era",
    "dose_era",
    "payer_plan_period",
)
"""Tables of persons that a definition may ask for beside the layout's."""

NEEDED = ("concept", "concept_ancestor", "observation_period")
"""Without these no definition of OHDSI can be run: concepts are looked for in the first two, and
an event counts only within a person's time of observation."""


_TEXTS = ("domain_id", "vocabulary_id", "concept_class_id", "relationship_id")
_NUMBERS = ("quantity", "value_as_number", "dose_value", "range_low", "range_high", "gap_days")
_ENDINGS = {
    "_id": "BIGINT",
    "_id_1": "BIGINT",
    "_id_2": "BIGINT",
    "_count": "BIGINT",
    "_separation": "BIGINT",
    "_date": "DATE",
    "_datetime": "TIMESTAMP",
}


def type_of(column: str, found: str) -> str:
    """The type of a column that the layout leaves aside, by its name, as files of CSV hold only
    text; `found`, that it has, when its name does not say."""
    if column in _TEXTS:
        return "VARCHAR"
    if column in _NUMBERS:
        return "DOUBLE"
    return next((kind for end, kind in _ENDINGS.items() if column.endswith(end)), found)
