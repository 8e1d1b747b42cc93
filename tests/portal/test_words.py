"""How templates say days and qualities, in French and in English."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from governance.dates import say_day
from portal.templatetags.guichet import acting_as, date_words, instant_words


@pytest.mark.parametrize(
    ("language", "short", "whole"),
    [("fr", "1er janv. 2027", "1er janvier 2027"), ("en", "1 Jan 2027", "1 January 2027")],
)
def test_the_first_of_a_month_is_an_ordinal_in_french_alone(language, short, whole):
    first = date(2027, 1, 1)
    with translation.override(language):
        assert (date_words(first), say_day(first, whole=True)) == (short, whole)
        assert date_words(date(2027, 1, 21)).startswith("21 ")
        assert date_words(None) == ""


def test_the_day_of_an_instant_is_the_one_in_paris():
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    with translation.override("fr"):
        assert instant_words(eve) == "1er janv. 2027 à 0\u00a0h\u00a030"


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        ("ingénieur de données", "en tant qu’ingénieur de données"),
        ("expert", "en tant qu’expert"),
        ("délégataire", "en tant que délégataire"),
    ],
)
def test_que_is_elided_before_a_vowel(quality, said):
    with translation.override("fr"):
        assert acting_as(quality) == said
