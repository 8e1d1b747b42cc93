"""The search of public pages: each kind of thing is found, however it is spelled, and no more."""

import pytest
from django.urls import reverse

from catalog.models import Variable
from portal.site_search import MOST
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db


def found(client, words: str, language: str = "") -> dict[str, str]:
    """Title by address, in the order of the page."""
    answer = client.get(f"{language}/recherche", {"q": words})
    assert answer.status_code == 200
    return {each.address: str(each.title) for each in answer.context["results"]}


@pytest.mark.parametrize("words", ["vendues", "VENDUE", "données vendues", "donnees  vendues"])
def test_a_page_is_found_by_any_spelling(client, words):
    assert reverse("public:money") in found(client, words)


def test_every_word_must_be_found_and_a_title_counts_more_than_a_text(client):
    assert reverse("public:money") not in found(client, "vendues licorne")
    addresses = list(found(client, "comité"))
    assert addresses[0] == reverse("public:committee")


def test_hospitals_articles_steps_and_terms_are_found(client, establishments):
    assert reverse("public:establishment", args=["chu-brest"]) in found(client, "Brest")
    article = reverse("public:article", args=["utilisateur", "U-02"])
    assert found(client, "finalité permise")[article] == "Une finalité permise"
    assert reverse("public:step", args=["authorise"]) in found(client, "autoriser")
    term = f"{reverse('public:glossary')}#donnee-pseudonymisee"
    assert found(client, "pseudonymisée")[term] == "Donnée pseudonymisée"


@pytest.mark.parametrize(
    ("language", "words", "term"),
    [
        ("", "pseudonymisation", "donnee-pseudonymisee"),
        ("", "pseudonymisees", "donnee-pseudonymisee"),
        ("/en", "pseudonymisation", "donnee-pseudonymisee"),
    ],
)
def test_a_term_is_found_by_another_form_of_its_word(client, language, words, term):
    page = f"{language}{reverse('public:glossary')}#{term}"
    assert page in found(client, words, language)
    assert page not in found(client, "pseudopode", language)


def test_the_words_of_pages_are_read_once(client, django_assert_max_num_queries, establishments):
    found(client, "opposition")
    with django_assert_max_num_queries(6):
        found(client, "hospitalisés")


def test_a_project_is_found_once_it_is_public(client, holder):
    walk = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    words = walk.request.plain_title
    walk.until("admissibility")
    assert words not in found(client, words).values()
    walk.until("instruction")
    page = reverse("register:project", args=[walk.case.number])
    assert found(client, words)[page] == words


def test_a_variable_of_the_catalogue_is_found(client, holder):
    variable = Variable.objects.first()
    page = reverse("catalogue:variable", args=[variable.code])
    assert page in found(client, variable.label)


def test_in_english_english_titles_answer(client):
    page = reverse("public:article", args=["utilisateur", "U-02"])
    assert found(client, "permitted purpose", "/en")[f"/en{page}"]


@pytest.mark.parametrize("words", ["", "   ", "\x00", "<script>", "%", "a" * 5_000])
def test_junk_finds_nothing_and_breaks_nothing(client, words):
    assert found(client, words) == {}


def test_what_all_pages_say_is_not_listed_without_end(client, establishments):
    assert len(found(client, "de")) == MOST
