"""The Merkle tree of RFC 6962 §2.1 and RFC 9162 §2.1, over leaf hashes, pure.

A leaf's hash is SHA-256(0x00 ‖ leaf); a node's is SHA-256(0x01 ‖ left ‖ right). A tree of n leaves
is split at the largest power of two below n; nothing is padded. The two prefixes keep a node from
being passed off as a leaf.

Proofs ask for *complete subtrees*, each named ``(height, position)``: the 2**height leaves from
``position * 2**height``. Whoever holds hashes (a list, tiles) gives them through one function,
``subtree(height, position) -> hash``: the mathematics is here once, storage elsewhere.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node from those of its two children."""
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two strictly below ``size`` (at least 2): where a tree is cut."""
    return 1 << ((size - 1).bit_length() - 1)


def complete_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, left to right, that make up the leaves ``[start, end)``.

    ``start`` is a multiple of the subtree it begins, as in any range met in the tree.
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def range_hash(start: int, end: int, subtree: Subtree) -> bytes:
    """The hash of the subtree over the leaves ``[start, end)``: MTH(D[start:end])."""
    if start == end:
        return EMPTY_ROOT
    hashes = [subtree(height, position) for height, position in complete_subtrees(start, end)]
    result = hashes.pop()
    while hashes:
        result = node_hash(hashes.pop(), result)
    return result


def root(size: int, subtree: Subtree) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return range_hash(0, size, subtree)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes make the inclusion proof, lowest first (RFC 9162 §2.1.3).

    Raises ValueError where the leaf is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size`` leaves, lowest first."""
    return [range_hash(start, end, subtree) for start, end in inclusion_ranges(index, size)]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes make the consistency proof (RFC 9162 §2.1.4).

    Raises ValueError unless ``0 <= old <= new``.
    """
    if not 0 <= old <= new:
        raise ValueError(f"no proof from {old} to {new} leaves")
    if old in (0, new):
        return []
    ranges = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, known = middle, False
    if not known:
        ranges.append((start, end))
    return ranges[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The proof that the tree of ``old`` leaves begins the tree of ``new`` leaves."""
    return [range_hash(start, end, subtree) for start, end in consistency_ranges(old, new)]


def root_from_inclusion(index: int, size: int, hashed: bytes, path: Sequence[bytes]) -> bytes:
    """The root that an audit path leads to (RFC 9162 §2.1.3.2).

    Raises ValueError where the path cannot be one of that leaf in a tree of that size.
    """
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(path):
        raise ValueError(f"the path has {len(path)} hashes, not {len(ranges)}")
    result = hashed
    for (start, _), sibling in zip(ranges, path, strict=True):
        result = node_hash(result, sibling) if start > index else node_hash(sibling, result)
    return result


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a consistency proof holds between two roots (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    hashes = list(path)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    from_old = from_new = hashes[0]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            from_old = node_hash(sibling, from_old)
            from_new = node_hash(sibling, from_new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            from_new = node_hash(from_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and from_old == old_root and from_new == new_root


def from_leaf_hashes(hashes: Sequence[bytes]) -> Subtree:
    """Subtrees computed from the leaf hashes themselves, each asked from scratch."""

    def subtree(height: int, position: int) -> bytes:
        level = list(hashes[position << height : (position + 1) << height])
        if len(level) != 1 << height:
            raise ValueError("the subtree asked for is not complete")
        while len(level) > 1:
            level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
        return level[0]

    return subtree
