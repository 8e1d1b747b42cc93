"""Figures made from few observations, each with its interval at 95 %. Pure: no database, no Django.

A *curve* (Kaplan-Meier) says which share still waits after so many days; what has not ended yet is
censored: it counts for the time already passed. Its interval is Greenwood's on the log-log scale,
which never leaves [0, 1]. A *share* has Wilson's interval, which holds for small numbers too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

Z = 1.959963984540054
"""The 97.5th percentile of the normal law."""

HALF, NINE_IN_TEN = 0.5, 0.9
_TINY = 1e-9


@dataclass(frozen=True)
class Point:
    """After ``days``, the share that still waits, between ``low`` and ``high``; ``ended`` is how
    many ended by then."""

    days: int
    waiting: float
    low: float
    high: float
    ended: int


@dataclass(frozen=True)
class Quantile:
    """The first day by which a share has ended, and its interval. None: not reached yet."""

    days: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole``, and the interval in which the true share is."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.part / self.whole


def curve(by_days: Mapping[int, tuple[int, int]]) -> tuple[Point, ...]:
    """The points at which the share that waits falls. ``by_days``: days → (ended, still open)."""
    at_risk = sum(ended + still for ended, still in by_days.values())
    waiting, variance, total, points = 1.0, 0.0, 0, []
    for days in sorted(by_days):
        ended, still = by_days[days]
        if ended:
            waiting *= 1 - ended / at_risk
            total += ended
            if at_risk > ended:
                variance += ended / (at_risk * (at_risk - ended))
            points.append(Point(days, waiting, *_greenwood(waiting, variance), total))
        at_risk -= ended + still
    return tuple(points)


def _greenwood(waiting: float, variance: float) -> tuple[float, float]:
    if waiting <= _TINY:
        return 0.0, 0.0
    spread = Z * sqrt(variance) / abs(log(waiting))
    return waiting ** exp(spread), waiting ** exp(-spread)


def quantile(points: tuple[Point, ...], share: float) -> Quantile:
    """The first day by which ``share`` have ended. Its interval (Brookmeyer and Crowley) is made
    of the days on which the bounds of the curve pass the same line."""
    line = 1 - share + _TINY

    def first(bound: str) -> int | None:
        return next((p.days for p in points if getattr(p, bound) <= line), None)

    return Quantile(first("waiting"), first("low"), first("high"))


def thinned(points: tuple[Point, ...], least: int) -> tuple[Point, ...]:
    """The points of a curve that may be drawn: each step down stands for ``least`` ends at least,
    so that nobody's own date is read on it."""
    kept: list[Point] = []
    for point in points:
        before = kept[-1].ended if kept else 0
        if point.ended - before >= least:
            kept.append(point)
    if kept and points[-1].ended > kept[-1].ended:
        kept[-1] = points[-1]
    return tuple(kept)


def share(part: int, whole: int) -> Share | None:
    """``part`` of ``whole`` with Wilson's interval; None of nothing."""
    if not whole:
        return None
    rate, wide = part / whole, Z * Z / whole
    middle = (rate + wide / 2) / (1 + wide)
    half = Z * sqrt(rate * (1 - rate) / whole + wide / (4 * whole)) / (1 + wide)
    return Share(part, whole, max(0.0, middle - half), min(1.0, middle + half))
