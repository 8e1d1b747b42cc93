"""The public ledger (docs/ledger): leaves, Merkle tree, tiles, signed checkpoints.

``leaves.append_leaf`` writes a leaf, inside the caller's transaction. ``signer.integrate`` brings
new leaves into the tree and signs it, in a worker. ``proofs.proof_for`` shows a leaf's inclusion.
``merkle``, ``tile_paths`` and ``note`` are the published formats, pure, without the database.
"""
