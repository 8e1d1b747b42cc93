"""The life of a request through the real engine, on the real database."""

import pytest

from governance.models import Leaf


@pytest.mark.parametrize(
    "state", ["admissibility", "instruction", "committee", "preparation", "authorised"]
)
def test_a_request_that_lacks_nothing_reaches_each_state_of_its_life(walk, state):
    walk.until(state)
    assert walk.case.state == state


def test_each_decision_has_its_leaf_and_history_has_no_gap(walk):
    walk.until("authorised")
    decisions = list(walk.case.decisions.order_by("index"))
    assert [d.index for d in decisions] == list(range(1, walk.case.revision + 1))
    assert [Leaf.objects.get(pk=d.attestation.leaf_index).at for d in decisions] == [
        d.at for d in decisions
    ]
