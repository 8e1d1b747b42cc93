"""What holds of every public page, in both languages."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from portal.papers import KINDS, PAPERS, as_docx, read_paper
from tests.portal.public.conftest import said_on

pytestmark = pytest.mark.django_db
FORBIDDEN = re.compile(r"\b(valorisation|exploitation|producteur|producteurs|sans suite)\b", re.I)
BARE_CODE = re.compile(r"\b[UPC]-\d{2}[a-z]?\b")


def answers(client, addresses):
    """Each page, in French then in English."""
    for address in addresses:
        for language in ("", "/en"):
            yield language + address, client.get(language + address)


def test_each_answers_without_a_cookie_and_may_be_cached(client, public_pages):
    wrong = [
        address
        for address, page in answers(client, public_pages)
        if page.status_code != 200
        or page.cookies
        or "public" not in page["Cache-Control"]
        or "max-age" not in page["Cache-Control"]
        or "cookie" in page.get("Vary", "").lower()
    ]
    assert wrong == []


def test_a_person_signed_in_gets_the_very_same_bytes(client, public_pages):
    anonymous = {address: page.content for address, page in answers(client, public_pages[:8])}
    client.force_login(get_user_model().objects.first())
    signed_in = {address: page.content for address, page in answers(client, public_pages[:8])}
    assert signed_in == anonymous


def test_none_uses_a_forbidden_word_nor_the_bare_code_of_an_article(client, public_pages):
    wrong = []
    for address in public_pages:
        words = said_on(client.get(address).content.decode())
        found = [*FORBIDDEN.findall(words), *BARE_CODE.findall(words)]
        if found:
            wrong.append((address, found))
    assert wrong == []


def test_each_has_one_title_one_h1_and_at_most_one_primary_button(client, public_pages):
    wrong = []
    for address, page in answers(client, public_pages):
        text = page.content.decode()
        if len(re.findall(r"<h1\b", text)) != 1 or len(re.findall("button primary", text)) > 1:
            wrong.append(address)
    assert wrong == []


def test_each_names_the_other_language_and_its_own(client, public_pages):
    for address, page in answers(client, public_pages[:5]):
        language = "en" if address.startswith("/en") else "fr"
        assert f'<html lang="{language}">' in page.content.decode()
        assert page["Content-Language"] == language


def test_no_page_holds_a_script_or_a_style_inline(client, public_pages):
    for address, page in answers(client, public_pages[:45]):
        text = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text), address
        assert not re.search(r"\sstyle=", text), address
        assert not re.search(r"\son[a-z]+=", text), address


@pytest.mark.parametrize("junk", ["\x00", "'", "%", "<script>", "é" * 3000, "-", "a b c d e f g"])
def test_junk_searched_is_answered_and_never_run(client, public_pages, junk):
    page = client.get(reverse("public:search"), {"q": junk})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().replace("<script src", "")


@pytest.mark.parametrize(
    "address",
    [
        "/demander/puis-je?where=x&what=y&why=z",
        "/demander/puis-je?where=network",
        "/regles/processus/rien",
        "/regles/chartes/rien",
        "/regles/chartes/citoyen/X-99",
        "/demander/exemples/rien-modele",
        "/demander/exemples/protocole-autre",
        "/demander/exemples/protocole-modele.docx",
        "/etablissements/rien",
        "/vos-droits/opposition/rien/formulaire",
        "/projets/0000-0000",
    ],
)
def test_an_address_mistyped_never_breaks(client, db, address):
    assert client.get(address).status_code in (200, 404)


def test_the_search_finds_a_project_a_rule_and_a_word(client, public_pages):
    page = client.get(reverse("public:search"), {"q": "MEDICAMENT"}).content.decode()
    assert "/projets/2026-0001" in page
    page = client.get(reverse("public:search"), {"q": "opposition"}).content.decode()
    assert reverse("public:article", args=["citoyen", "C-03"]) in page
    assert reverse("public:objection") in page


def test_the_search_takes_a_bounded_number_of_queries(
    client, public_pages, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        client.get(reverse("public:search"), {"q": "medicaments"})


def test_money_is_answered_in_the_first_line(client, db):
    words = said_on(client.get("/vos-droits/argent").content.decode())
    assert "Non. Aucun hôpital ne vend vos données" in words[:260]


def test_each_hospital_has_its_ways_to_object_and_online_is_one(client, public_pages):
    page = client.get("/vos-droits/opposition").content.decode()
    assert page.count("/formulaire") == 8
    assert "mailto:dpo.chu-rennes@demo.example" in page
    assert 'href="/vos-droits/opposition/en-ligne"' in page


def test_each_paper_has_its_template_and_its_example_in_word_too(client, db):
    for paper in PAPERS:
        for kind in KINDS:
            found = read_paper(paper.code, kind)
            assert found.blocks[0].level == 1
            assert as_docx(found)[:2] == b"PK"
    response = client.get(reverse("public:paper_file", args=["aipd", "modele"]))
    assert response["Content-Disposition"] == 'attachment; filename="aipd-modele.docx"'


def test_what_is_proved_is_said_in_sentences(client, db):
    words = said_on(client.get("/regles/preuves").content.decode())
    assert "Aucun chemin ne mène à l'accès sans l'accord de chaque établissement" in words
