"""Where versions that were adopted are found, beside the files shipped with the product.

The charters know no database: whoever keeps adopted texts hands in a :class:`Library` with
:func:`use`. Without one, what is shipped is all there is.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Adopted:
    """A version that was adopted, for the network or for one ``establishment`` (its slug).

    ``sign_by`` is the last day on which a signature of the version before it still counts.
    """

    charter: str
    version: str
    in_force_from: date
    sha256: str
    establishment: str | None = None
    sign_by: date | None = None


class Library(Protocol):
    """What keeps the adopted texts."""

    def adopted(self) -> tuple[Adopted, ...]:
        """Every version adopted, in the order of adoption; cheap, asked at every turn."""

    def text(self, charter: str, version: str) -> str:
        """The text of a version adopted, asked once a process."""


class Nothing:
    """The library of who has none."""

    def adopted(self) -> tuple[Adopted, ...]:
        return ()

    def text(self, charter: str, version: str) -> str:
        raise KeyError(version)


_library: Library = Nothing()


def use(library: Library) -> Library:
    """Look for adopted versions in ``library``; returns the one used until now."""
    global _library
    before, _library = _library, library
    return before


def adopted(charter: str | None = None) -> tuple[Adopted, ...]:
    """The versions adopted (of one charter), in the order of adoption."""
    return tuple(each for each in _library.adopted() if charter in (None, each.charter))


def text_of(charter: str, version: str) -> str:
    """The text of an adopted version. Raises KeyError when there is none."""
    return _library.text(charter, version)
