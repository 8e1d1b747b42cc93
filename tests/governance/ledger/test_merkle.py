"""The tree: known roots, RFC 9162's vectors, pymerkle as an oracle, and every boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from governance.ledger import merkle

SIZES = st.integers(1, 600)

# The leaves and roots of the test vectors of Google's certificate-transparency, for RFC 6962.
VECTOR_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashes_of(size):
    return [merkle.leaf_hash(b"%d" % number) for number in range(size)]


def tree_of(size):
    return merkle.from_leaf_hashes(hashes_of(size))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_published_vectors(size):
    hashes = [merkle.leaf_hash(leaf) for leaf in VECTOR_LEAVES]
    assert merkle.root(size, merkle.from_leaf_hashes(hashes)).hex() == VECTOR_ROOTS[size]


def oracle_of(size):
    oracle = InmemoryTree(algorithm="sha256")
    for number in range(size):
        oracle.append_entry(b"%d" % number)
    return oracle


@given(size=SIZES, data=st.data())
def test_roots_and_inclusion_paths_are_those_of_pymerkle(size, data):
    oracle, tree = oracle_of(size), tree_of(size)
    index = data.draw(st.integers(0, size - 1))
    path = [hashed.hex() for hashed in merkle.inclusion_proof(index, size, tree)]
    assert merkle.root(size, tree) == oracle.get_root(size)
    # pymerkle counts leaves from 1 and begins its path with the leaf's own hash.
    theirs = oracle.prove_inclusion(index + 1, size).serialize()["path"]
    assert theirs == [hashes_of(size)[index].hex(), *path]


@given(size=SIZES, data=st.data())
def test_an_inclusion_proof_leads_to_the_root(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(size)
    path = merkle.inclusion_proof(index, size, tree)
    hashed = merkle.leaf_hash(b"%d" % index)
    assert merkle.root_from_inclusion(index, size, hashed, path) == merkle.root(size, tree)


@given(size=st.integers(2, 600), data=st.data())
def test_no_other_leaf_or_place_has_the_same_proof(size, data):
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index))
    tree = tree_of(size)
    path = merkle.inclusion_proof(index, size, tree)
    root = merkle.root(size, tree)
    changed = merkle.root_from_inclusion(index, size, merkle.leaf_hash(b"other"), path)
    assert changed != root
    if len(merkle.inclusion_ranges(other, size)) == len(path):
        hashed = merkle.leaf_hash(b"%d" % index)
        assert merkle.root_from_inclusion(other, size, hashed, path) != root


@given(data=st.data(), new=SIZES)
def test_a_consistency_proof_holds_between_any_two_sizes(data, new):
    old = data.draw(st.integers(0, new))
    tree = tree_of(new)
    path = merkle.consistency_proof(old, new, tree)
    roots = merkle.root(old, tree), merkle.root(new, tree)
    assert merkle.is_consistent(old, roots[0], new, roots[1], path)


@given(data=st.data(), new=st.integers(2, 300))
def test_a_changed_past_has_no_consistency_proof(data, new):
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    hashes = hashes_of(new)
    before = merkle.root(old, merkle.from_leaf_hashes(hashes))
    hashes[changed] = merkle.leaf_hash(b"forged")
    forged = merkle.from_leaf_hashes(hashes)
    path = merkle.consistency_proof(old, new, forged)
    assert not merkle.is_consistent(old, before, new, merkle.root(new, forged), path)


@given(data=st.data(), new=st.integers(2, 300))
def test_a_consistency_proof_with_one_hash_more_less_or_other_is_refused(data, new):
    old = data.draw(st.integers(1, new - 1))
    tree = tree_of(new)
    path = merkle.consistency_proof(old, new, tree)
    roots = merkle.root(old, tree), merkle.root(new, tree)
    place = data.draw(st.integers(0, len(path) - 1))
    other = [*path[:place], bytes(32), *path[place + 1 :]]
    for wrong in ([*path, bytes(32)], path[:-1], other):
        assert not merkle.is_consistent(old, roots[0], new, roots[1], wrong)


def test_a_smaller_tree_is_never_consistent():
    tree = tree_of(5)
    assert not merkle.is_consistent(5, merkle.root(5, tree), 4, merkle.root(4, tree), [])
    with pytest.raises(ValueError):
        merkle.consistency_proof(5, 4, tree)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ValueError):
        merkle.inclusion_proof(index, size, tree_of(3))


def test_a_path_of_another_length_is_refused():
    with pytest.raises(ValueError):
        merkle.root_from_inclusion(0, 4, bytes(32), [bytes(32)])
