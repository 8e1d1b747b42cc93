"""*Mes demandes*: what is expected first; a new request asks a title and nothing else."""

import re

import pytest
from django.utils import timezone

from projects.domain import drafts, exchanges
from projects.models import Request
from tests.people import person
from tests.projects.conftest import NOW
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db


def test_an_empty_list_says_what_comes_there_and_what_to_do(browser):
    page = browser.get(person(), "/mes-demandes").text
    assert "Vos demandes paraîtront ici" in page and "/idees/nouvelle" in page


def test_a_new_request_asks_only_its_title(browser):
    someone = person()
    answer = browser.post(someone, "/demandes/nouvelle", {"title": "Une étude"})
    made = Request.objects.get()
    assert answer.headers["Location"] == f"/demandes/{made.pk}/dossier"
    assert made.title == "Une étude"


@pytest.mark.parametrize("title", ["", "x" * 241, "nul\0"])
def test_a_title_that_does_not_hold_opens_no_draft(browser, title):
    page = browser.post(person(), "/demandes/nouvelle", {"title": title})
    assert page.context["form"].errors and not Request.objects.exists()


def test_what_is_expected_of_me_stands_first(browser, walk):
    walk.submit()
    officer = walk.staff("case_officer")
    point = {"section": "protocol", "text": "Précisez le schéma."}
    walk.take("return", officer, details={"points": [point]})
    page = browser.get(walk.holder, "/mes-demandes")
    (expected,) = page.context["mine"].expected
    assert expected.href == f"/demandes/{walk.case.number}/dossier"
    assert "répondre aux points demandés" in expected.what.lower()
    assert expected.until is not None


def test_the_list_and_the_page_say_the_same_of_who_acts_next(browser, walk):
    walk.until("instruction")
    listed = browser.get(walk.holder, "/mes-demandes").content.decode()
    page = browser.get(walk.holder, walk.case.number).content.decode()
    who = re.search(r'class="who-next[^>]*>\s*<p><strong>(.*?) :</strong>', page)[1]
    assert "(CHU Rennes)" in who or "(Qualification)" in who
    assert who in listed


def test_a_question_waits_until_the_team_answers(browser, walk):
    walk.submit()
    at = timezone.now()
    officer = walk.staff("case_officer")
    exchanges.write(walk.request, "Combien de centres ?", by=officer, at=at, question=True)
    href = f"/demandes/{walk.case.number}/echanges"
    assert href in [
        e.href for e in browser.get(walk.holder, "/mes-demandes").context["mine"].expected
    ]
    exchanges.write(walk.request, "Deux.", by=walk.holder, at=timezone.now())
    assert not browser.get(walk.holder, "/mes-demandes").context["mine"].expected


def test_the_page_costs_the_same_for_one_request_and_for_many(
    browser, holder, django_assert_max_num_queries
):
    for _number in range(3):
        Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW).submit()
    for number in range(6):
        drafts.create(by=holder, at=timezone.now(), title=f"Brouillon {number}")
    client = browser.signed_in(holder)
    with django_assert_max_num_queries(16):
        page = client.get("/mes-demandes")
    mine = page.context["mine"]
    assert (len(mine.under_way), len(mine.drafts)) == (3, 6)


def test_an_ended_request_is_copied_and_keeps_its_answers(browser, walk):
    walk.submit()
    walk.take("withdraw", walk.holder)
    page = browser.get(walk.holder, "/mes-demandes")
    assert "Copier comme nouvelle demande" in page.text
    answer = browser.post(walk.holder, f"{walk.case.number}/copier")
    copied = Request.objects.exclude(pk=walk.request.pk).get()
    assert answer.headers["Location"] == f"/demandes/{copied.pk}/dossier"
    assert (copied.title, copied.copied_from) == (walk.request.title, walk.request)
    officer = walk.staff("case_officer")
    assert browser.post(officer, f"{walk.case.number}/copier").status_code == 403


def test_a_draft_is_erased_by_its_holder_after_a_question(browser, walk):
    place = f"{walk.request.pk}/effacer"
    page = browser.get(walk.holder, place)
    assert "Effacer le brouillon" in page.text and Request.objects.exists()
    assert browser.post(walk.holder, place).headers["Location"] == "/mes-demandes"
    assert not Request.objects.exists()


def test_nobody_else_erases_a_draft_nor_anybody_a_deposited_request(browser, walk):
    writer = person()
    drafts.team.join(walk.request, writer, "writer", at=NOW)
    assert browser.post(writer, f"{walk.request.pk}/effacer").status_code == 403
    assert browser.post(person(), f"{walk.request.pk}/effacer").status_code == 404
    walk.submit()
    browser.post(walk.holder, f"{walk.case.number}/effacer")
    assert Request.objects.filter(pk=walk.request.pk).exists()


@pytest.mark.parametrize("ref", ["2026-9999", "nul", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("page", ["dossier", "dossier/project", "verifier", "recepisse", "effacer"])
def test_what_does_not_exist_is_not_found(browser, ref, page):
    assert browser.get(person(), f"{ref}/{page}").status_code == 404


def test_somebody_elses_draft_does_not_exist(browser, walk):
    for page in ("dossier", "dossier/team", "verifier", "dossier/data/variables"):
        assert browser.get(person(), f"{walk.request.pk}/{page}").status_code == 404
