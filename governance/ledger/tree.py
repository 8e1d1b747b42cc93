"""The stored tiles: how leaves enter the tree, and how hashes are read back from it.

Invariant: for the size of the last checkpoint, every tile that is present begins with the hashes
that the leaves give. Tiles are a cache: a missing or short one is computed again from the leaves
(level 0) or from the tiles below (the others), and leaves alone are the truth.

Integration is O(new leaves): a hash enters level L+1 only when a tile of level L is full, and no
full tile is touched again. Reading a root or a proof takes at most one tile a level, in one query.
"""

from collections.abc import Iterable

from django.db.models import Q

from governance.ledger import merkle, tiles
from governance.models.ledger import Leaf, Tile

BATCH = 4096
"""Leaf hashes read at a time while integrating: memory stays flat however many are new."""


class MissingLeaves(RuntimeError):
    """The leaves do not reach the size that a tile is asked for."""


def integrate_leaves(old: int, new: int) -> None:
    """Bring the leaves ``[old, new)`` into the tiles. Safe to repeat.

    Raises MissingLeaves where the leaves are not all there.
    """
    for start in range(old, new, BATCH):
        end = min(start + BATCH, new)
        hashes, level = _leaf_hashes(start, end), 0
        while hashes:
            start, end, hashes = _extend_level(level, start, end, hashes)
            level += 1


def _extend_level(
    level: int, start: int, end: int, hashes: list[bytes]
) -> tuple[int, int, list[bytes]]:
    """Write hashes ``[start, end)`` at a level; return those of the tiles that this fills."""
    first, last = start // tiles.WIDTH, (end - 1) // tiles.WIDTH
    content = b"".join(hashes)
    if before := start % tiles.WIDTH:
        content = tile(level, first, before) + content
    size = tiles.WIDTH * tiles.HASH
    changed = [
        Tile(level=level, number=number, hashes=content[place : place + size])
        for number, place in zip(range(first, last + 1), range(0, len(content), size), strict=True)
    ]
    Tile.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["level", "number"],
        update_fields=["hashes"],
    )
    full = [t for t in changed if len(t.hashes) == size]
    roots = [merkle.from_leaf_hashes(tiles.split_hashes(t.hashes))(8, 0) for t in full]
    return first, first + len(full), roots


def tile(level: int, number: int, width: int) -> bytes:
    """The first ``width`` hashes of a tile, computed again (and kept) where it is missing."""
    return read_tiles({(level, number): width})[level, number]


def read_tiles(wanted: dict[tuple[int, int], int]) -> dict[tuple[int, int], bytes]:
    """The tiles of these ``(level, number): width``, in one query when none is missing."""
    if not wanted:
        return {}
    places = Q()
    for level, number in wanted:
        places |= Q(level=level, number=number)
    stored = {(t.level, t.number): bytes(t.hashes) for t in Tile.objects.filter(places)}
    found = {}
    for (level, number), width in wanted.items():
        content = stored.get((level, number), b"")
        if len(content) < width * tiles.HASH:
            content = _rebuild(level, number, width)
        found[level, number] = content[: width * tiles.HASH]
    return found


def _rebuild(level: int, number: int, width: int) -> bytes:
    first = number * tiles.WIDTH
    if level == 0:
        hashes = _leaf_hashes(first, first + width)
    else:
        below = read_tiles({(level - 1, first + i): tiles.WIDTH for i in range(width)})
        hashes = [
            merkle.from_leaf_hashes(tiles.split_hashes(below[level - 1, first + i]))(8, 0)
            for i in range(width)
        ]
    content = b"".join(hashes)
    Tile.objects.bulk_create(
        [Tile(level=level, number=number, hashes=content)],
        update_conflicts=True,
        unique_fields=["level", "number"],
        update_fields=["hashes"],
    )
    return content


def _leaf_hashes(start: int, end: int) -> list[bytes]:
    found = Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
    hashes = [bytes(hashed) for hashed in found.values_list("leaf_hash", flat=True)]
    if len(hashes) != end - start:
        raise MissingLeaves(f"leaves {start} to {end - 1} are not all there")
    return hashes


def range_hashes(ranges: Iterable[tuple[int, int]], size: int) -> list[bytes]:
    """The hash of each range of leaves, in the tree of ``size`` leaves; one query."""
    ranges = list(ranges)
    found = read_tiles(
        {
            (level, number): tiles.width_at(level, number, size)
            for level, number in tiles.tiles_for(ranges)
        }
    )
    subtree = tiles.subtree_from(lambda level, number: found[level, number])
    return [merkle.range_hash(start, end, subtree) for start, end in ranges]


def root(size: int) -> bytes:
    """The root of the tree of the first ``size`` leaves, from the tiles."""
    return range_hashes([(0, size)], size)[0]


def inclusion_proof(index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in the tree of ``size`` leaves. Raises ValueError outside it."""
    return range_hashes(merkle.inclusion_ranges(index, size), size)


def consistency_proof(old: int, new: int) -> list[bytes]:
    """The proof that the tree of ``old`` leaves begins that of ``new``. Raises ValueError."""
    return range_hashes(merkle.consistency_ranges(old, new), new)


def entries(number: int, width: int) -> bytes:
    """The bundle of ``width`` leaves from ``256 * number``. Raises MissingLeaves."""
    first = number * tiles.WIDTH
    found = Leaf.objects.filter(index__gte=first, index__lt=first + width).order_by("index")
    leaves = [bytes(content) for content in found.values_list("bytes", flat=True)]
    if len(leaves) != width:
        raise MissingLeaves(f"entries {number} have {len(leaves)} leaves, not {width}")
    return tiles.bundle(leaves)
