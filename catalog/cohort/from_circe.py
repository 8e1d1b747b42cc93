"""Cohort definitions of OHDSI (Circe's JSON, as ATLAS exports it), read as the contract.

``read`` gives the contract's JSON of what both can say, with notes on what is read a little
otherwise; what the contract cannot say is a Problem each, at its place, and nothing is read then:
no criterion is ever left out in silence. ``catalog.cohort.to_circe`` writes what this reads back.

The correspondence, in one place:

- The entry event, and the criteria of inclusion rules, are criteria of ``all``; alternatives are
  those of ``any`` (one list of codes when they are of one kind); "at most 0 times" is ``none``.
- Windows must be the whole of time: the contract has one period, that all criteria share.
- Concepts are read by their code, in the terminologies of the contract; descendants are ``.*``.
- "Somebody seen": a visit as the entry event, the first of which gives the age in both.
"""

from typing import Any

from catalog.cohort.problems import CohortError, Problem

KINDS = {
    "ConditionOccurrence": ("condition", "ConditionSourceConcept"),
    "DrugExposure": ("drug", "DrugSourceConcept"),
    "ProcedureOccurrence": ("procedure", "ProcedureSourceConcept"),
    "Measurement": ("measurement", "MeasurementSourceConcept"),
}
VOCABULARIES = {
    "condition": ("ICD10", "CIM10", "ICD10CM"),
    "drug": ("ATC",),
    "procedure": ("CCAM",),
    "measurement": ("LOINC",),
}
"""Kind of criterion -> OMOP's vocabularies of its terminology; the first is written."""
SEXES = {8532: "F", 8507: "M"}
OPERATORS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "="}
_WHOLE = ("ConceptSets", "PrimaryCriteria", "InclusionRules", "AdditionalCriteria")
_EXIT = ("CensoringCriteria", "EndStrategy", "CollapseSettings")
_LIMITS = ("QualifiedLimit", "ExpressionLimit", "cdmVersionRange", "Title")


def is_circe(content: Any) -> bool:
    """Whether decoded JSON is an expression of Circe rather than of the contract."""
    return isinstance(content, dict) and "PrimaryCriteria" in content


def read(content: dict) -> tuple[dict, list[Problem]]:
    """The contract's JSON of an expression, and notes. Raises CohortError."""
    try:
        reading = _Reading(content)
        definition = reading.definition()
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise CohortError([Problem("", "circe_shape")]) from error
    if reading.problems:
        raise CohortError(reading.problems)
    return definition, reading.notes


