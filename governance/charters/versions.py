"""How versions are numbered: ``2`` is the network's; ``2-chr-orleans`` makes it stricter at one
establishment, ``2-chr-orleans-2`` does so anew."""

import re
from collections.abc import Collection
from typing import Final

VERSION: Final = re.compile(r"^[1-9][0-9]{0,3}(-[a-z0-9]{1,20}){0,6}$")
LONGEST: Final = 40


def is_version(version: str) -> bool:
    """Whether it is written as a version is."""
    return len(version) <= LONGEST and VERSION.fullmatch(version) is not None


def is_local(version: str) -> bool:
    """Whether it is one establishment's."""
    return "-" in version


def base_of(version: str) -> str:
    """The network's version that it makes stricter; itself when it is the network's."""
    return version.split("-")[0]


def order(version: str) -> tuple[int, int, str]:
    """A key that sorts versions of a charter, older first, each local one after its base."""
    base, _, rest = version.partition("-")
    last = rest.rpartition("-")[2]
    return int(base), int(last) if last.isdigit() else bool(rest), version


def next_version(known: Collection[str]) -> str:
    """The number of the network's version that comes after those."""
    return str(max((int(each) for each in known if not is_local(each)), default=0) + 1)


def next_local(base: str, establishment: str, known: Collection[str]) -> str:
    """The number of the version of ``establishment`` that makes ``base`` stricter, after those."""
    name, number = f"{base}-{establishment}", 2
    if name not in known:
        return name
    while f"{name}-{number}" in known:
        number += 1
    return f"{name}-{number}"
