"""Which groups of a public table may be shown so that no small figure is read in it (C-09). Pure.

A table splits some cases into groups (by kind of requester, by establishment) and gives their
total. A group with a figure under the threshold is hidden; then what is left when the groups shown
are taken from the total must not be small either, or another group is hidden with it: the
smallest one (complementary suppression). None at all is said as it is: nobody is found by a zero.

So each figure that is published is a sum of blocks none of which is small, and whatever is added
or subtracted is one too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LEAST = 11
"""Fewest cases that a public figure stands for."""

Cells = Mapping[str, tuple[int, ...]]
"""Group → its figures, of which each is a part that no other one contains."""


def shown(cells: Cells, least: int = LEAST, *, among: frozenset[str] | None = None) -> frozenset:
    """The groups whose every figure may be published beside their ``total``. ``among``: those
    shown already by a coarser table of the same cases; no other one may be."""
    allowed = set(cells) if among is None else set(cells) & among
    safe = {group for group in allowed if not _small(cells[group], least)}
    while safe:
        hidden = [cells[group] for group in cells if group not in safe]
        if not _small(_sum(hidden), least):
            break
        safe.remove(min(safe, key=lambda group: (sum(cells[group]), group)))
    return frozenset(safe)


def total(cells: Cells, least: int = LEAST) -> tuple[int, ...] | None:
    """The figures of all groups together; None when one of them is small."""
    figures = _sum(list(cells.values()))
    return None if not figures or _small(figures, least) else figures


def _sum(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*rows, strict=True))


def _small(figures: tuple[int, ...], least: int) -> bool:
    return any(0 < figure < least for figure in figures)


@dataclass(frozen=True)
class Read:
    """What a reader finds in a published table: how many figures, how many are small, how many
    small ones are found by taking what is shown from the total."""

    figures: int = 0
    small: int = 0
    deducible: int = 0

    def __add__(self, other: "Read") -> "Read":
        return Read(
            self.figures + other.figures,
            self.small + other.small,
            self.deducible + other.deducible,
        )


def read(
    groups: Iterable[tuple[int, ...] | None], whole: tuple[int, ...] | None, least: int = LEAST
) -> Read:
    """Read a table as it was published, as somebody who looks for a small figure does: a hidden
    group, or a total that is not given, is None. Nothing is trusted of how it was made."""
    groups = list(groups)
    seen = [row for row in groups if row is not None]
    told = [*seen, *([whole] if whole is not None else [])]
    deducible = 0
    if whole is not None and seen and None in groups:
        left = (all_of - part for all_of, part in zip(whole, _sum(seen), strict=True))
        deducible = sum(_small((figure,), least) for figure in left)
    return Read(
        sum(len(row) for row in told),
        sum(_small((figure,), least) for row in told for figure in row),
        deducible,
    )
