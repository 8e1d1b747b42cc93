"""OHDSI's vocabulary for the codes of the demonstration: concepts, and which stand above which.

Codes are those of the tables of ``vocabulary``, with every code above them in their terminology;
numbers are those that an exported cohort has (``catalog.cohort.concepts``). Sexes and kinds of
visits have OHDSI's own numbers.
"""

from functools import cache

import pyarrow as pa

from catalog.cohort.codes import well_formed
from catalog.cohort.concepts import number_of
from catalog.cohort.from_circe import VOCABULARIES
from catalog.demo_warehouse.vocabulary import branches, rows

KINDS = {
    "condition": ("conditions", "Condition", "CIM-10"),
    "procedure": ("procedures", "Procedure", "CCAM"),
    "drug": ("drugs", "Drug", "ATC"),
    "measurement": ("measurements", "Measurement", "LOINC"),
}
"""Kind of criterion -> the table of its codes, OMOP's domain, our name of its terminology."""

OF_OHDSI = (
    (8507, "MALE", "Gender", "Gender", "M"),
    (8532, "FEMALE", "Gender", "Gender", "F"),
    (9201, "Inpatient Visit", "Visit", "Visit", "IP"),
    (9202, "Outpatient Visit", "Visit", "Visit", "OP"),
    (9203, "Emergency Room Visit", "Visit", "Visit", "ER"),
)
"""Concepts that have OHDSI's numbers: number, name, domain, vocabulary, code."""


def numbers(kind: str) -> list[int]:
    """The number of each code of a kind of criterion, in the order of its table."""
    return [number_of(VOCABULARIES[kind][0], row["code"]) for row in rows(KINDS[kind][0])]


def units(listed: list[str]) -> list[int]:
    """The numbers of units of the UCUM."""
    return [number_of("UCUM", unit) for unit in listed]


@cache
def tables() -> dict[str, pa.Table]:
    """``concept`` and ``concept_ancestor``."""
    concepts = {number: (name, *rest, code) for number, name, *rest, code in OF_OHDSI}
    ancestors: set[tuple[int, int, int]] = set()
    for row in rows("measurements"):
        concepts[number_of("UCUM", row["unit"])] = (row["unit"], "Unit", "UCUM", row["unit"])
    for kind, (name, domain, terminology) in KINDS.items():
        vocabulary, labels = VOCABULARIES[kind][0], branches(terminology)
        labels |= {row["code"]: row["label_fr"] for row in rows(name)}
        for row in rows(name):
            line = lineage(kind, row["code"])
            for code in line:
                number = number_of(vocabulary, code)
                said = (labels.get(code, code), domain, vocabulary, code)
                if concepts.setdefault(number, said) != said:
                    raise ValueError(f"{code} and {concepts[number][-1]} have one number: {number}")
            listed = [number_of(vocabulary, code) for code in line]
            ancestors |= {
                (above, below, j - i)
                for i, above in enumerate(listed)
                for j, below in enumerate(listed)
                if i <= j
            }
    ancestors |= {(number, number, 0) for number in concepts}
    numbered = sorted((number, *said) for number, said in concepts.items())
    empty = [None] * len(numbered)
    columns = list(zip(*numbered, strict=True))
    names = ("concept_name", "domain_id", "vocabulary_id", "concept_code")
    concept = {"concept_id": pa.array(columns[0], pa.int32())}
    concept |= {name: pa.array(column) for name, column in zip(names, columns[1:], strict=True)}
    concept |= {
        name: pa.array(empty, pa.string())
        for name in ("concept_class_id", "standard_concept", "invalid_reason")
    }
    above, below, levels = (
        pa.array(each, pa.int32()) for each in zip(*sorted(ancestors), strict=True)
    )
    ancestor = {
        "ancestor_concept_id": above,
        "descendant_concept_id": below,
        "min_levels_of_separation": levels,
        "max_levels_of_separation": levels,
    }
    return {"concept": pa.table(concept), "concept_ancestor": pa.table(ancestor)}


def lineage(kind: str, code: str) -> list[str]:
    """A code and those above it, the highest first: each that a criterion may name with all that
    depends on it."""
    stems = [code[:length] for length in range(1, len(code))]
    return [stem for stem in stems if well_formed(kind, f"{stem}.*")] + [code]
