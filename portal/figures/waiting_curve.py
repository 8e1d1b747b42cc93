"""The curve of a delay as a drawing: which share of the requests still waits, day after day.

Laid out here, drawn by ``public/_curve.html`` without any script; a table says the same beside it.
"""

from dataclasses import dataclass

from governance.estimates import Point

WIDTH, HEIGHT = 480, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 16, 52
STEPS = (1, 2, 5, 7, 10, 14, 20, 30, 50, 60, 90, 100, 180, 365)
MOST_TICKS = 6


@dataclass(frozen=True)
class Tick:
    at: int
    label: str


@dataclass(frozen=True)
class Row:
    """One step down, for the table: shares in percents."""

    days: int
    waiting: int
    low: int
    high: int


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    line: str
    band: str
    days: tuple[Tick, ...]
    shares: tuple[Tick, ...]
    rows: tuple[Row, ...]


def draw(points: tuple[Point, ...]) -> Drawing | None:
    """The drawing of a curve; None when there is no step to show."""
    if not points:
        return None
    last = max(points[-1].days, 1)
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(days: int) -> int:
        return LEFT + round(across * days / last)

    def y(share: float) -> int:
        return TOP + round(down * (1 - share))

    low, high, both = (
        _stairs([(x(p.days), y(getattr(p, name))) for p in points], (x(0), y(1)))
        for name in ("low", "high", "waiting")
    )
    every = next((s for s in STEPS if last / s <= MOST_TICKS), last)
    return Drawing(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        line="M" + _joined(both),
        band="M" + _joined([*high, *reversed(low)]) + "Z",
        days=tuple(Tick(x(d), str(d)) for d in range(0, last + 1, every)),
        shares=tuple(Tick(y(s / 100), str(s)) for s in (0, 25, 50, 75, 100)),
        rows=tuple(
            Row(p.days, round(100 * p.waiting), round(100 * p.low), round(100 * p.high))
            for p in points
        ),
    )


def _stairs(steps: list[tuple[int, int]], start: tuple[int, int]) -> list[tuple[int, int]]:
    """The corners of a line that goes across, then down at each step."""
    corners = [start]
    for across, down in steps:
        corners += [(across, corners[-1][1]), (across, down)]
    return corners


def _joined(corners: list[tuple[int, int]]) -> str:
    return "L".join(f"{x} {y}" for x, y in corners)
