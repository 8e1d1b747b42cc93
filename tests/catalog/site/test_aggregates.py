"""Groups of few persons are masked, and stay so when the others are subtracted from the whole."""

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.site.aggregates import Masking, masked_rows

MASKING = Masking(threshold=11, rounding=5)
groups = st.lists(st.integers(0, 60), max_size=8).map(
    lambda counts: [(f"g{n}", count, 1.0, 0.5) for n, count in enumerate(counts)]
)


@given(groups)
@settings(deadline=None)
def test_no_figure_stands_for_fewer_than_eleven_persons(found):
    for row, (_group, persons, *_rest) in zip(
        masked_rows("x.y", found, MASKING), found, strict=True
    ):
        if row["masked"]:
            assert (row["persons"], row["mean"], row["deviation"]) == (None, None, None)
        else:
            assert persons >= 11
            assert 0 <= row["persons"] - persons < 5 and row["persons"] % 5 == 0


@given(groups)
@settings(deadline=None)
def test_a_masked_group_is_never_alone_among_others(found):
    masked = [row["masked"] for row in masked_rows("x.y", found, MASKING)]
    assert len(masked) == 1 or sum(masked) != 1


def test_nothing_is_masked_without_need():
    rows = masked_rows("x.y", [("F", 40, None, None), ("M", 12, None, None)], MASKING)
    assert [row["persons"] for row in rows] == [40, 15]
