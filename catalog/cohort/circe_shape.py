"""Whether a definition of OHDSI may be sent to the sites to be run as it is.

What ``ohdsi-circepy`` reads of one stands in ``circe_shape.json`` (``manage.py cohort --record``),
so that the portal need not load it. The library passes in silence over what it does not know; here
that is a problem, at its place: no criterion is ever left out. A definition is bounded in size,
depth and criteria, as an order carries it and each site compiles it.
"""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from catalog.cohort.definition import DAY, MOST_CHARACTERS, MOST_CRITERIA
from catalog.cohort.problems import CohortError, Problem

FILE = Path(__file__).with_name("circe_shape.json")
DEEPEST = 40
"""Levels of lists and objects."""
MOST_RULES = 30
"""Inclusion rules."""
MOST_PROBLEMS = 20
"""Problems said of one definition."""
WHOLE = 2**53
"""From there (and for what is no number), a number is not the same in every reader of JSON."""

_EXPECTED = {"int": "0", "float": "0.5", "bool": "true", "str": '"…"', "date": '"2025-12-31"'}
_TYPES = {"int": int, "float": int | float, "bool": bool, "str": str, "date": str}


@cache
def _shape() -> dict[str, dict[str, list]]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def check(content: dict) -> None:
    """Raise CohortError with what keeps `content`, decoded JSON, from being run as it is."""
    _refuse_hostile(content)
    checking = _Checking(content)
    checking.fields("CohortExpression", content, "")
    primary = content.get("PrimaryCriteria")
    if not (isinstance(primary, dict) and primary.get("CriteriaList")):
        checking.wrong("/PrimaryCriteria/CriteriaList", "empty_list")
    rules = content.get("InclusionRules")
    for size, most, place in (
        (checking.criteria, MOST_CRITERIA, ""),
        (len(rules) if isinstance(rules, list) else 0, MOST_RULES, "/InclusionRules"),
    ):
        if size > most:
            checking.wrong(place, "too_long", size=size, most=most)
    if checking.problems:
        raise CohortError(checking.problems[:MOST_PROBLEMS])


def names_a_set(field: str) -> bool:
    """Whether a field of a criterion holds the number of a set of concepts."""
    return field == "CodesetId" or field.endswith("SourceConcept")


def _refuse_hostile(content: Any) -> None:
    """Refuse what is too deep, too long, or that no JSON may carry from here to a site."""
    waiting: list[tuple[Any, int]] = [(content, 1)]
    size = 0
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise CohortError([Problem("", "circe_deep", {"most": DEEPEST})])
        size += len(value) if isinstance(value, str | list | dict) else 1
        if size > MOST_CHARACTERS:
            raise CohortError([Problem("", "too_long", {"size": size, "most": MOST_CHARACTERS})])
        if isinstance(value, dict):
            waiting += [(each, depth + 1) for pair in value.items() for each in pair]
        elif isinstance(value, list):
            waiting += [(each, depth + 1) for each in value]
        elif isinstance(value, str) and not _carried(value):
            raise CohortError([Problem("", "not_text")])
        elif isinstance(value, int | float) and not abs(value) < WHOLE:
            raise CohortError([Problem("", "number")])
    size = len(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
    if size > MOST_CHARACTERS:
        raise CohortError([Problem("", "too_long", {"size": size, "most": MOST_CHARACTERS})])


def _carried(text: str) -> bool:
    """Whether a text can be stored and signed: UTF-8, without NUL."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


class _Checking:
    """One pass over a definition. Collects problems; goes on where it can."""

    def __init__(self, content: dict):
        self.problems: list[Problem] = []
        self.criteria = 0
        self.sets = _filled(content.get("ConceptSets"))

    def wrong(self, pointer: str, key: str, **values: Any) -> None:
        self.problems.append(Problem(pointer, key, values))

    def fields(self, kind: str, content: Any, pointer: str) -> None:
        if not isinstance(content, dict):
            self.wrong(pointer, "type", expected="{…}")
            return
        known = _shape()[kind]
        if kind == "criterion":
            self.criteria += 1
            if len(content) != 1:
                self.wrong(pointer, "one_kind", accepted=", ".join(known))
                return
        for name, value in content.items():
            place = f"{pointer}/{name[:60].replace('~', '~0').replace('/', '~1')}"
            if name in known:
                held, many = known[name]
                self.values(held, value, place, many)
                if names_a_set(name) and held == "int":
                    self.concept_set(value, place)
            elif kind == "criterion":
                self.wrong(place, "circe_criterion", name=name[:60], accepted=", ".join(known))
            elif kind != "Concept" and value not in (None, "", [], {}, False):
                self.wrong(place, "circe_unknown", name=name[:60])

    def values(self, held: str, value: Any, pointer: str, many: bool) -> None:
        if value is None:
            return
        if not many:
            self.value(held, value, pointer)
        elif not isinstance(value, list):
            self.wrong(pointer, "type", expected="[…]")
        else:
            for place, each in enumerate(value):
                self.value(held, each, f"{pointer}/{place}")

    def value(self, held: str, value: Any, pointer: str) -> None:
        if held in _shape():
            self.fields(held, value, pointer)
        elif held in _TYPES:
            bad = isinstance(value, bool) != (held == "bool")
            if bad or not isinstance(value, _TYPES[held]):
                self.wrong(pointer, "type", expected=_EXPECTED[held])
            elif held == "date" and not _is_day(value):
                self.wrong(pointer, "date", value=value[:60])

    def concept_set(self, number: Any, pointer: str) -> None:
        if isinstance(number, int) and number not in self.sets:
            self.wrong(pointer, "circe_missing_set", number=number)


def _filled(sets: Any) -> set[int]:
    """The numbers of the sets that hold a concept."""
    found = set()
    for each in sets if isinstance(sets, list) else ():
        expression = each.get("expression") if isinstance(each, dict) else None
        if isinstance(expression, dict) and (expression.get("items") or expression.get("concept")):
            number = each.get("id")
            found |= {number} if isinstance(number, int) else set()
    return found


def _is_day(text: str) -> bool:
    try:
        return bool(DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False
