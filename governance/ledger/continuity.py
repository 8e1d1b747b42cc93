"""Whether a register shown now continues the one that was seen before: what a witness decides.

Pure. The consistency proof is not asked of anyone: it is computed here from the published tiles,
then verified against both signed roots, so that nothing has to be believed of who serves them.
"""

from collections.abc import Callable
from enum import StrEnum

from governance.ledger import merkle, tiles
from governance.ledger.note import CheckpointText


class Finding(StrEnum):
    """What was found of a checkpoint that its key signed."""

    AGREES = "agrees"
    FORKED = "forked"
    """What it signs does not begin with what was seen: leaves were changed, removed or moved."""
    SHORTENED = "shortened"
    """It signs fewer leaves than were seen."""
    UNPROVED = "unproved"
    """The tiles are absent, or are not those of its root: nothing can be said."""


class TileAbsent(ValueError):
    """A tile cannot be read, or is not as long as it should be."""


def judge(
    kept: CheckpointText | None, shown: CheckpointText, tile: Callable[[int, int], bytes]
) -> Finding:
    """Compare what is shown with what was kept (None the first time), both of one origin.

    ``tile(level, number)`` gives a tile of the tree shown; it may raise ValueError.
    """
    if shown.size == 0 and shown.root != merkle.EMPTY_ROOT:
        return Finding.UNPROVED if kept is None else Finding.FORKED
    if kept is None:
        return Finding.AGREES
    if shown.size < kept.size:
        return Finding.SHORTENED
    if shown.size == kept.size:
        return Finding.AGREES if shown.root == kept.root else Finding.FORKED
    subtree = tiles.subtree_from(tile)
    try:
        proof = merkle.consistency_proof(kept.size, shown.size, subtree)
        if merkle.is_consistent(kept.size, kept.root, shown.size, shown.root, proof):
            return Finding.AGREES
        # Either the tiles are those of the root shown, which then has another beginning, or they
        # are of no signed tree and accuse nobody.
        found = merkle.root(shown.size, subtree)
    except ValueError:
        return Finding.UNPROVED
    return Finding.FORKED if found == shown.root else Finding.UNPROVED
