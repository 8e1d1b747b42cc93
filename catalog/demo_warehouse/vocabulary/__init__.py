"""The small vocabulary of the demonstration warehouse, as data.

``conditions.csv`` (CIM-10), ``drugs.csv`` (ATC), ``procedures.csv`` (CCAM), ``measurements.csv``
(LOINC, UCUM) each have ``code``, ``label_fr``, ``label_en`` and what the generator needs;
``coverage.csv`` says since which year a site has a category of documents. Codes are true codes of
their terminologies, labels abridged; frequencies, ages and values are orders of magnitude for a
demonstration, not epidemiology.

Columns of ``conditions.csv``: `weight` relative frequency; `age`, `spread` mean and standard
deviation of age in years; `female` share of women; `chronic` 1 when it comes back at every visit;
`drugs`, `procedures` codes that go with it; `tests` LOINC codes with the shift of the mean, in the
test's own unit.
"""

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
BRANCHES = FOLDER.parents[1] / "reference/branches.csv"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``name.csv`` as dictionaries of texts: ``conditions``, ``drugs``,
    ``procedures``, ``measurements`` or ``coverage``."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def branches(terminology: str) -> dict[str, str]:
    """Code -> label of the branches of a terminology that the catalogue ships."""
    with BRANCHES.open(encoding="utf-8", newline="") as file:
        listed = csv.DictReader(file)
        return {row["code"]: row["label_fr"] for row in listed if row["terminology"] == terminology}


def coverage(site: str) -> dict[str, int]:
    """Category of documents -> first year that `site` has it. A site that is not listed has all,
    since 2015."""
    from catalog.cohort.codes import CATEGORIES

    for row in rows("coverage"):
        if row["site"] == site:
            return {name: int(row[name]) for name in CATEGORIES if row[name]}
    return dict.fromkeys(CATEGORIES, 2015)
