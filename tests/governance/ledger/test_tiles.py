"""Tiles: their names, their widths, and that every hash of a tree is found in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.ledger import merkle, tiles
from governance.ledger.tiles import TileName, parse_path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0), "0/000"),
        (TileName(0, 1234067), "0/x001/x234/067"),
        (TileName(1, 1000, 17), "1/x001/000.p/17"),
        (TileName(None, 5, 255), "entries/005.p/255"),
    ],
)
def test_a_tile_is_named_as_the_format_says(name, path):
    assert name.path == path
    assert parse_path(path) == name


@given(
    level=st.none() | st.integers(0, 7), number=st.integers(0, 10**15), width=st.integers(1, 256)
)
def test_every_name_is_read_back(level, number, width):
    name = TileName(level, number, width)
    assert parse_path(name.path) == name


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/0", "0/0000", "0/001/000", "0/x000/001", "0/x001", "0/000.p/0", "0/000.p/256",
        "0/000.p/01", "00/000", "8/000", "64/000", "-1/000", "0/000/", "/0/000", "0/٠٠٠", "0/000\n",
        "entries/000.p/257", "../checkpoint", "data/000",
    ],
)  # fmt: skip
def test_any_other_spelling_is_refused(path):
    with pytest.raises(ValueError):
        parse_path(path)


@given(size=st.integers(0, 70_000))
def test_the_tiles_of_a_tree_hold_each_complete_subtree_of_a_level_once(size):
    counts = {}
    for name in tiles.names_in(size):
        assert 1 <= name.width <= tiles.WIDTH
        counts[name.level] = counts.get(name.level, 0) + name.width
    levels = range(9)
    assert counts == {n: size >> 8 * n for n in levels if size >> 8 * n}


@given(size=st.integers(1, 2000), data=st.data())
def test_a_tree_read_from_its_tiles_is_the_tree_of_its_leaves(size, data):
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    direct = merkle.from_leaf_hashes(hashes)

    def tile(level, number):
        width = tiles.width_at(level, number, size)
        start = number * tiles.WIDTH
        return b"".join(direct(8 * level, start + i) for i in range(width))

    from_tiles = tiles.subtree_from(tile)
    index = data.draw(st.integers(0, size - 1))
    assert merkle.root(size, from_tiles) == merkle.root(size, direct)
    assert merkle.inclusion_proof(index, size, from_tiles) == merkle.inclusion_proof(
        index, size, direct
    )


@given(leaves=st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_back(leaves):
    assert tiles.unbundle(tiles.bundle(leaves)) == leaves


def test_a_bundle_takes_the_longest_leaf():
    leaf = bytes(65_535)
    assert tiles.unbundle(tiles.bundle([leaf])) == [leaf]


@pytest.mark.parametrize("content", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
def test_a_bundle_cut_short_is_refused(content):
    with pytest.raises(ValueError):
        tiles.unbundle(content)
