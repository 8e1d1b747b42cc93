"""Shares of checks, as people read them."""

import pytest
from django.utils.translation import override

from catalog.quality_words import percent


@pytest.mark.parametrize(
    ("share", "french", "english"),
    [
        (0, "0 %", "0%"),
        (10.9998, "11 %", "11%"),
        (98.5915, "98,6 %", "98.6%"),
        (7.25, "7,2 %", "7.2%"),
        (0.04, "moins de 0,1 %", "under 0.1%"),
        (99.96, "plus de 99,9 %", "over 99.9%"),
        (100, "100 %", "100%"),
        (None, "", ""),
    ],
)
def test_a_share_is_rounded_never_cut_off(share, french, english):
    with override("fr"):
        assert percent(share) == french
    with override("en"):
        assert percent(share) == english
