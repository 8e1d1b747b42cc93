"""Masked cells of a table, worked out again from its totals.

A table with totals is a system of equations: each line adds up to its total. A masked cell is found
when the equations leave it one value (their reduced echelon form has it alone), or when what is
known of it (it is zero or more; « < 11 » says at most 10) leaves it one.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction

Cell = tuple[int, int]
MOST_UNKNOWN = 150
"""Masked cells of one table that are worked out; beyond it, bounds alone are."""
PASSES = 20


@dataclass
class Equations:
    """What is known of masked cells: sums of theirs, with a whole coefficient, and their bounds."""

    bounds: dict[Cell, tuple[float, float]]
    sums: list[tuple[dict[Cell, int], int]] = field(default_factory=list)

    def add(self, parts: list[Cell], total: Cell, known: dict[Cell, int]) -> None:
        """`parts` add up to `total`; what is not `known` of them is masked."""
        masked: dict[Cell, int] = {}
        left = 0
        for cell, sign in [*((part, 1) for part in parts), (total, -1)]:
            if cell in known:
                left -= sign * known[cell]
            else:
                masked[cell] = masked.get(cell, 0) + sign
        if masked:
            self.sums.append((masked, left))

    def determined(self) -> dict[Cell, int]:
        """The masked cells that have one value only."""
        rows = self.sums
        if len(self.bounds) <= MOST_UNKNOWN:
            rows = rows + _reduced(self.sums, list(self.bounds))
        bounds = dict(self.bounds)
        for _pass in range(PASSES):
            before = dict(bounds)
            for masked, left in rows:
                _tighten(bounds, masked, left)
            if bounds == before:
                break
        return {cell: int(low) for cell, (low, high) in bounds.items() if low == high}


def _reduced(sums, cells: list[Cell]) -> list[tuple[dict, Fraction]]:
    """The reduced echelon form of the equations (Gauss and Jordan)."""
    rows = [({cell: Fraction(n) for cell, n in masked.items()}, Fraction(s)) for masked, s in sums]
    done: list[tuple[dict, Fraction]] = []
    for pivot in cells:
        chosen = next((row for row in rows if row[0].get(pivot)), None)
        if chosen is None:
            continue
        rows.remove(chosen)
        scale = chosen[0][pivot]
        chosen = ({cell: n / scale for cell, n in chosen[0].items()}, chosen[1] / scale)
        rows = [_minus(row, chosen, pivot) for row in rows]
        done = [_minus(row, chosen, pivot) for row in done] + [chosen]
    return done


def _minus(row, chosen, pivot: Cell) -> tuple[dict, Fraction]:
    times = row[0].get(pivot, 0)
    if not times:
        return row
    found = dict(row[0])
    for cell, n in chosen[0].items():
        found[cell] = found.get(cell, Fraction(0)) - times * n
    return {cell: n for cell, n in found.items() if n}, row[1] - times * chosen[1]


def _tighten(bounds, masked, left) -> None:
    """Each cell is what is left once the others take the least, or the most, they can."""
    for cell, n in masked.items():
        others = [(m, bounds[other]) for other, m in masked.items() if other != cell]
        least = sum(m * (low if m > 0 else high) for m, (low, high) in others)
        most = sum(m * (high if m > 0 else low) for m, (low, high) in others)
        ends = sorted(((left - least) / n, (left - most) / n))
        low, high = bounds[cell]
        low = max(low, _up(ends[0]))
        high = min(high, _down(ends[1]))
        if low <= high:
            bounds[cell] = (low, high)


def _up(value) -> float:
    return value if isinstance(value, float) and math.isinf(value) else math.ceil(value)


def _down(value) -> float:
    return value if isinstance(value, float) and math.isinf(value) else math.floor(value)
