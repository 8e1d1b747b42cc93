"""Words as the catalogue looks for them: the same stem for the forms of a word, codes kept whole,
and mistyped words close enough to be recognised."""

import pytest

from catalog.search import synonyms
from catalog.words import allowed_errors, as_vector, asked, cuts, distance, indexed, stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("médicaux", "médicale"),
        ("tumeurs", "tumeur"),
        ("aigus", "aiguë"),
        ("cardiaques", "cardiaque"),
        ("cœurs", "coeur"),
        ("Hémoglobines", "HEMOGLOBINE"),
        ("niveaux", "niveau"),
        ("personnelles", "personnel"),
    ],
)
def test_the_forms_of_a_word_have_one_stem(one, other):
    assert indexed(one) == indexed(other)


def test_a_code_is_kept_whole_and_found_by_its_parts():
    assert indexed("measurement.718-7") == ["measurement.718-7", "measurement", "718-7"]
    assert indexed("I21.0")[0] == stem("i21.0") == "i21.0"


def test_empty_words_are_left_out_unless_nothing_else_is_asked():
    assert asked("la tumeur du sein") == ["tumeur", "sein"]
    assert asked("du") == ["du"]


def test_what_weighs_most_is_kept_of_a_word_said_twice():
    assert as_vector(("Sodium", "A"), ("sodium sérique", "B")) == "'sodium':1A 'seriqu':2B"


def test_no_text_can_break_the_column():
    assert as_vector(("l'\\' & | ! (x) <-> \0", "A")) == "'x':1A"


@pytest.mark.parametrize(
    ("typed", "meant", "errors"),
    [
        ("hemoglobne", "hemoglobine", 1),
        ("hemogolbine", "hemoglobine", 1),
        ("heemoglobin", "hemoglobine", 2),
        ("sodim", "sodium", 1),
    ],
)
def test_a_mistyped_word_shares_a_cut_with_the_word_meant(typed, meant, errors):
    assert distance(typed, meant) == errors <= allowed_errors(typed)
    assert cuts(typed) & cuts(meant)


def test_very_short_words_forgive_nothing():
    assert allowed_errors("idm") == 0
    assert cuts("idm") == {"idm"}


def test_each_line_of_the_synonyms_says_two_phrases_at_least_that_find_each_other():
    groups = synonyms()
    assert groups
    for phrase, others in groups.items():
        assert others[0] == phrase
        assert len(others) > 1, phrase
        for other in others:
            assert phrase in groups[other]
