"""What is kept of a dataset of another node, each text within limits."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

FIELDS = ("title", "description", "publisher", "page", "categories", "modified")
"""What a reading says of a dataset, its address apart."""
LARGEST = 4_000_000
"""Bytes of a document."""
LONGEST = {"title": 300, "description": 4000, "publisher": 200}
"""Characters kept of a text."""
LONGEST_ADDRESS = 500


class Refused(Exception):
    """A document that cannot be read, and why: a sentence in French with its ``values``, said in
    the reader's language."""

    def __init__(self, sentence: str, **values):
        super().__init__(sentence)
        self.sentence, self.values = sentence, values

    def __str__(self):
        return gettext(self.sentence) % self.values if self.values else gettext(self.sentence)


def too_large() -> Refused:
    """What is said of a document over LARGEST."""
    return Refused(
        _("Le document dépasse %(size)d Mo : il n'est pas lu."), size=LARGEST // 1_000_000
    )


@dataclass(frozen=True)
class Page:
    """What a document describes, and where its catalogue goes on when it has other pages."""

    records: list["Record"]
    next: str = ""


@dataclass(frozen=True)
class Record:
    """A dataset of another node, as its catalogue describes it."""

    uri: str
    title: str
    description: str
    publisher: str
    page: str
    categories: tuple[str, ...]
    modified: str

    def as_json(self) -> dict:
        """As it is stored and compared."""
        return asdict(self) | {"categories": list(self.categories)}
