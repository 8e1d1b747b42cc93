"""The library of points: what reviewers ask most, per section and article, ready to be picked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class LibraryPoint:
    """One point. `only` are the establishments that ask it; empty, all may."""

    code: str
    section: str
    field: str
    article: str
    text: Mapping[str, str]
    only: tuple[str, ...] = ()


LIBRARY: Final = tuple(
    LibraryPoint(**{**each, "only": tuple(each.get("only", ()))})
    for each in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
        "point"
    ]
)


def points_for(establishment: str | None) -> tuple[LibraryPoint, ...]:
    """The points that the establishment asks, in the order of the library."""
    return tuple(each for each in LIBRARY if not each.only or establishment in each.only)
