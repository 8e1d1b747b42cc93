"""Variables picked from the catalogue, each with its reason; a count made before, attached."""

import pytest
from django.utils import timezone

from catalog.domain.cohorts import save_cohort
from catalog.domain.counts import ask_counts
from catalog.models import Category, Variable
from projects.domain import drafts, team
from projects.models import AskedVariable, Request
from tests.catalog import making
from tests.catalog.atlas import exported
from tests.people import person
from tests.projects.conftest import NOW

pytestmark = pytest.mark.django_db
CODE = "drug_drug_concept_id"
COHORT = {"age": {"min": 75, "max": None}, "all": [{"condition": ["I50.*"]}]}


@pytest.fixture
def mine(holder):
    return drafts.create(by=holder, at=NOW, title="Une étude sur les chutes")


@pytest.fixture
def place(mine):
    return f"{mine.pk}/dossier/data/variables"


def add(browser, someone, place, *codes):
    return browser.post(someone, f"{place}/ajouter", {"variable": codes})


def test_the_catalogue_is_searched_by_words_and_category(browser, holder, place):
    assert len(browser.get(holder, place, category="prescriptions").context["page_obj"]) == 2
    page = browser.get(holder, place, q="rien de tel")
    assert "Aucune variable ne répond" in page.text
    for junk in ({"q": "nul\0"}, {"category": "nul"}, {"page": "dernière"}, {"q": "x" * 5000}):
        assert browser.get(holder, place, **junk).status_code == 200


def test_free_text_serves_to_count_and_is_refused_in_a_sentence(browser, holder, mine, place):
    Variable.objects.create(
        code="note.text",
        category=Category.objects.get(pk="prescriptions"),
        label_fr="Texte du document",
        label_en="Text of the document",
        table="note",
        column="note_text",
        type="text",
    )
    add(browser, holder, place, "note.text")
    assert "Le texte libre sert à compter" in browser.get(holder, place).text
    assert not mine.asked_variables.exists()


def test_variables_are_added_given_a_reason_and_dropped(browser, holder, mine, place):
    add(browser, holder, place, CODE, "inconnue", "nul\0")
    assert [v.variable_id for v in mine.asked_variables.all()] == [CODE]
    page = browser.get(holder, place)
    said = {"was": page.context["shown"].was_text, f"reason-{CODE}": "Décrire les associations."}
    said |= {f"objective-{CODE}": "secondary"}
    answer = browser.post(holder, place, said)
    assert answer.headers["Location"] == f"/demandes/{mine.pk}/dossier/data"
    asked = AskedVariable.objects.get(request=mine)
    assert (asked.reason, asked.objective) == ("Décrire les associations.", "secondary")
    add(browser, holder, place, CODE)
    asked.refresh_from_db()
    assert asked.reason == "Décrire les associations.", "added again, it keeps its reason"
    browser.post(holder, f"{place}/{CODE}/retirer")
    assert not mine.asked_variables.exists()


@pytest.mark.parametrize(
    "wrong", [{f"reason-{CODE}": "x" * 501}, {f"objective-{CODE}": "tertiary"}]
)
def test_a_reason_that_does_not_hold_is_refused(browser, holder, mine, place, wrong):
    add(browser, holder, place, CODE)
    said = {"was": browser.get(holder, place).context["shown"].was_text} | wrong
    page = browser.post(holder, place, said)
    assert list(page.context["shown"].form.errors) == list(wrong)
    assert mine.asked_variables.get().reason == ""


def test_two_who_give_a_reason_to_one_variable_are_asked(browser, holder, mine, place):
    writer = person()
    team.join(mine, writer, "writer", at=NOW)
    add(browser, holder, place, CODE)
    was = browser.get(holder, place).context["shown"].was_text
    browser.post(holder, place, {"was": was, f"reason-{CODE}": "La sienne."})
    page = browser.post(writer, place, {"was": was, f"reason-{CODE}": "La mienne."})
    assert "La sienne." in page.text and "La mienne." in page.text
    assert mine.asked_variables.get().reason == "La sienne."


def test_the_page_costs_the_same_however_many(
    browser, holder, place, django_assert_max_num_queries
):
    add(browser, holder, place, CODE, "drug_drug_exposure_start_date")
    client = browser.signed_in(holder)
    with django_assert_max_num_queries(26):
        client.get(f"/demandes/{place}")


@pytest.fixture
def counted(holder, tmp_path, settings):
    """A count of the holder that Rennes answered and the ICO masked."""
    making.order_key(tmp_path, settings)
    at = timezone.now()
    count = ask_counts(COHORT, ["chu-rennes", "ico"], by=holder, at=at)
    answered = {"state": "answered", "answered_at": at}
    count.sites.filter(establishment="chu-rennes").update(persons=240, **answered)
    count.sites.filter(establishment="ico").update(masked=True, **answered)
    return count


