"""An idea: five lines, an answer under a name, a draft in one click."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.process.clocks import is_working_day
from projects.domain import ideas
from projects.models import Idea, Request
from tests.people import establishment, person

pytestmark = pytest.mark.django_db
SAID = {
    "title": "Chutes et psychotropes",
    "question": "Les personnes âgées sous psychotropes chutent-elles davantage à l'hôpital ?",
}


@pytest.fixture
def rennes():
    return establishment("chu-rennes")


@pytest.fixture
def sender():
    return person(first_name="Nora", last_name="Salaün")


@pytest.fixture
def officer():
    return person(("case_officer", "chu-rennes"), first_name="Claire", last_name="Morvan")


@pytest.fixture
def idea(rennes, sender):
    return ideas.send(rennes, SAID["title"], SAID["question"], by=sender, at=timezone.now())


def test_an_idea_is_sent_and_says_until_when_it_is_answered(browser, rennes, sender):
    answer = browser.post(sender, "/idees/nouvelle", SAID | {"establishment": rennes.pk})
    found = Idea.objects.get()
    assert answer.headers["Location"] == f"/idees/{found.pk}"
    due = timezone.localtime(found.due_at).date()
    days = (timezone.localdate() + timedelta(days=n) for n in range(1, 30))
    assert due == [day for day in days if is_working_day(day)][4]
    assert "Le centre de données (CHU RENNES)" in browser.get(sender, f"/idees/{found.pk}").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 161},
        {"title": "nul\0"},
        {"question": "   "},
        {"question": "x" * 1501},
        {"establishment": "ailleurs"},
        {"wanted_by": "2001-01-01"},
        {"wanted_by": "bientôt"},
    ],
)
def test_an_idea_that_does_not_hold_is_refused_beside_its_field(browser, rennes, sender, wrong):
    page = browser.post(sender, "/idees/nouvelle", SAID | {"establishment": rennes.pk} | wrong)
    assert page.status_code == 200 and "pas encore envoyée" in page.text
    assert list(page.context["form"].errors) == list(wrong)
    assert not Idea.objects.exists()


def test_the_data_centre_answers_under_a_name_with_an_appointment(browser, idea, sender, officer):
    meeting = timezone.localtime() + timedelta(days=6)
    browser.post(
        officer,
        f"/idees/{idea.pk}",
        {"answer": "Oui : environ 1 300 personnes.", "meeting_at": f"{meeting:%Y-%m-%dT10:30}"},
    )
    idea.refresh_from_db()
    assert (idea.state, idea.answered_by) == ("answered", officer)
    assert f"{timezone.localtime(idea.meeting_at):%H:%M}" == "10:30"
    page = browser.get(sender, f"/idees/{idea.pk}").text
    assert "Ce que répond Claire Morvan" in page and "10\u00a0h\u00a030" in page
    assert "Lire la réponse à votre idée" in browser.get(sender, "/mes-demandes").text


@pytest.mark.parametrize("wrong", [{"answer": ""}, {"meeting_at": "2001-01-01T10:00"}])
def test_an_answer_that_does_not_hold_is_refused(browser, idea, officer, wrong):
    page = browser.post(officer, f"/idees/{idea.pk}", {"answer": "Oui.", "meeting_at": ""} | wrong)
    assert list(page.context["form"].errors) == list(wrong)
    idea.refresh_from_db()
    assert idea.state == "sent"


def test_an_idea_becomes_a_draft_in_one_click_and_once(browser, idea, sender):
    first = browser.post(sender, f"/idees/{idea.pk}/demande")
    again = browser.post(sender, f"/idees/{idea.pk}/demande")
    draft = Request.objects.get()
    assert first.headers["Location"] == again.headers["Location"]
    assert (draft.title, draft.sections.get(code="protocol").answers) == (
        SAID["title"],
        {"objective_primary": SAID["question"]},
    )
    assert [(a.establishment_id, a.leads) for a in draft.asked_sites.all()] == [
        ("chu-rennes", True)
    ]


def test_what_is_not_yours_does_not_exist(browser, idea, sender, officer):
    stranger = person(("researcher", "chu-rennes"))
    elsewhere = person(("case_officer", "chu-brest"))
    for someone in (stranger, elsewhere):
        assert browser.get(someone, f"/idees/{idea.pk}").status_code == 404
        assert browser.post(someone, f"/idees/{idea.pk}/demande").status_code == 404
    assert browser.post(officer, f"/idees/{idea.pk}/demande").status_code == 404
    assert browser.get(sender, "/idees/999999").status_code == 404
    assert "Répondre" not in browser.get(sender, f"/idees/{idea.pk}").text


def test_the_list_of_ideas_costs_the_same_for_one_and_for_many(
    browser, rennes, sender, officer, django_assert_max_num_queries
):
    for number in range(12):
        ideas.send(rennes, f"Idée {number}", "Une question.", by=sender, at=timezone.now())
    client = browser.signed_in(officer)
    with django_assert_max_num_queries(12):
        page = client.get("/idees")
    assert len(page.context["waiting"]) == 12
