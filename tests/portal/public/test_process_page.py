"""The page of the process: the table as it executes, what is promised beside what is measured, and
what is proved of it, each claim with its proof."""

import json
import re
from html import unescape

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import override

from governance.process.measured import UNKNOWN, Measured
from governance.process.proofs import CLAIMS
from governance.process.proofs.mutants import Kind, Removal
from governance.process.proofs.recorded import recorded
from governance.process.table import REQUEST
from portal.words.measured import in_fact, in_short
from portal.words.process import step_label
from portal.words.proofs import claims_told
from tests.portal.public.conftest import said_on
from tests.projects.conftest import establishments  # noqa: F401  (fixture)
from tests.projects.queries.test_alike import demand, waited

PROCESS, PROOFS = reverse("public:process"), reverse("public:proofs")


@pytest.fixture
def measured(establishments):  # noqa: F811
    """Twenty requests that came to the end of their admissibility."""
    cache.delete("measured-delays")
    for days in range(1, 21):
        waited(demand("academic"), days)
    yield
    cache.delete("measured-delays")


def test_every_step_of_the_table_is_drawn_and_said_in_words(client, measured):
    page = client.get(PROCESS).content.decode()
    drawing, words = page.split('<div class="diagram', 1)[1].split("</svg>", 1)
    for step in REQUEST.steps:
        address = f'href="{reverse("public:step", args=[step.code])}"'
        assert address in drawing and address in words, step.code
        assert step_label(step.code, "fr") in unescape(words)


def test_the_measured_delay_stands_beside_the_promised_one(client, measured):
    words = said_on(client.get(PROCESS).content.decode())
    assert words.count("promis : 15 jours ouvrés · mesuré : 10 j (18 j)") == 1
    assert "Promis 15 jours ouvrés En fait la moitié en 10 jours, neuf sur dix en 18 jours" in words
    # Nothing is told of what fewer than eleven came to the end of, nor of a draft.
    assert "promis : 28 jours ouvrés · mesuré : trop peu de demandes" in words
    assert "promis : 365 jours ·" not in words


def test_a_step_on_a_track_has_the_delay_of_its_track(client, measured):
    words = said_on(client.get(PROCESS).content.decode())
    site = "Rendre la faisabilité Promis : 30 jours ouvrés. En fait : trop peu de demandes"
    assert site in words


def test_each_property_is_a_sentence_with_a_link_to_its_proof(client, measured):
    page, proofs = (client.get(each).content.decode() for each in (PROCESS, PROOFS))
    links = re.findall(rf'href="{PROOFS}#([a-z-]+)"', page)
    assert links == [claim.code.replace("_", "-") for claim in CLAIMS]
    for anchor, claim in zip(links, CLAIMS, strict=True):
        assert f'id="{anchor}"' in proofs
        assert claim.sentence.fr in unescape(page) and claim.sentence.fr in unescape(proofs)


def test_a_proof_says_what_was_explored_and_what_it_does_not_do_without(client, db):
    words = said_on(client.get(PROOFS).content.decode()).replace("\u202f", " ")
    found = recorded()
    assert f"{found.situations:,} situations".replace(",", " ") in words.replace("\xa0", " ")
    agreed = next(
        claim
        for family in claims_told("fr")
        for claim in family.claims
        if claim.anchor == "every-agreement"
    )
    assert any("à l’étape « Autoriser »" in each for each in agreed.rests_on)
    assert agreed.command in unescape(client.get(PROOFS).content.decode())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_that_was_taken_away_is_said_without_a_code(language):
    with override(language):
        told = [each for family in claims_told(language) for each in family.claims]
    assert all(claim.rests_on for claim in told)
    codes = {step.code for step in REQUEST.steps if "_" in step.code}
    for claim in told:
        for words in claim.rests_on:
            assert not re.search(r"\b[UPC]-\d\d", words), words
            assert not any(code in words for code in codes), words


def test_the_command_that_the_page_gives_fails_and_names_the_guard(capsys):
    name = Removal(Kind.ARTICLE, "authorise", "P-05").name
    with pytest.raises(SystemExit):
        call_command("process", without=name)
    said = json.loads(capsys.readouterr().out)["proofs"]
    failed = {proof["code"]: proof["because"] for proof in said if not proof["holds"]}
    assert "P-05" in failed["every_agreement"]


def test_both_pages_are_public_kept_and_cost_one_query_at_most(
    client, measured, django_assert_max_num_queries
):
    for address in (PROCESS, PROOFS):
        with django_assert_max_num_queries(2):
            answer = client.get(address)
        assert not answer.cookies and "public" in answer["Cache-Control"]
        main = answer.content.decode().split("<main", 1)[1]
        assert "<script" not in main.split("</main>", 1)[0]


def test_a_delay_whose_end_is_not_known_is_said_so():
    with override("fr"):
        assert in_short(Measured(12, 0, None)) == "mesuré : < 1 j (…)"
        assert (
            in_fact(Measured(12, 1, None)) == "la moitié en 1 jour, neuf sur dix : pas encore connu"
        )
        assert in_short(Measured(12, None, None)) == "mesuré : pas encore connu"
        assert "moins de 11" in in_fact(UNKNOWN)