def test_a_count_made_before_follows_into_the_draft(browser, holder, mine, counted):
    page = browser.get(holder, f"{mine.pk}/dossier/data/comptages")
    assert "240 personnes" in page.text and "moins de 11" in page.text
    browser.post(holder, f"{mine.pk}/dossier/data/comptages", {"count": counted.pk})
    records = mine.case.records.filter(kind="draft_count").order_by("id")
    assert [(r.data["site"], r.data["count"], r.data["masked"]) for r in records] == [
        ("chu-rennes", 240, False),
        ("ico", None, True),
    ]
    assert mine.sections.get(code="data").answers["cohort"] == counted.definition
    page = browser.get(holder, f"{mine.pk}/dossier/data")
    assert "240 personnes" in page.text and "pas forcément trop peu pour l’étude" in page.text


@pytest.mark.parametrize("junk", ["", "nul", "00000000-0000-0000-0000-000000000000"])
def test_a_count_that_is_not_mine_is_not_found(browser, holder, mine, counted, junk):
    place = f"{mine.pk}/dossier/data/comptages"
    assert browser.post(holder, place, {"count": junk}).status_code == 404
    writer = person()
    team.join(mine, writer, "writer", at=NOW)
    assert browser.post(writer, place, {"count": counted.pk}).status_code == 404


def test_a_count_without_an_answer_is_not_attached(browser, holder, mine, counted):
    counted.sites.update(state="asked", persons=None, masked=False, answered_at=None)
    page = browser.post(holder, f"{mine.pk}/dossier/data/comptages", {"count": counted.pk})
    assert "pas encore de réponse" in page.text and not mine.case.records.exists()


def test_a_count_of_ohdsi_as_it_is_is_not_offered_nor_attached_and_why_is_said(
    browser, holder, mine, counted
):
    """An order to extract carries our criteria only."""
    taken = ask_counts(exported(), ["chu-rennes"], by=holder, at=timezone.now())
    taken.sites.update(state="answered", persons=355, answered_at=timezone.now())
    place = f"{mine.pk}/dossier/data/comptages"
    page = browser.get(holder, place)
    assert "240 personnes" in page.text and "355 personnes" not in page.text
    assert "comptées telles quelles ne sont pas ici" in page.text
    page = browser.post(holder, place, {"count": taken.pk})
    assert "Dites la cohorte par critères" in page.text and not mine.case.records.exists()


@pytest.fixture
def saved(holder, counted):
    """The same count, of a cohort that the holder keeps."""
    version = save_cohort(COHORT, title="Chutes", by=holder, at=timezone.now())
    type(counted).objects.filter(pk=counted.pk).update(version=version)
    return version.cohort


def test_a_count_is_taken_up_in_a_new_request_or_in_a_draft_of_mine(browser, holder, mine, saved):
    take_up = f"/comptages/{saved.pk}/demande"
    assert take_up in browser.get(holder, f"/comptages/{saved.pk}").text
    page = browser.get(holder, take_up)
    assert "Une étude sur les chutes" in page.text and 'value="Chutes"' in page.text
    page = browser.post(holder, take_up, {"draft": "new", "title": " "})
    assert "Donnez un titre" in page.text and Request.objects.count() == 1
    assert browser.post(holder, take_up, {"draft": "nul"}).status_code == 200
    page = browser.post(holder, take_up, {"draft": mine.pk})
    assert page.url == f"/demandes/{mine.pk}/dossier/data"
    assert mine.case.records.filter(kind="draft_count").count() == 2
    browser.post(holder, take_up, {"draft": "new", "title": "Chutes des plus âgés"})
    made = Request.objects.exclude(pk=mine.pk).get()
    assert made.title == "Chutes des plus âgés"
    assert made.sections.get(code="data").answers["cohort"]["all"]
    assert made.case.records.filter(kind="draft_count").count() == 2


def test_a_count_that_nobody_answered_or_of_somebody_else_is_taken_up_by_nobody(
    browser, holder, saved, counted
):
    take_up = f"/comptages/{saved.pk}/demande"
    assert browser.get(person(), take_up).status_code == 404
    counted.sites.update(state="asked", persons=None, masked=False, answered_at=None)
    assert "Comptez d’abord" in browser.get(holder, take_up).text
    browser.post(holder, take_up, {"draft": "new", "title": "Chutes"})
    assert not Request.objects.exists()
