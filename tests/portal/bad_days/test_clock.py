"""A clock that jumps back: history goes by index, the register by number, nothing is refused."""

from datetime import timedelta

from governance.ledger import merkle, tree
from governance.models import Leaf
from tests.projects.conftest import establishments, holder, walk  # noqa: F401  (fixtures)


def test_decisions_taken_after_the_clock_jumped_back_keep_their_order(walk):  # noqa: F811
    walk.until("instruction")
    before = walk.case.revision
    walk.now -= timedelta(days=30)
    walk.state_feasibility()
    walk.qualify()
    walk.to_committee()
    assert walk.case.state == "committee"
    decisions = list(walk.case.decisions.order_by("index"))
    assert [d.index for d in decisions] == list(range(1, len(decisions) + 1))
    assert decisions[before].at < decisions[before - 1].at
    assert walk.case.last_decision == decisions[-1]


def test_the_register_of_a_clock_that_jumped_back_has_no_gap_and_one_root(walk):  # noqa: F811
    walk.until("instruction")
    walk.now -= timedelta(days=30)
    walk.state_feasibility()
    leaves = list(Leaf.objects.order_by("index"))
    assert [leaf.index for leaf in leaves] == list(range(len(leaves)))
    subtree = merkle.from_leaf_hashes([bytes(leaf.leaf_hash) for leaf in leaves])
    tree.integrate_leaves(0, len(leaves))
    assert tree.root(len(leaves)) == merkle.root(len(leaves), subtree)
