"""*Vérifier avant dépôt*, the deposit, its receipt; and the whole way from an idea, typed once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.models import Body, Organisation, Session
from projects.demonstration.walk import ANSWERS
from projects.domain import drafts, results, team
from projects.models import Request
from tests.people import person
from tests.projects.conftest import NOW
from tests.projects.stand import LEAD, OTHER, stand_at
from tests.projects.walks import Walk, draft

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def check(demand):
    return f"/demandes/{demand.pk}/verifier"


def said_on(page, **more):
    return {
        "key": page.context["key"],
        "shown": page.context["shown"],
        "confirmed": "yes",
    } | more


def test_everything_that_lacks_is_listed_at_once_with_its_link(browser, holder, establishments):
    empty = drafts.create(by=holder, at=NOW, title="Une étude")
    page = browser.get(holder, check(empty))
    lacking = page.context["lacking"]
    assert {line.article for line in lacking} >= {"U-01", "U-02", "U-03"}
    assert {line.href for line in lacking} >= {
        f"/demandes/{empty.pk}/dossier/{code}" for code in ("team", "purpose")
    }
    assert 'aria-disabled="true"' in page.text


def test_a_draft_that_lacks_something_is_not_deposited(browser, holder, establishments):
    empty = drafts.create(by=holder, at=NOW, title="Une étude")
    page = browser.get(holder, check(empty))
    page = browser.post(holder, check(empty), said_on(page))
    assert page.status_code == 200 and page.context["refused"]
    empty.case.refresh_from_db()
    assert (empty.case.state, empty.case.records.count()) == ("draft", 0)


def test_the_page_shows_delays_route_and_what_becomes_public(browser, walk):
    body = Body.objects.create(slug="cse", name="Comité", quorum=4)
    starts = timezone.now() + timedelta(days=40)
    closes = starts - timedelta(days=10)
    Session.objects.create(body=body, starts_at=starts, closes_for_deposit_at=closes)
    page = browser.get(walk.holder, check(walk.request))
    assert not page.context["lacking"]
    assert "elle peut passer à la séance du" in page.text
    assert "CNIL, MR-004" in page.text
    preview = {p.label: p.words for p in page.context["preview"]["admissibility"]}
    assert preview["Titre en mots simples"] == "Mieux prévenir les accidents dus aux médicaments"
    assert preview["Hôpitaux sollicités"] == "CHU Rennes"


def test_the_holder_deposits_and_gets_a_receipt(browser, walk):
    page = browser.get(walk.holder, check(walk.request))
    answer = browser.post(walk.holder, check(walk.request), said_on(page))
    walk.case.refresh_from_db()
    assert answer.headers["Location"] == f"/demandes/{walk.case.number}/recepisse"
    receipt = browser.get(walk.holder, answer.headers["Location"]).text
    for words in (
        walk.case.number,
        "L.231-4",
        "L.112-3",
        "R.112-5",
        "réputée rejetée",
        "Contester",
    ):
        assert words in receipt


def test_deposited_twice_is_deposited_once(browser, walk):
    page = browser.get(walk.holder, check(walk.request))
    for _time in range(2):
        answer = browser.post(walk.holder, check(walk.request), said_on(page))
        assert answer.status_code == 302
    assert walk.case.decisions.count() == 1
    assert walk.case.records.filter(kind="preview_confirmed").count() == 1


def test_the_preview_is_confirmed_and_is_the_one_that_was_read(browser, walk):
    page = browser.get(walk.holder, check(walk.request))
    unread = browser.post(walk.holder, check(walk.request), said_on(page, confirmed=""))
    assert "Confirmez" in unread.text
    drafts.save_section(
        walk.request,
        "project",
        {"plain_title": "Un tout autre titre public"},
        replaces={"plain_title": ANSWERS["project"]["plain_title"]},
        by=walk.holder,
        at=NOW,
    )
    changed = browser.post(walk.holder, check(walk.request), said_on(page))
    assert "relisez ce qui deviendra public" in changed.text
    walk.case.refresh_from_db()
    assert walk.case.state == "draft"


def test_a_writer_sees_the_page_and_cannot_deposit(browser, walk):
    writer = person()
    team.join(walk.request, writer, "writer", at=NOW)
    page = browser.get(writer, check(walk.request))
    assert "Seul le porteur, Marion Le Gall, peut déposer." in page.text
    page = browser.post(writer, check(walk.request), said_on(page))
    assert page.status_code == 200 and page.context["refused"]
    walk.case.refresh_from_db()
    assert walk.case.state == "draft"


def test_a_start_up_without_a_referent_deposits_under_reserve(browser, holder, establishments):
    outside = {"team": {"requester_kind": "startup", "holder_status": "other", "in_network": False}}
    demand = draft(holder, ["chu-rennes"], at=NOW, answers=outside)
    page = browser.get(holder, check(demand))
    assert [line.article for line in page.context["reserves"]] == ["U-01"]
    assert "Déposer sous réserve" in page.text
    answer = browser.post(holder, check(demand), said_on(page))
    assert "Déposée sous réserve" in browser.get(holder, answer.headers["Location"]).text


def test_a_holder_whose_request_ended_in_default_mends_it_before_another(
    browser, holder, order_key, establishments
):
    ended = Walk(draft(holder, [LEAD, OTHER], at=NOW), at=NOW)
    stand_at("closed_in_default", ended)
    other = Walk(draft(holder, ["chu-rennes"], at=NOW), at=NOW)
    page = browser.get(holder, check(other.request))
    (line,) = page.context["lacking"]
    assert f"La demande {ended.case.number} est close avec manquement" in line.sentence
    assert line.href == f"/demandes/{ended.case.number}/resultats"
    refused = browser.post(holder, check(other.request), said_on(page)).context["refused"]
    assert [ended.case.number in words for words in refused] == [True]
    other.case.refresh_from_db()
    assert other.case.state == "draft"
    writer = person()
    team.join(other.request, writer, "writer", at=NOW)
    assert [each.href for each in browser.get(writer, check(other.request)).context["lacking"]] == [
        ""
    ]

    ended.publish("Ce que nous avons trouvé")
    results.write_plain_results(ended.request, "Deux associations de traitements expliquent " * 9)
    ended.offer_back()
    ended.take("mend", ended.staff("case_officer"))
    other.now = ended.now
    other.submit()
    assert other.case.state == "admissibility"


def test_a_draft_has_no_receipt(browser, walk):
    assert browser.get(walk.holder, f"{walk.request.pk}/recepisse").status_code == 404


def test_from_an_idea_to_the_deposit_nothing_is_typed_twice(browser, holder, establishments):
    idea = {
        "title": "Iatrogénie des personnes âgées",
        "question": "Décrire les associations de médicaments liées à une réadmission.",
        "establishment": "chu-rennes",
    }
    sent = browser.post(holder, "/idees/nouvelle", idea).headers["Location"]
    opened = browser.post(holder, f"{sent}/demande").headers["Location"]
    demand = Request.objects.get()
    typed = {code: dict(said) for code, said in ANSWERS.items()}
    del typed["project"]["title"], typed["protocol"]["objective_primary"], typed["data"]["cohort"]
    for code in ("project", "team", "purpose", "protocol", "data", "calendar"):
        fill(browser, holder, f"{opened}/{code}", typed[code])
    for _time in range(8):
        fill(browser, holder, f"{opened}/regulatory", ANSWERS["regulatory"])
    chu = Organisation.objects.get(establishment="chu-rennes")
    said = {"part": "controller", "organisation": chu.pk}
    browser.post(holder, f"{opened}/team/organismes", said)
    for slot in ("protocol", "statistical_plan"):
        paper = {"document": SimpleUploadedFile("papier.pdf", PDF), "version": "1.0"}
        browser.post(holder, f"{opened}/documents/{slot}/ajouter", paper)
    codes = ["drug_drug_concept_id", "drug_drug_exposure_start_date"]
    browser.post(holder, f"{opened}/data/variables/ajouter", {"variable": codes})
    reasons = {f"reason-{code}": "Pour l'objectif principal." for code in codes}
    fill(browser, holder, f"{opened}/data/variables", reasons)

    page = browser.get(holder, check(demand))
    assert [line.sentence for line in page.context["lacking"]] == []
    assert page.context["preview"]["admissibility"][-1].words == "CHU Rennes"
    receipt = browser.post(holder, check(demand), said_on(page)).headers["Location"]
    assert idea["title"] in browser.get(holder, receipt).text
    demand.refresh_from_db()
    assert demand.sections.get(code="protocol").answers["objective_primary"] == idea["question"]


def fill(browser, someone, address, values):
    """Answer the questions that the page asks, as its form would send them."""
    shown = browser.get(someone, address).context["shown"]
    words = {True: "yes", False: "no"}
    said = {"was": shown.was_text}
    for name in shown.form.questions:
        value = values.get(name, shown.form[name].value())
        value = words.get(value, value) if isinstance(value, bool) else value
        said |= {} if value in (None, "", []) else {name: value}
    assert browser.post(someone, address, said).status_code == 302
