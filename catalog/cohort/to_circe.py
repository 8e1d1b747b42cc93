"""A cohort as a definition of OHDSI (Circe's JSON): the inverse of ``catalog.cohort.from_circe``.

A cohort of persons seen has the visit as its entry event, the first of which gives the age; another
one, its first criterion. The rest are inclusion rules, over the whole of time.
"""

from catalog.cohort.concepts import number_of
from catalog.cohort.definition import (
    CodeCriterion,
    Cohort,
    Criterion,
    MeasurementCriterion,
    NoteCriterion,
)
from catalog.cohort.from_circe import KINDS, OPERATORS, SEXES, VOCABULARIES
from catalog.cohort.problems import CohortError, Problem


def write(cohort: Cohort) -> dict:
    """The expression of a cohort. Concepts have our codes and, OHDSI's numbers being unknown here,
    numbers of local concepts (``catalog.cohort.concepts``). Raises CohortError for a criterion on
    documents."""
    writing = _Writing(cohort)
    every = [writing.criterion(each, "/all") for each in cohort.every]
    some = [writing.criterion(each, "/any") for each in cohort.some]
    none = [writing.criterion(each, "/none") for each in cohort.none]
    if writing.problems:
        raise CohortError(writing.problems)
    if cohort.needs_visit:
        entry = [{"VisitOccurrence": writing.dated({})}]
    elif every:
        entry, every = every[:1], every[1:]
    else:
        entry, some = some, []
    rules = [writing.rule([each]) for each in every]
    rules += [writing.rule(some, kind="ANY")] if some else []
    rules += [writing.rule([each], most=0) for each in none]
    if who := writing.demographic():
        rules.insert(0, {"name": "Age, Gender", "expression": _group("ALL", [], [who])})
    first = {"Type": "First"}
    return {
        "ConceptSets": writing.sets,
        "PrimaryCriteria": {
            "CriteriaList": entry,
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": first,
        },
        "QualifiedLimit": first,
        "ExpressionLimit": first,
        "InclusionRules": rules,
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
        "cdmVersionRange": ">=5.0.0",
    }


def _group(kind: str, criteria: list, demographic: list) -> dict:
    return {
        "Type": kind,
        "CriteriaList": criteria,
        "DemographicCriteriaList": demographic,
        "Groups": [],
    }


def _counted(criterion: dict, kind: int, count: int) -> dict:
    """A criterion found that many times, whenever it is."""
    return {
        "Criteria": criterion,
        "StartWindow": {"Start": {"Coeff": -1}, "End": {"Coeff": 1}, "UseEventEnd": False},
        "Occurrence": {"Type": kind, "Count": count, "IsDistinct": False},
    }


_SOURCES = {source for _kind, source in KINDS.values()}


class _Writing:
    def __init__(self, cohort: Cohort):
        self.cohort = cohort
        self.sets: list[dict] = []
        self.problems: list[Problem] = []

    def criterion(self, criterion: Criterion, pointer: str) -> dict:
        match criterion:
            case CodeCriterion(kind, patterns):
                said, codes = {}, patterns
            case MeasurementCriterion(code, op, value, unit):
                kind, codes, said = "measurement", (code,), {}
                if op is not None:
                    named = {sign: name for name, sign in OPERATORS.items()}
                    said["ValueAsNumber"] = {"Value": value, "Op": named[op]}
                if unit is not None:
                    said["Unit"] = [self.concept(unit, "UCUM", "Unit")]
            case NoteCriterion():
                self.problems.append(Problem(pointer, "circe_note"))
                return {}
        domain = next(name for name, (each, _source) in KINDS.items() if each == kind)
        number = len(self.sets)
        items = [
            {
                "concept": self.concept(code.removesuffix(".*"), VOCABULARIES[kind][0], domain),
                "isExcluded": False,
                "includeDescendants": code.endswith(".*"),
                "includeMapped": False,
            }
            for code in codes
        ]
        name = ", ".join(codes)[:100]
        self.sets.append({"id": number, "name": name, "expression": {"items": items}})
        return {domain: self.dated({KINDS[domain][1]: number} | said)}

    def rule(self, criteria: list[dict], *, kind: str = "ALL", most: int | None = None) -> dict:
        """An inclusion rule: `criteria` found once at least, or `most` times; named after their
        codes."""
        times = (2, 1) if most is None else (0, most)
        names = {each["id"]: each["name"] for each in self.sets}
        said = [value for each in criteria for ((_domain, value),) in [each.items()]]
        codes = [names[value[key]] for value in said for key in value if key in _SOURCES]
        return {
            "name": f"{'≥ 1' if most is None else most} × {' | '.join(codes)}",
            "expression": _group(kind, [_counted(each, *times) for each in criteria], []),
        }

    def concept(self, code: str, vocabulary: str, domain: str) -> dict:
        return {
            "CONCEPT_ID": number_of(vocabulary, code),
            "CONCEPT_NAME": code,
            "CONCEPT_CODE": code,
            "VOCABULARY_ID": vocabulary,
            "DOMAIN_ID": domain.removesuffix("Occurrence").removesuffix("Exposure"),
        }

    def dated(self, said: dict) -> dict:
        start, end = self.cohort.start, self.cohort.end
        if start and end:
            value = {"Value": start.isoformat(), "Extent": end.isoformat(), "Op": "bt"}
        elif start or end:
            value = {"Value": (start or end).isoformat(), "Op": "gte" if start else "lte"}
        else:
            return said
        return said | {"OccurrenceStartDate": value}

    def demographic(self) -> dict:
        low, high = self.cohort.age_min, self.cohort.age_max
        said: dict = {}
        if low is not None and high is not None:
            said["Age"] = {"Value": low, "Extent": high, "Op": "bt"}
        elif low is not None:
            said["Age"] = {"Value": low, "Op": "gte"}
        elif high is not None:
            said["Age"] = {"Value": high, "Op": "lte"}
        if self.cohort.sexes:
            numbers = {sex: number for number, sex in SEXES.items()}
            said["Gender"] = [{"CONCEPT_ID": numbers[sex]} for sex in self.cohort.sexes]
        return said
