"""A figure of each run, from the oldest to the newest, as a drawing: how many checks fail, or which
share of the rows.

Laid out here, drawn by ``establishment/_trend.html`` without any script; a table says the same
beside it. A run without a figure (masked, or not judged) leaves a hole in the line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import number_format

WIDTH, HEIGHT = 480, 210
LEFT, RIGHT, TOP, BOTTOM = 60, 40, 16, 40
TOPS = (1, 2, 5, 10, 20, 50, 100)
"""Where the scale may end."""


@dataclass(frozen=True)
class Dot:
    x: int
    y: int
    at: datetime


@dataclass(frozen=True)
class Drawing:
    """In SVG units. ``limit`` is the height of what is tolerated, None where there is no limit."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[int, str], ...]
    limit: int | None


def draw(
    points: list[tuple[datetime, float | None]],
    *,
    written: Callable[[float], str] | None = None,
    limit: float | None = None,
) -> Drawing | None:
    """The drawing of ``points`` (when, how much); None when there are not two figures to join.
    ``written`` says the figures of the scale: in plain numbers otherwise."""
    known = [value for _at, value in points if value is not None]
    if len(known) < 2:
        return None
    highest = max(*known, limit or 0)
    top = next((each for each in TOPS if each >= highest), _above(highest))
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    first, last = points[0][0], points[-1][0]
    whole = max((last - first).total_seconds(), 1)

    def y(value: float) -> int:
        return TOP + round(down * (1 - value / top))

    runs: list[list[Dot]] = [[]]
    for at, value in points:
        if value is None:
            runs.append([])
            continue
        x = LEFT + round(across * (at - first).total_seconds() / whole)
        runs[-1].append(Dot(x, y(value), at))
    return Drawing(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        lines=tuple(_path(dots) for dots in runs if len(dots) > 1),
        dots=tuple(dot for dots in runs for dot in dots),
        ticks=tuple((y(value), (written or _plain)(value)) for value in (0, top / 2, top)),
        limit=y(limit) if limit else None,
    )


def _above(value: float) -> float:
    """The first hundred above."""
    return (int(value) // 100 + 1) * 100


def _path(dots: list[Dot]) -> str:
    return "M" + "L".join(f"{dot.x} {dot.y}" for dot in dots)


def _plain(value: float) -> str:
    return number_format(Decimal(f"{value:g}"))
