"""The public ledger: C2SP signed-note, tlog-checkpoint and tlog-tiles over RFC 9162's tree.

``leaves.append_leaf`` writes a leaf, inside the caller's transaction. ``signer.integrate`` brings
new leaves into the tree and signs it, in a worker. ``proofs.proof_for`` shows a leaf's inclusion.
``merkle``, ``tiles`` and ``note`` are the published formats, pure, without the database.
"""
