"""Proofs for people: a leaf, its index, and why it is in the signed tree."""

import json
from collections.abc import Iterable

from governance.ledger import merkle, tiles, tree
from governance.ledger.signer import published_checkpoint
from governance.models.ledger import Leaf


def proof_for(index: int) -> dict:
    """What ``components/proof.html`` shows of one leaf; three queries. Raises Leaf.DoesNotExist."""
    proofs = proofs_for([index])
    if index not in proofs:
        raise Leaf.DoesNotExist(f"there is no leaf {index}")
    return proofs[index]


def proofs_for(indexes: Iterable[int]) -> dict[int, dict]:
    """``{index: proof}`` of the leaves that exist among these; three queries however many.

    A proof has: ``index``; ``text`` (the leaf's canonical JSON) and ``payload`` (the same, read);
    ``leaf_hash`` (hexadecimal); ``at``; ``signed`` (False while the leaf waits to be integrated);
    and once signed ``size``, ``root``, ``signed_at`` and ``path`` (a list of ``{hash, side}``, from
    the leaf up, hexadecimal).
    """
    leaves = list(Leaf.objects.filter(index__in=list(indexes)))
    checkpoint = published_checkpoint() if leaves else None
    size = checkpoint.size if checkpoint else 0
    ranges = {
        leaf.index: merkle.inclusion_ranges(leaf.index, size)
        for leaf in leaves
        if leaf.index < size
    }
    found = tree.read_tiles(
        {
            (level, number): tiles.width_at(level, number, size)
            for level, number in tiles.tiles_for(r for path in ranges.values() for r in path)
        }
    )
    subtree = tiles.subtree_from(lambda level, number: found[level, number])
    proofs = {}
    for leaf in leaves:
        text = bytes(leaf.bytes).decode()
        proof = {
            "index": leaf.index,
            "text": text,
            "payload": json.loads(text),
            "leaf_hash": bytes(leaf.leaf_hash).hex(),
            "at": leaf.at,
            "signed": leaf.index in ranges,
        }
        if proof["signed"]:
            proof |= {
                "size": size,
                "root": bytes(checkpoint.root).hex(),
                "signed_at": checkpoint.signed_at,
                "path": [
                    {
                        "hash": merkle.range_hash(start, end, subtree).hex(),
                        "side": "right" if start > leaf.index else "left",
                    }
                    for start, end in ranges[leaf.index]
                ],
            }
        proofs[leaf.index] = proof
    return proofs
