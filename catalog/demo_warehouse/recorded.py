"""What the checks of quality found on the synthetic warehouses of the demonstration, recorded.

Measuring the eight takes ten seconds, which a first start does not have. They are the same for the
same seed, so what was found stands in ``checks.csv``: a line a check, a column a site, in a cell
the first letter of the outcome, the rows and the failing rows, exact. ``manage.py demo_warehouse
--record`` writes it again when checks or warehouses change; a test compares.
"""

import csv
from datetime import date
from pathlib import Path

from catalog.warehouse.connection import PARQUET
from catalog.warehouse.quality.checks import CHECKS
from catalog.warehouse.quality.tally import Outcome

FILE = Path(__file__).with_name("checks.csv")
DAY = date(2026, 1, 1)
"""The day after the last of the synthetic data: nothing of them is to come."""
_BY_LETTER = {"P": Outcome.PASSED, "F": Outcome.FAILED, "E": Outcome.EMPTY, "A": Outcome.ABSENT}
_LETTERS = {outcome: letter for letter, outcome in _BY_LETTER.items()}

Found = dict[str, tuple[Outcome, int, int]]
"""Code of a check -> outcome, rows, failing rows."""


def recorded() -> dict[str, Found]:
    """What was found, site by site; checks that are no longer declared are left out."""
    found: dict[str, Found] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row.pop("check")
            for site, cell in row.items():
                letter, rows, failed = cell.split()
                if code in CHECKS:
                    found.setdefault(site, {})[code] = _BY_LETTER[letter], int(rows), int(failed)
    return found


def measured(warehouse: Path) -> Found:
    """What the checks find on the warehouse of that folder today."""
    from catalog.warehouse.connection import connect
    from catalog.warehouse.quality.measuring import measure

    with connect(f"{PARQUET}{warehouse}") as opened:
        tallies = measure(opened, today=DAY)
    return {each.check.code: (each.outcome(least=0), each.rows, each.failed) for each in tallies}


def record(found: dict[str, Found]) -> None:
    """Write ``checks.csv``."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["check", *found])
        for code in CHECKS:
            cells = (each[code] for each in found.values())
            writer.writerow(
                [code, *(f"{_LETTERS[o]} {rows} {failed}" for o, rows, failed in cells)]
            )
