"""What a site may say of its checks, and how it is read at the other end.

The rule is that of counts (``docs/decisions/masked-counts.md``): a figure stands for eleven rows of
eleven distinct persons at least, and is rounded up to a multiple of five. A part of which all but
fewer is said is said as the whole: its complement would tell of those few. That nothing fails is
said as it is. A check that applies to fewer is not judged. Shares are made of the rounded figures,
so that they tell no more.
"""

from dataclasses import dataclass
from typing import Any

from catalog.orders import ROUNDING, THRESHOLD, mask
from catalog.warehouse.quality.checks import CHECKS, NEVER_FAILS, Check, Way
from catalog.warehouse.quality.tally import EARLIEST_YEAR, Outcome, Tally

LATEST_YEAR = 2199


class FiguresRefused(Exception):
    """A report that is not kept: ``reason`` is ``figure``, or ``unknown_check``."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Result:
    """What one check found, as it may be told. ``rows`` and ``failed`` are rounded; None where
    masked, or where there is nothing to say. ``filled``: year -> whole percents."""

    check: Check
    outcome: Outcome
    rows: int | None
    failed: int | None
    filled: dict[str, int]


def told(tally: Tally, *, threshold: int = THRESHOLD, rounding: int = ROUNDING) -> dict[str, Any]:
    """A check's part of a report."""
    outcome = tally.outcome(threshold)
    said: dict[str, Any] = {"check": tally.check.code, "outcome": outcome.value}
    if tally.check.way is not Way.SCHEMA and outcome in (Outcome.PASSED, Outcome.FAILED):
        rows = mask(tally.rows, threshold=threshold, rounding=rounding)["persons"]
        said |= {"rows": rows, "failed": _failed(tally, rows, threshold, rounding)}
    if tally.filled:
        said["filled"] = {str(year): percent for year, percent in tally.filled.items()}
    return said


def _failed(tally: Tally, rows: int, threshold: int, rounding: int) -> int | None:
    if tally.failed == 0:
        return 0
    if min(tally.failed, tally.failing) < threshold:
        return None
    if min(tally.rows - tally.failed, tally.others) < threshold:
        return rows
    return mask(tally.failed, threshold=threshold, rounding=rounding)["persons"]


def read_all(said: object) -> list[Result]:
    """The results of a report's body, in the order of ``CHECKS``. Raises FiguresRefused for one
    that a site should not have sent: nothing of it is to be kept."""
    if not isinstance(said, list) or not 0 < len(said) <= len(CHECKS):
        raise FiguresRefused("figure")
    found: dict[str, Result] = {}
    for each in said:
        if not isinstance(each, dict) or each.get("check") in found:
            raise FiguresRefused("figure")
        result = _result(each)
        found[result.check.code] = result
    return [found[code] for code in CHECKS if code in found]


def _result(said: dict) -> Result:
    code = said.get("check")
    if not isinstance(code, str):
        raise FiguresRefused("figure")
    check = CHECKS.get(code)
    if check is None:
        raise FiguresRefused("unknown_check")
    try:
        outcome = Outcome(said.get("outcome"))
    except ValueError:
        raise FiguresRefused("figure") from None
    rows, failed = said.get("rows"), said.get("failed")
    judged = outcome in (Outcome.PASSED, Outcome.FAILED) and check.way is not Way.SCHEMA
    if judged:
        _refuse_unrounded(check, outcome, rows, failed)
    elif (rows, failed) != (None, None):
        raise FiguresRefused("figure")
    return Result(check, outcome, rows, failed, _filled(said.get("filled", {})))


def _refuse_unrounded(check: Check, outcome: Outcome, rows: object, failed: object) -> None:
    """A figure under the threshold or not rounded; a part above its whole; nothing wrong, yet said
    to be too much."""
    if not _rounded(rows):
        raise FiguresRefused("figure")
    if failed is None:
        return
    if failed != 0 and not (_rounded(failed) and failed <= rows):
        raise FiguresRefused("figure")
    never = isinstance(failed, bool) or check.threshold == NEVER_FAILS or failed == 0
    if outcome is Outcome.FAILED and never:
        raise FiguresRefused("figure")


def _rounded(value: object) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and THRESHOLD <= value < 2**53 and value % ROUNDING == 0


def _filled(said: object) -> dict[str, int]:
    if not isinstance(said, dict):
        raise FiguresRefused("figure")
    for year, percent in said.items():
        good = year.isascii() and year.isdigit() and EARLIEST_YEAR <= int(year) <= LATEST_YEAR
        whole = isinstance(percent, int) and not isinstance(percent, bool)
        if not (good and whole and 0 <= percent <= 100):
            raise FiguresRefused("figure")
    return dict(sorted(said.items()))
