"""What a check found: a rule, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from projects.airlock.rules import RULES, Severity

MOST_PLACES = 8
"""Places named of one finding; the others are counted."""


@dataclass(frozen=True)
class Finding:
    """One rule that a file does not follow. `places` are cells (`Sheet!C4`), lines (`L12`) or names
    of parts; never what stands there, which may be what must not be told."""

    rule: str
    places: tuple[str, ...] = ()
    count: int = 1

    @property
    def severity(self) -> Severity:
        return RULES[self.rule].severity

    def as_json(self) -> dict:
        return {"rule": self.rule, "places": list(self.places), "count": self.count}


def found(rule: str, places: Iterable[str]) -> list[Finding]:
    """The finding of a rule at those places; none where there is no place."""
    named = list(dict.fromkeys(places))
    return [Finding(rule, tuple(named[:MOST_PLACES]), len(named))] if named else []


def gravest(findings: Iterable[Finding]) -> Severity | None:
    """How grave the gravest of them is."""
    return max((each.severity for each in findings), default=None)
