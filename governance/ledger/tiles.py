"""Tiles (C2SP tlog-tiles): their paths, their widths, and bundles of entries, pure.

A tile holds up to 256 hashes, side by side. At tile level L, hash number i is the root of the
complete subtree of 256**L leaves from ``i * 256**L``: one tile level is 8 levels of the tree. So
the tree of any size is known from its tiles: a node below is computed from 256 hashes at most.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from governance.ledger.merkle import complete_subtrees, from_leaf_hashes

WIDTH = 256
HASH = 32

PATH = re.compile(
    r"(?P<level>entries|0|[1-9]\d?)/(?P<number>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>[1-9]\d{0,2}))?"
)


class TileName(NamedTuple):
    """Which tile, and how many of its hashes (1 to 256). ``level`` is None for entries."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below ``/ledger/tile/``: ``0/x001/x234/067`` or ``entries/000.p/12``."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"{level}/{'/'.join(reversed(groups))}{partial}"


def parse_path(path: str) -> TileName:
    """The tile that a path below ``/ledger/tile/`` names.

    Raises ValueError for any other path than the one canonical spelling of a tile.
    """
    match = PATH.fullmatch(path)
    if match is None:
        raise ValueError(f"{path!r} names no tile")
    name = TileName(
        None if match["level"] == "entries" else int(match["level"]),
        int(match["number"].replace("x", "").replace("/", "")),
        int(match["width"] or WIDTH),
    )
    if name.path != path or (name.level or 0) > 7:
        raise ValueError(f"{path!r} is not how a tile is named")
    return name


def hashes_at(level: int, size: int) -> int:
    """How many hashes stand at a tile level, in the tree of ``size`` leaves."""
    return size >> (8 * level)


def width_at(level: int, number: int, size: int) -> int:
    """How many hashes tile ``number`` has in the tree of ``size`` leaves: 0 to 256."""
    return max(0, min(WIDTH, hashes_at(level, size) - number * WIDTH))


def names_in(size: int) -> Iterator[TileName]:
    """Every tile of the tree of ``size`` leaves, level by level."""
    level = 0
    while count := hashes_at(level, size):
        for number in range(-(-count // WIDTH)):
            yield TileName(level, number, width_at(level, number, size))
        level += 1


def tiles_for(ranges: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """The ``(level, number)`` of the tiles from which the hashes of these ranges are computed."""
    return {
        (height // 8, position >> (8 - height % 8))
        for start, end in ranges
        for height, position in complete_subtrees(start, end)
    }


def subtree_from(tile: Callable[[int, int], bytes]) -> Callable[[int, int], bytes]:
    """Subtrees (``merkle.Subtree``) computed from tiles, got by ``tile(level, number)``.

    Raises ValueError where a tile has not all the hashes that a subtree needs.
    """

    def subtree(height: int, position: int) -> bytes:
        level, up = divmod(height, 8)
        first = position << up
        number, offset = divmod(first, WIDTH)
        content, past = tile(level, number), offset + (1 << up)
        if past * HASH > len(content):
            raise ValueError(f"tile {level}/{number} has only {len(content) // HASH} hashes")
        return from_leaf_hashes(split_hashes(content[offset * HASH : past * HASH]))(up, 0)

    return subtree


def split_hashes(content: bytes) -> list[bytes]:
    """The hashes of a tile's bytes."""
    return [bytes(content[start : start + HASH]) for start in range(0, len(content), HASH)]


def bundle(leaves: Iterable[bytes]) -> bytes:
    """An entries bundle: each leaf as a big-endian uint16 length and its bytes."""
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def unbundle(content: bytes) -> list[bytes]:
    """The leaves of an entries bundle. Raises ValueError where it is cut short."""
    leaves = []
    place = 0
    while place < len(content):
        if place + 2 > len(content):
            raise ValueError("the bundle ends within a length")
        (length,) = struct.unpack_from(">H", content, place)
        place += 2 + length
        if place > len(content):
            raise ValueError("the bundle ends within a leaf")
        leaves.append(content[place - length : place])
    return leaves
