"""Which public projects use a dataset: said by who knows projects, which the catalogue does not.

``projects.queries.uses`` hands its function at start-up.
"""

from collections.abc import Callable
from dataclasses import dataclass

from catalog.models import Dataset


@dataclass(frozen=True)
class Use:
    """A public project that asked for a dataset: its number, title, address and public state."""

    number: str
    title: str
    address: str
    state: str


_said_by: list[Callable[[Dataset], list[Use]]] = []


def register(function: Callable[[Dataset], list[Use]]) -> None:
    """Have ``function`` say which projects use a dataset."""
    _said_by[:] = [function]


def uses_of(dataset: Dataset) -> list[Use]:
    """The public projects that asked for ``dataset``, newest first."""
    return [use for function in _said_by for use in function(dataset)]
