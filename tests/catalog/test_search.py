"""A question is understood: synonyms, beginnings of codes, typing errors; the best answer first."""

import pytest

from catalog.domain.code_lists import Code, load
from catalog.domain.indexing import index_again, learn_again
from catalog.models import Category, Concept, SpelledWord, Variable
from catalog.queries import codes, variables
from catalog.search import best_first, matching, read
from tests.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(db):
    laboratory = Category.objects.create(
        slug="laboratoire",
        position=1,
        label_fr="Laboratoires",
        label_en="Laboratories",
        short_fr="Laboratoires",
        short_en="Laboratories",
        description_fr="Résultats de biologie.",
    )
    for code, label in (
        ("718-7", "Hémoglobine"),
        ("4548-4", "Hémoglobine glyquée"),
        ("2951-2", "Sodium"),
        ("10230-1", "Fraction d'éjection du ventricule gauche, fonction cardiaque"),
    ):
        Variable.objects.create(
            code=f"measurement.{code}",
            category=laboratory,
            label_fr=label,
            table="measurement",
            column="value_as_number",
            concept=code,
            type="number",
            terminology="LOINC",
        )
    for terminology, code, label in (
        ("CIM-10", "I21", "Infarctus aigu du myocarde"),
        ("CIM-10", "I50.0", "Insuffisance cardiaque congestive"),
        ("CIM-10", "I63", "Infarctus cérébral"),
        ("LOINC", "718-7", "Hémoglobine"),
    ):
        Concept.objects.create(terminology=terminology, code=code, label_fr=label)
    learn_again()


def labels(question: str) -> list[str]:
    asked = read(question)
    return [each.label_fr for each in best_first(variables(text=asked), asked)]


def concepts(question: str) -> list[str]:
    return [each.concept.code for each in codes(read(question), limit=20)]


@pytest.mark.parametrize("question", ["IDM", "crise cardiaque", "les infarctus du myocarde"])
def test_a_synonym_finds_what_the_label_says_otherwise(catalogue, question):
    assert concepts(question)[0] == "I21"


def test_the_words_typed_come_before_their_synonyms(catalogue):
    assert concepts("infarctus cérébral")[0] == "I63"
    assert set(concepts("cœur")) == {"I21", "I50.0"}


def test_the_whole_label_comes_before_a_longer_one(catalogue):
    assert labels("hémoglobine") == ["Hémoglobine", "Hémoglobine glyquée"]


@pytest.mark.parametrize("question", ["i50", "I50.0", "i50.0"])
def test_a_code_is_found_by_its_beginning(catalogue, question):
    assert concepts(question) == ["I50.0"]


def test_a_code_says_which_variables_carry_it_and_the_list_it_is_of(catalogue):
    load("LOINC", [Code("718-7", "Hémoglobine")], version="2.78", source="Regenstrief", at=NOW)
    (found,) = codes(read("718-7"), limit=5)
    assert [each.pk for each in found.variables] == ["measurement.718-7"]
    assert found.code_list.version == "2.78"


@pytest.mark.parametrize("question", ["hemoglobne", "hémoglbine", "heemoglobine", "hemogolbines"])
def test_a_mistyped_word_is_mended_and_the_reader_is_told(catalogue, question):
    asked = read(question)
    assert asked.suggestion == "hémoglobine"
    assert labels(question)[0] == "Hémoglobine"


def test_a_mended_question_keeps_its_other_words(catalogue):
    assert read("L'infarctus du miocarde ?").suggestion == "L'infarctus du myocarde ?"


def test_a_mistyped_synonym_is_mended_too(catalogue):
    assert read("natrimie").suggestion == "natrémie"
    assert labels("natrimie") == ["Sodium"]


@pytest.mark.parametrize("question", ["anticoagulants", "les anticoagulants oraux directs", "AOD"])
def test_a_drug_is_found_by_what_it_is_called_at_the_bedside(catalogue, question):
    Concept.objects.create(terminology="ATC", code="B01", label_fr="Antithrombotiques")
    direct = "Inhibiteurs directs du facteur Xa"
    Concept.objects.create(terminology="ATC", code="B01AF", label_fr=direct)
    assert concepts(question) == ["B01" if question == "anticoagulants" else "B01AF"]


def test_a_beginning_or_a_known_word_is_not_mended(catalogue):
    for question in ("hémog", "sodium", "IDM", "718-7"):
        assert read(question).corrected == {}


def test_a_word_that_nothing_looks_like_is_said(catalogue):
    asked = read("sodium xylophone")
    assert asked.unknown == ("xylophone",)
    assert labels("sodium xylophone") == []


@pytest.mark.parametrize("question", ["", "   ", "'", "\0", "& | !", "\\"])
def test_what_asks_nothing_filters_nothing_and_asks_the_database_nothing(
    catalogue, question, django_assert_num_queries
):
    with django_assert_num_queries(0):
        asked = read(question)
    assert not asked
    assert matching(Variable.objects.all(), asked).count() == 4


def test_a_question_is_read_in_two_queries_whatever_its_length(
    catalogue, django_assert_max_num_queries
):
    with django_assert_max_num_queries(2):
        read("hemoglobne sodim fraction ejektion ventricul gauch " * 20)


def test_the_index_can_be_made_again(catalogue):
    Variable.objects.update(search=None)
    SpelledWord.objects.all().delete()
    assert labels("sodium") == []
    assert index_again() > 5
    assert labels("sodim") == ["Sodium"]
