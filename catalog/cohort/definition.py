"""The cohort contract: what a definition says, read from its JSON.

Meaning, in one place:

- A person belongs to the cohort when every criterion of ``all`` holds, one at least of ``any``
  (when there is one), none of ``none``, and sex and age fit.
- A criterion holds when one recorded fact of the person, dated within the period (both ends
  included), matches it. A definition without a period takes the whole of the warehouse.
- Age is in completed years at the person's first visit that starts within the period (year of birth
  alone, where day and month are unknown). With an age, or with nothing positive to find (``all``
  and ``any`` empty), only persons with such a visit are counted.
- A code that ends with ``.*`` stands for itself and all that begin with it.
- A measurement is compared in any unit that converts exactly to the one asked
  (``codes.in_every_unit``); without a unit, as recorded.
- Texts are found case and accents aside.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from catalog.cohort import from_circe
from catalog.cohort.codes import CATEGORIES, TERMINOLOGIES, category_code, known_unit, well_formed
from catalog.cohort.problems import CohortError, Problem

OPERATORS = ("<", "<=", ">", ">=", "=")
CODE_KINDS = ("condition", "drug", "procedure")
KINDS = (*CODE_KINDS, "measurement", "note")

MOST_CHARACTERS = 200_000
MOST_CRITERIA = 100
MOST_CODES = 500
MOST_LETTERS = 200
LEAST_LETTERS = 3

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

Known = Callable[[str, str], bool]
"""``known(kind, pattern)``: whether a warehouse holds a code that `pattern` matches."""


@dataclass(frozen=True)
class CodeCriterion:
    """A diagnosis, drug or act with one of these codes. `kind` is of CODE_KINDS."""

    kind: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class MeasurementCriterion:
    """A measurement of this LOINC code, compared with a value when `op` is given."""

    code: str
    op: str | None = None
    value: float | None = None
    unit: str | None = None


@dataclass(frozen=True)
class NoteCriterion:
    """A document of this category (a key of CATEGORIES) that contains this text."""

    category: str | None = None
    contains: str | None = None


Criterion = CodeCriterion | MeasurementCriterion | NoteCriterion


@dataclass(frozen=True)
class Cohort:
    """A definition that was read and holds together. Dates are inclusive; ages in years."""

    start: date | None = None
    end: date | None = None
    age_min: int | None = None
    age_max: int | None = None
    sexes: tuple[str, ...] | None = None
    every: tuple[Criterion, ...] = ()
    some: tuple[Criterion, ...] = ()
    none: tuple[Criterion, ...] = ()
    notes: tuple[Problem, ...] = field(default=(), compare=False)
    """What was read a little otherwise than it was written, in another form than the contract."""

    @property
    def needs_visit(self) -> bool:
        """Whether only persons seen within the period can belong."""
        aged = self.age_min is not None or self.age_max is not None
        return aged or not (self.every or self.some)

    @property
    def steps(self) -> list[tuple[str, tuple[Criterion, ...]]]:
        """What narrows the cohort, in order: each criterion of ``all``, those of ``any`` together,
        each of ``none``. Pairs of the group and its criteria."""
        either = [("any", self.some)] if self.some else []
        return [
            *(("all", (criterion,)) for criterion in self.every),
            *either,
            *(("none", (criterion,)) for criterion in self.none),
        ]


def parse_json(text: str | bytes, *, known: Known | None = None) -> Cohort:
    """The cohort written in `text`; raises CohortError, also for what is not JSON."""
    return parse(decoded(text), known=known)


def decoded(text: str | bytes) -> Any:
    """What the JSON of `text` says; raises CohortError for what is too long or is not JSON."""
    if len(text) > MOST_CHARACTERS:
        values = {"size": len(text), "most": MOST_CHARACTERS}
        raise CohortError([Problem("", "too_long", values)])
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        values = {"line": error.lineno, "column": error.colno}
        raise CohortError([Problem("", "not_json", values)]) from error
    except UnicodeDecodeError as error:
        raise CohortError([Problem("", "not_text")]) from error
    except CohortError:
        raise
    except (RecursionError, ValueError) as error:
        # NaN, Infinity, a number of thousands of digits, lists without end.
        raise CohortError([Problem("", "not_json", {"line": 1, "column": 1})]) from error


def _no_constant(name: str) -> None:
    """NaN or Infinity, which JSON has not."""
    raise ValueError(name)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CohortError([Problem("", "duplicate_key", {"name": _short(twice)})])
    return content


def parse(content: Any, *, known: Known | None = None) -> Cohort:
    """The cohort that decoded JSON describes: the contract's, or an expression of OHDSI's Circe,
    with ``notes`` then.

    `known` says which codes, besides the well-formed ones, a warehouse holds. Raises CohortError
    with all problems, each at its JSON Pointer.
    """
    notes: tuple[Problem, ...] = ()
    if from_circe.is_circe(content):
        content, found = from_circe.read(content)
        notes = tuple(found)
    reading = _Reading(known)
    cohort = reading.cohort(content)
    if reading.problems:
        raise CohortError(reading.problems)
    return replace(cohort, notes=notes)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else "·" for c in text)
    return text if len(text) <= 60 else text[:59] + "…"


class _Reading:
    """One pass over a definition; collects problems and goes on where it can."""

    def __init__(self, known: Known | None):
        self.known = known
        self.problems: list[Problem] = []

    def wrong(self, pointer: str, key: str, **values: Any) -> None:
        self.problems.append(Problem(pointer, key, values))

    def mapping(self, content: Any, pointer: str, accepted: tuple[str, ...]) -> dict:
        if not isinstance(content, dict):
            self.wrong(pointer, "type", expected="{…}")
            return {}
        for name in content:
            if name not in accepted:
                place = str(name).replace("~", "~0").replace("/", "~1")
                self.wrong(
                    f"{pointer}/{_short(place)}",
                    "unknown_key",
                    name=_short(name),
                    accepted=", ".join(accepted),
                )
        return content

    def cohort(self, content: Any) -> Cohort:
        names = ("period", "age", "sex", "all", "any", "none")
        content = self.mapping(content, "", names)
        start, end = self.period(content.get("period"))
        low, high = self.age(content.get("age"))
        sexes = self.sexes(content.get("sex"))
        groups = [self.group(content.get(name), f"/{name}") for name in ("all", "any", "none")]
        count = sum(map(len, groups))
        if count > MOST_CRITERIA:
            self.wrong("", "too_long", size=count, most=MOST_CRITERIA)
        if not self.problems and not count and sexes is None and low is None and high is None:
            self.wrong("", "empty")
        return Cohort(start, end, low, high, sexes, *groups)

    def period(self, content: Any) -> tuple[date | None, date | None]:
        if content is None:
            return None, None
        content = self.mapping(content, "/period", ("from", "to"))
        start, end = (self.day(content.get(name), f"/period/{name}") for name in ("from", "to"))
        if start and end and start > end:
            values = {"start": start.isoformat(), "end": end.isoformat()}
            self.wrong("/period", "period_order", **values)
        return start, end

    def day(self, value: Any, pointer: str) -> date | None:
        if value is None:
            return None
        try:
            if not isinstance(value, str) or not DAY.fullmatch(value):
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(pointer, "date", value=_short(value))
            return None

    def age(self, content: Any) -> tuple[int | None, int | None]:
        if content is None:
            return None, None
        content = self.mapping(content, "/age", ("min", "max"))
        ages = []
        for name in ("min", "max"):
            value = content.get(name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and not (whole and 0 <= value <= 150):
                self.wrong(f"/age/{name}", "age_range")
                value = None
            ages.append(value)
        low, high = ages
        if low is not None and high is not None and low > high:
            self.wrong("/age", "age_order", low=low, high=high)
        return low, high

    def sexes(self, content: Any) -> tuple[str, ...] | None:
        if content is None:
            return None
        if not isinstance(content, list):
            self.wrong("/sex", "type", expected='["F", "M"]')
            return None
        if not content:
            self.wrong("/sex", "empty_list")
            return None
        for place, value in enumerate(content):
            if value not in ("F", "M"):
                self.wrong(f"/sex/{place}", "sex")
        return tuple(sex for sex in ("F", "M") if sex in content)

    def group(self, content: Any, pointer: str) -> tuple[Criterion, ...]:
        if content is None:
            return ()
        if not isinstance(content, list):
            self.wrong(pointer, "type", expected="[…]")
            return ()
        if len(content) > MOST_CRITERIA:
            self.wrong(pointer, "too_long", size=len(content), most=MOST_CRITERIA)
            return ()
        read = [self.criterion(one, f"{pointer}/{place}") for place, one in enumerate(content)]
        return tuple(criterion for criterion in read if criterion is not None)

    def criterion(self, content: Any, pointer: str) -> Criterion | None:
        before = len(self.problems)
        content = self.mapping(content, pointer, KINDS)
        if len(self.problems) > before:
            return None
        if len(content) != 1:
            self.wrong(pointer, "one_kind", accepted=", ".join(KINDS))
            return None
        ((kind, value),) = content.items()
        pointer = f"{pointer}/{kind}"
        if kind == "measurement":
            return self.measurement(value, pointer)
        if kind == "note":
            return self.note(value, pointer)
        return self.codes(kind, value, pointer)

    def codes(self, kind: str, content: Any, pointer: str) -> CodeCriterion | None:
        if not isinstance(content, list):
            self.wrong(pointer, "type", expected='["code", …]')
            return None
        if not content:
            self.wrong(pointer, "empty_list")
        if len(content) > MOST_CODES:
            self.wrong(pointer, "too_long", size=len(content), most=MOST_CODES)
            return None
        for place, code in enumerate(content):
            self.code(kind, code, f"{pointer}/{place}")
        return CodeCriterion(kind, tuple(code for code in content if isinstance(code, str)))

    def code(self, kind: str, code: Any, pointer: str) -> None:
        if not isinstance(code, str):
            self.wrong(pointer, "type", expected='"…"')
            return
        if len(code) > MOST_LETTERS:
            self.wrong(pointer, "too_long", size=len(code), most=MOST_LETTERS)
            return
        if well_formed(kind, code):
            return
        terminology = TERMINOLOGIES[kind]
        if code.endswith(".*") and kind == "measurement":
            self.wrong(pointer, "no_descendants", code=_short(code), terminology=terminology)
        elif not code.removesuffix(".*") or not (self.known and self.known(kind, code)):
            self.wrong(pointer, "unknown_code", code=_short(code), terminology=terminology)

    def measurement(self, content: Any, pointer: str) -> MeasurementCriterion | None:
        content = self.mapping(content, pointer, ("code", "op", "value", "unit"))
        if not content:
            if not self.problems or self.problems[-1].pointer != pointer:
                self.wrong(pointer, "missing", name="code")
            return None
        if "code" not in content:
            self.wrong(pointer, "missing", name="code")
            return None
        code, op = content["code"], content.get("op")
        value, unit = content.get("value"), content.get("unit")
        self.code("measurement", code, f"{pointer}/code")
        if (op is None) != (value is None) or (unit is not None and op is None):
            self.wrong(pointer, "pair")
        if op is not None and op not in OPERATORS:
            values = {"value": _short(op), "accepted": " ".join(OPERATORS)}
            self.wrong(f"{pointer}/op", "operator", **values)
        if value is not None:
            value = self.number(value, f"{pointer}/value")
        if unit is not None and not (isinstance(unit, str) and known_unit(unit)):
            self.wrong(f"{pointer}/unit", "unit", value=_short(unit))
        return MeasurementCriterion(code, op, value, unit)

    def number(self, value: Any, pointer: str) -> float | None:
        finite = isinstance(value, int | float) and not isinstance(value, bool)
        try:
            if finite and math.isfinite(value):
                return float(value)
        except OverflowError:
            pass
        self.wrong(pointer, "number")
        return None

    def note(self, content: Any, pointer: str) -> NoteCriterion | None:
        before = len(self.problems)
        content = self.mapping(content, pointer, ("category", "contains"))
        category, text = content.get("category"), content.get("contains")
        if category is None and text is None:
            if len(self.problems) == before:
                self.wrong(pointer, "missing", name="category")
            return None
        if category is not None:
            category = self.category(category, f"{pointer}/category")
        if text is not None:
            text = self.text(text, f"{pointer}/contains")
        return NoteCriterion(category, text)

    def category(self, value: Any, pointer: str) -> str | None:
        code = category_code(value) if isinstance(value, str) else None
        if code is None:
            self.wrong(pointer, "category", value=_short(value), accepted=", ".join(CATEGORIES))
        return code

    def text(self, value: Any, pointer: str) -> str | None:
        if not isinstance(value, str):
            self.wrong(pointer, "type", expected='"…"')
        elif not value.strip() or "\0" in value:
            self.wrong(pointer, "blank")
        elif len(value.strip()) < LEAST_LETTERS:
            self.wrong(pointer, "too_short", least=LEAST_LETTERS)
        elif len(value) > MOST_LETTERS:
            self.wrong(pointer, "too_long", size=len(value), most=MOST_LETTERS)
        else:
            return value.strip()
        return None
