"""Proofs for people: they lead to the signed root, in as many queries however many."""

import pytest
from django.db import transaction

from governance.ledger import merkle
from governance.ledger.leaves import append_leaves
from governance.ledger.proofs import proof_for, proofs_for
from governance.ledger.signer import integrate
from governance.models.ledger import Leaf
from tests.governance.ledger.conftest import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger_files")]


@pytest.fixture
def signed():
    with transaction.atomic():
        append_leaves([{"kind": "decision", "number": n} for n in range(600)], at=AT)
    return integrate(at=AT)


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 599])
def test_a_proof_leads_to_the_signed_root(signed, index):
    proof = proof_for(index)
    hashed = merkle.leaf_hash(proof["text"].encode())
    path = [bytes.fromhex(step["hash"]) for step in proof["path"]]
    assert proof["leaf_hash"] == hashed.hex()
    assert merkle.root_from_inclusion(index, 600, hashed, path) == bytes(signed.root)
    for step in proof["path"]:
        sides = (hashed, bytes.fromhex(step["hash"]))
        hashed = merkle.node_hash(*(sides[::-1] if step["side"] == "left" else sides))
    assert hashed.hex() == proof["root"]


def test_many_proofs_take_no_more_queries_than_one(signed, django_assert_num_queries):
    with django_assert_num_queries(3):
        proof_for(7)
    with django_assert_num_queries(3):
        assert len(proofs_for([*range(0, 600, 7), 10_000])) == 86


def test_a_leaf_that_waits_says_so(signed, append):
    append(1)
    proof = proof_for(600)
    assert (proof["signed"], proof["payload"]["kind"]) == (False, "decision")


def test_a_leaf_that_is_not_there_has_no_proof():
    with pytest.raises(Leaf.DoesNotExist):
        proof_for(0)
    assert proofs_for([]) == {}
