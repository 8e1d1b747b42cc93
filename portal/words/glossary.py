"""The glossary, read from ``docs/glossary.md``: one table, French and English side by side."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.text import slugify

from governance.typography import set_in_french

FILE = settings.BASE_DIR / "docs" / "glossary.md"


@dataclass(frozen=True)
class Term:
    """A word and what it means, in one language. ``anchor`` is its place on the page."""

    word: str
    meaning: str
    anchor: str


@cache
def terms(language: str) -> tuple[Term, ...]:
    """The terms in ``language``, sorted by their word without accents or case.

    A row of the table is ``| mot | word | ce que c'est | what it is |``.
    """
    rows = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and line.startswith("|") and not set(cells[0]) <= set("-: "):
            rows.append(cells)
    if language == "en":
        found = [Term(word, meaning, slugify(french)) for french, word, _, meaning in rows[1:]]
    else:
        found = [
            Term(word, set_in_french(meaning), slugify(word)) for word, _, meaning, _ in rows[1:]
        ]
    return tuple(sorted(found, key=lambda term: slugify(term.word)))
