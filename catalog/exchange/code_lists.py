"""The code lists of the European Health Data Space: categories of data (Regulation (EU) 2025/327,
article 51) and purposes of use (article 53, in the words of the W3C's Data Privacy Vocabulary).

``ours`` ties a code to what the network calls by another name: categories of the catalogue,
purposes of a request.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalog.models.category import in_language

REFERENCE = Path(__file__).parents[1] / "reference"
CATEGORY_SCHEME = "https://hdeu-dcat.data.health.europa.eu/resource/authority/healthcategories"
PURPOSE_SCHEME = "https://w3id.org/dpv/legal/eu/ehds#"

HEALTH_RECORDS = "EHRS"
"""What comes from the records of care is always of this category."""


@dataclass(frozen=True)
class Code:
    """A code of one of the lists, and the article that it comes from."""

    code: str
    uri: str
    article: str
    label_fr: str
    label_en: str
    definition_en: str
    ours: frozenset[str]

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return in_language(self.label_fr, self.label_en)


@cache
def categories() -> tuple[Code, ...]:
    """The seventeen categories of electronic health data."""
    return _read("ehds_categories", CATEGORY_SCHEME + "/")


@cache
def purposes() -> tuple[Code, ...]:
    """The purposes for which health data may be used."""
    return _read("ehds_purposes", PURPOSE_SCHEME)


def categories_of(category: str) -> list[Code]:
    """The European categories of one of the catalogue's."""
    return [c for c in categories() if c.code == HEALTH_RECORDS or category in c.ours]


def category_at(uri: str) -> Code | None:
    """The European category of that address; None when the list has no such."""
    return next((each for each in categories() if each.uri == uri), None)


def purposes_here() -> list[Code]:
    """The European purposes that a request to this network may have."""
    return [purpose for purpose in purposes() if purpose.ours]


def _read(name: str, prefix: str) -> tuple[Code, ...]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Code(
                code=row["code"],
                uri=prefix + row["code"],
                article=row["article"],
                label_fr=row["label_fr"],
                label_en=row["label_en"],
                definition_en=row.get("definition_en", ""),
                ours=frozenset(row["ours"].split()),
            )
            for row in csv.DictReader(file)
        )