class _Reading:
    def __init__(self, content: dict):
        self.content = content
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.sets = {each["id"]: each for each in content.get("ConceptSets") or []}
        self.periods: set = set()
        self.sexes: set = set()
        self.ages: list[dict] = []
        self.said: dict[str, list] = {"all": [], "any": [], "none": []}

    def wrong(self, pointer: str, key: str, **values: Any) -> None:
        self.problems.append(Problem(pointer, key, values))

    def definition(self) -> dict:
        for name, value in self.content.items():
            if name in _EXIT:
                if name != "CollapseSettings" and value:
                    self.notes.append(Problem(f"/{name}", "circe_exit"))
            elif name not in (*_WHOLE, *_LIMITS) and value:
                self.wrong(f"/{name}", "circe_attribute", name=name)
        seen = self.entry(self.content["PrimaryCriteria"])
        if group := self.content.get("AdditionalCriteria"):
            self.group(group, "/AdditionalCriteria")
        for place, rule in enumerate(self.content.get("InclusionRules") or []):
            self.group(rule["expression"], f"/InclusionRules/{place}/expression")
        found: dict = {}
        if len(self.periods) > 1:
            self.wrong("", "circe_periods")
        elif self.periods and (period := self.periods.pop()) != (None, None):
            found["period"] = dict(zip(("from", "to"), period, strict=True))
        if self.ages:
            found["age"] = self.age()
            if not seen:
                self.notes.append(Problem("/PrimaryCriteria", "circe_age"))
        elif seen and (self.said["all"] or self.said["any"]):
            self.notes.append(Problem("/PrimaryCriteria", "circe_seen"))
        if self.sexes:
            found["sex"] = sorted(self.sexes)
        return found | {group: each for group, each in self.said.items() if each}

    def entry(self, primary: dict) -> bool:
        """Read the entry event; whether it is somebody seen."""
        window = primary.get("ObservationWindow") or {}
        if window.get("PriorDays") or window.get("PostDays"):
            self.wrong("/PrimaryCriteria/ObservationWindow", "circe_window")
        events = primary.get("CriteriaList") or []
        if not events:
            self.wrong("/PrimaryCriteria/CriteriaList", "empty_list")
        if len(events) == 1 and "VisitOccurrence" in events[0]:
            pointer = "/PrimaryCriteria/CriteriaList/0/VisitOccurrence"
            self.attributes(dict(events[0]["VisitOccurrence"] or {}), pointer, event=True, who=True)
            return True
        pointer = "/PrimaryCriteria/CriteriaList"
        self.alternatives(
            [
                self.criterion(event, f"{pointer}/{n}", who=len(events) == 1)
                for n, event in enumerate(events)
            ],
            pointer,
        )
        return False

    def alternatives(self, criteria: list, pointer: str) -> None:
        """One at least of `criteria`: one list of codes when it can be, ``any`` otherwise."""
        criteria = [each for each in criteria if each]
        kinds = {kind for each in criteria for kind in each}
        if len(criteria) == 1:
            self.said["all"] += criteria
        elif len(kinds) == 1 and not kinds & {"measurement"}:
            (kind,) = kinds
            codes = [code for each in criteria for code in each[kind]]
            self.said["all"].append({kind: list(dict.fromkeys(codes))})
        elif criteria and self.said["any"]:
            self.wrong(pointer, "circe_alternatives")
        else:
            self.said["any"] += criteria

    def group(self, group: dict, pointer: str) -> None:
        kind = group.get("Type")
        nested = group.get("Groups") or []
        counted = [
            (self.occurrence(each, f"{pointer}/CriteriaList/{n}"), f"{pointer}/CriteriaList/{n}")
            for n, each in enumerate(group.get("CriteriaList") or [])
        ]
        demographic = group.get("DemographicCriteriaList") or []
        alone = len(counted) + len(demographic) + len(nested) == 1
        if kind == "ALL" or (kind == "ANY" and alone):
            for place, each in enumerate(demographic):
                rest = dict(each)
                where = f"{pointer}/DemographicCriteriaList/{place}"
                self.attributes(rest, where, event=False, who=True)
            for (name, criterion), _place in counted:
                if criterion:
                    self.said[name].append(criterion)
            for place, each in enumerate(nested):
                self.group(each, f"{pointer}/Groups/{place}")
        elif kind == "ANY" and not nested and not demographic:
            if any(name == "none" for (name, _criterion), _place in counted):
                self.wrong(pointer, "circe_alternatives")
            self.alternatives([criterion for (_name, criterion), _place in counted], pointer)
        else:
            self.wrong(pointer, "circe_group", kind=str(kind)[:20])

    def occurrence(self, each: dict, pointer: str) -> tuple[str, dict | None]:
        """The group of a counted criterion, and the criterion."""
        for name in ("StartWindow", "EndWindow"):
            window = each.get(name) or {}
            for end in ("Start", "End"):
                if (window.get(end) or {}).get("Days") is not None:
                    self.wrong(f"{pointer}/{name}", "circe_window")
        for name in each:
            known = ("Criteria", "StartWindow", "EndWindow", "Occurrence")
            if name not in known and each[name]:
                self.wrong(f"{pointer}/{name}", "circe_attribute", name=name)
        occurrence = each["Occurrence"]
        what = (occurrence.get("Type"), occurrence.get("Count"))
        criterion = self.criterion(each["Criteria"], f"{pointer}/Criteria")
        if what in ((0, 0), (1, 0)):
            return "none", criterion
        if what != (2, 1):
            self.wrong(f"{pointer}/Occurrence", "circe_count")
        return "all", criterion

    def criterion(self, event: dict, pointer: str, *, who: bool = False) -> dict | None:
        ((domain, said),) = event.items()
        if domain not in KINDS:
            self.wrong(f"{pointer}/{domain}", "circe_domain", name=domain[:40])
            return None
        kind, source = KINDS[domain]
        pointer, rest = f"{pointer}/{domain}", dict(said or {})
        sets = [rest.pop(name, None) for name in ("CodesetId", source)]
        chosen = [number for number in sets if number is not None]
        if len(chosen) != 1 or chosen[0] not in self.sets:
            self.wrong(pointer, "circe_set")
            return None
        value, unit = rest.pop("ValueAsNumber", None), rest.pop("Unit", None)
        codes = self.codes(kind, self.sets[chosen[0]])
        self.attributes(rest, pointer, event=True, who=who)
        if kind != "measurement":
            if value or unit:
                self.wrong(pointer, "circe_attribute", name="ValueAsNumber")
            return {kind: codes} if codes else None
        return self.measurement(codes, value, unit, pointer)

    def measurement(self, codes: list[str], value, unit, pointer: str) -> dict | None:
        if len(codes) != 1:
            if codes:
                self.wrong(pointer, "circe_one_measure")
            return None
        found: dict = {"code": codes[0]}
        if value:
            op = OPERATORS.get(value.get("Op"))
            if op is None:
                self.wrong(f"{pointer}/ValueAsNumber", "circe_operator", op=str(value.get("Op")))
            found |= {"op": op, "value": value["Value"]}
        if unit:
            if len(unit) > 1 or not value:
                self.wrong(f"{pointer}/Unit", "circe_attribute", name="Unit")
            else:
                found["unit"] = unit[0]["CONCEPT_CODE"]
        return {"measurement": found}

    def codes(self, kind: str, concepts: dict) -> list[str]:
        """The codes of a set of concepts."""
        found = []
        for item in concepts["expression"]["items"]:
            concept = item["concept"]
            name = str(concept.get("CONCEPT_NAME", ""))[:60]
            pointer = f"/ConceptSets/{concepts['id']}"
            if item.get("isExcluded") or item.get("includeMapped"):
                self.wrong(pointer, "circe_excluded", name=name)
            vocabulary = str(concept.get("VOCABULARY_ID", ""))
            if vocabulary not in VOCABULARIES[kind]:
                accepted = ", ".join(VOCABULARIES[kind])
                values = {"name": name, "vocabulary": vocabulary[:30], "accepted": accepted}
                self.wrong(pointer, "circe_vocabulary", **values)
                continue
            under = item.get("includeDescendants") and kind != "measurement"
            found.append(f"{concept['CONCEPT_CODE']}.*" if under else concept["CONCEPT_CODE"])
        if not found and not self.problems:
            self.wrong(f"/ConceptSets/{concepts['id']}", "empty_list")
        return found

    def attributes(self, rest: dict, pointer: str, *, event: bool, who: bool) -> None:
        """Read what criteria have in common: the date of an ``event``, ``who`` it bears on; what
        else there is cannot be said."""
        dated = rest.pop("OccurrenceStartDate", None)
        if event:
            self.periods.add(self.period(dated, pointer))
        elif dated:
            self.wrong(pointer, "circe_attribute", name="OccurrenceStartDate")
        if who and (age := rest.pop("Age", None)):
            self.ages.append(age)
        if who and (sexes := rest.pop("Gender", None)):
            found = {SEXES.get(each["CONCEPT_ID"]) for each in sexes}
            if None in found or (self.sexes and found != self.sexes):
                self.wrong(f"{pointer}/Gender", "circe_attribute", name="Gender")
            self.sexes = found - {None}
        if dated and rest.get("First"):
            self.wrong(f"{pointer}/First", "circe_attribute", name="First")
        for name, value in rest.items():
            if not (event and name == "First") and value not in (None, [], False, ""):
                self.wrong(f"{pointer}/{name}", "circe_attribute", name=name)

    def period(self, said: dict | None, pointer: str) -> tuple:
        if not said:
            return None, None
        op, value = said.get("Op"), said.get("Value")
        if op == "bt":
            return value, said["Extent"]
        if op in ("gte", "lte"):
            return (value, None) if op == "gte" else (None, value)
        self.wrong(f"{pointer}/OccurrenceStartDate", "circe_operator", op=str(op))
        return None, None

    def age(self) -> dict:
        low = high = None
        for said in self.ages:
            op, value = said.get("Op"), said["Value"]
            least, most = {
                "gte": (value, None),
                "gt": (value + 1, None),
                "lte": (None, value),
                "lt": (None, value - 1),
                "eq": (value, value),
                "bt": (value, said.get("Extent")),
            }.get(op, (None, None))
            if least is None and most is None:
                self.wrong("", "circe_operator", op=str(op))
            low = least if low is None else max(low, least if least is not None else low)
            high = most if high is None else min(high, most if most is not None else high)
        return {"min": low, "max": high}
