"""The checks that clauses may name, by ``name@version``.

A check that an adopted charter names is frozen: to change what it says is to write ``name@2``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from governance.charters.verdict import Outcome

#: ``(facts, at, parameters)``, and the key of the subject for the subjects that have one.
Check = Callable[..., Outcome]


@dataclass(frozen=True, slots=True)
class RegisteredCheck:
    """A check, the subject it reads and the parameters it needs (name → type)."""

    name: str
    run: Check
    keyed: bool
    parameters: Mapping[str, str]


CHECKS: Final[dict[str, RegisteredCheck]] = {}


def check(version: int = 1, *, keyed: bool = False, **parameters: str) -> Callable[[Check], Check]:
    """Register the decorated function as ``its_name@version``.

    ``keyed`` checks take a fourth argument, the site's slug or the reference of the member or
    result. ``parameters`` gives the type of each parameter it reads.
    """

    def register(function: Check) -> Check:
        name = f"{function.__name__}@{version}"
        if name in CHECKS:
            raise ValueError(f"check {name} is registered twice")
        CHECKS[name] = RegisteredCheck(name, function, keyed, parameters)
        return function

    return register


def run(
    name: str,
    facts: Mapping[str, Any],
    at: datetime,
    parameters: Mapping[str, Any],
    key: str | None,
) -> Outcome:
    """Run a registered check. Raises KeyError on an unknown name (the loader refuses those)."""
    found = CHECKS[name]
    if found.keyed:
        return found.run(facts, at, parameters, key)
    return found.run(facts, at, parameters)
