"""A charter's parameters: typed values with a direction in which they become stricter.

The direction is what lets an establishment adopt a local version that is stricter and never
laxer: ``laxities`` compares two sets of parameters and names those that would loosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: type → does the TOML value have it
TYPES: Final = {
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "flag": lambda value: isinstance(value, bool),
    "code": lambda value: isinstance(value, str) and value != "",
    "codes": lambda value: (
        isinstance(value, list)
        and all(isinstance(each, str) and each for each in value)
        and len(set(value)) == len(value)
    ),
}

#: direction → is ``local`` at least as strict as ``base``
STRICTER: Final = {
    "lower": lambda local, base: local <= base,
    "higher": lambda local, base: local >= base,
    "fewer": lambda local, base: set(local) <= set(base),
    "more": lambda local, base: set(local) >= set(base),
    "true": lambda local, base: local or not base,
    "fixed": lambda local, base: local == base,
}

DIRECTIONS: Final = {
    "integer": ("lower", "higher", "fixed"),
    "flag": ("true", "fixed"),
    "code": ("fixed",),
    "codes": ("fewer", "more", "fixed"),
}

UNITS: Final = ("hours", "days", "working_days", "months", "characters", "persons", "percent", "")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a clause.

    ``unit`` is one of :data:`UNITS`; ``stricter`` one of the directions its type allows;
    ``label`` is shown to readers, by language.
    """

    name: str
    type: str
    value: Any
    unit: str
    stricter: str
    label: Mapping[str, str]


def laxities(local: Mapping[str, Parameter], base: Mapping[str, Parameter]) -> tuple[str, ...]:
    """Names of the parameters of ``base`` that ``local`` lacks, retypes or loosens."""
    loose = []
    for name, wanted in base.items():
        offered = local.get(name)
        if (
            offered is None
            or (offered.type, offered.unit, offered.stricter)
            != (wanted.type, wanted.unit, wanted.stricter)
            or not STRICTER[wanted.stricter](offered.value, wanted.value)
        ):
            loose.append(name)
    return tuple(loose)
