"""Facts read when a clause asks for them, each once: what no clause reads is never fetched."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any


class Later(Mapping):
    """A mapping whose values are read the first time that they are asked for.

    A value that is read and found to be None is a fact that is absent.
    """

    def __init__(self, readers: Mapping[str, Callable[[], Any]]):
        self._readers, self._read = dict(readers), {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = self._readers[name]()
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)

    def but(self, **readers: Callable[[], Any]) -> "Later":
        """The same with other readers for what they name; what was read stays read."""
        mine = {name: partial(self.__getitem__, name) for name in self._readers}
        return Later(mine | readers)

    def __or__(self, others: Mapping[str, Any]) -> "Later":
        """The same with the values of `others` for what they name."""
        return self.but(**{name: partial(_itself, value) for name, value in others.items()})


def _itself(value: Any) -> Any:
    return value


def plain(facts: Any) -> Any:
    """The same facts as plain dictionaries and lists, all of them read."""
    if isinstance(facts, Later):
        return {name: plain(value) for name, value in facts.items() if value is not None}
    if isinstance(facts, Mapping):
        return {name: plain(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [plain(each) for each in facts]
    return facts
