"""What one check counted, exactly, and what may be said of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from catalog.orders import THRESHOLD
from catalog.warehouse.quality.checks import Check, Way

EARLIEST_YEAR = 1950
"""Years before this one are told in no trend: such a date is itself an error."""


class Outcome(StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    FEW = "few"  # too few rows or persons to be judged
    EMPTY = "empty"  # nothing that it applies to
    ABSENT = "absent"  # a column or a table that it needs is not there, or not of its type


@dataclass
class Tally:
    """What one check counted: rows it applies to, rows that fail, and of how many distinct persons
    all these, the failing ones and the others are. ``others`` and ``failing`` are only counted when
    enough rows fail. ``filled`` is, by year, the percents of rows that have a value."""

    check: Check
    rows: int = 0
    failed: int = 0
    persons: int = 0
    failing: int = 0
    others: int = 0
    absent: bool = False
    filled: dict[int, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def fails(self) -> bool:
        """Whether it is not held, whoever looks: at the site, however few the rows are."""
        return not self.absent and self.check.fails(self.rows, self.failed)

    def outcome(self, least: int = THRESHOLD) -> Outcome:
        """What may be said of it where a figure stands for `least` rows and persons at least.
        The schema is of nobody: it is always said."""
        if self.absent:
            return Outcome.ABSENT
        if self.rows == 0:
            return Outcome.EMPTY
        schema = self.check.way is Way.SCHEMA
        if not schema and min(self.rows, self.persons) < least:
            return Outcome.FEW
        return Outcome.FAILED if self.fails else Outcome.PASSED
